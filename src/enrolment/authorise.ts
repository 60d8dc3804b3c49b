/** Which policy decides a request. Every path that issues comes through here and through nothing else. */
import type { RequestedCertificate } from "../ca/end-entity.ts";
import type { Authorisation } from "../ports/certificate-issuing.ts";
import { ok, type Result } from "../result.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import type { EnrolmentMessage } from "./enrolment-message.ts";
import { authoriseRenewal } from "./policies/renewal.ts";
import { authoriseByToken, type KnownTokens } from "./policies/token.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

/** A request that may be signed, and why. Issuing accepts nothing else. */
export interface AuthorisedEnrolment {
  readonly message: EnrolmentMessage;
  /** The policy may have put names in. */
  readonly requested: RequestedCertificate;
  readonly authorisation: Authorisation;
}

export async function authorise(
  message: EnrolmentMessage,
  requested: RequestedCertificate,
  served: ServedConfiguration,
  tokens: KnownTokens,
  now: Date,
): Promise<Result<AuthorisedEnrolment, ScepRejection>> {
  const { requester, request } = message;
  const { configuration } = served;
  if (configuration.kind === "intune") {
    return reject(
      "intune_not_served",
      "Validation by Microsoft Intune is not served yet; nothing is issued without it.",
    );
  }
  const challenge = request.challengePassword || undefined;
  const byToken = () => authoriseByToken(requested, challenge, configuration.id, tokens, now);

  if (requester.kind === "holder") {
    const renewed = authoriseRenewal(requested, requester.held, served, now);
    if (!renewed.ok) return renewed;
    // The certificate stands in for a challenge; a wrong one that is sent all the same is a reason to refuse. One whose
    // time is over is none: certmonger sends its first challenge with every renewal, for as long as it lives.
    const token = challenge === undefined ? undefined : await byToken();
    if (token?.ok === false && token.error.reason !== "token_expired") return token;
    const { serialNumberHex } = requester.held;
    return ok({
      message,
      requested: renewed.value,
      authorisation: { kind: "renewal", serialNumberHex },
    });
  }
  if (configuration.requiresApproval) {
    if (challenge === undefined)
      return ok({ message, requested, authorisation: { kind: "approval" } });
    const token = await byToken();
    if (!token.ok) return token;
    const { tokenId, maxUses, expiresAtSeconds } = token.value;
    const spentLater = { id: tokenId, expiresAtSeconds, ...(maxUses !== undefined && { maxUses }) };
    return ok({ message, requested, authorisation: { kind: "approval", token: spentLater } });
  }
  const token = await byToken();
  return token.ok ? ok({ message, requested, authorisation: token.value }) : token;
}
