/** Which policy decides a request. Every path that issues comes through here and through nothing else. */
import type { RequestedCertificate } from "../ca/end-entity.ts";
import type { Authorisation, IssuedCertificate } from "../ports/certificate-issuing.ts";
import { ok, type Result } from "../result.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import type { EnrolmentMessage } from "./enrolment-message.ts";
import type { Operation } from "./operation.ts";
import { decideByIntune, type IntuneConsent } from "./policies/intune.ts";
import { authoriseRenewal } from "./policies/renewal.ts";
import { authoriseByToken, type KnownTokens } from "./policies/token.ts";
import type { Stoppable } from "./postponement.ts";
import type { ServedConfiguration } from "./served-configuration.ts";
import type { TransactionIdentity } from "./transaction-identity.ts";

/** A request that may be signed, and why. Issuing accepts nothing else. */
export interface AuthorisedEnrolment {
  /** The policy may have put names in. */
  readonly requested: RequestedCertificate;
  readonly authorisation: Authorisation;
  /** Microsoft's, which the delivery needs as well. */
  readonly consent?: IntuneConsent;
}

/** It exists. With a consent it was not delivered yet, and Microsoft must agree to that first. */
export interface SignedCertificate {
  readonly certificate: IssuedCertificate;
  readonly consent?: IntuneConsent;
}

export async function authorise(
  message: EnrolmentMessage,
  requested: RequestedCertificate,
  transaction: TransactionIdentity,
  served: ServedConfiguration,
  dependencies: PkiOperationDependencies,
  operation: Operation,
): Promise<Stoppable<AuthorisedEnrolment | SignedCertificate>> {
  if (served.configuration.kind === "intune") {
    const decided = await decideByIntune(
      message,
      requested,
      transaction,
      served,
      dependencies,
      operation,
    );
    if (!decided.ok) return decided;
    switch (decided.value.status) {
      case "validated": {
        const { authorisation, consent } = decided.value;
        return ok({ requested, authorisation, consent });
      }
      case "undelivered": {
        const { certificate, consent } = decided.value;
        return ok({ certificate, consent });
      }
      case "delivered":
        return ok({ certificate: decided.value.certificate });
    }
  }
  const { tokens, clock } = dependencies;
  return await authoriseHere(message, requested, served, tokens, clock.now());
}

/** By what we know ourselves: a certificate of ours, a token, a person's approval. */
async function authoriseHere(
  message: EnrolmentMessage,
  requested: RequestedCertificate,
  served: ServedConfiguration,
  tokens: KnownTokens,
  now: Date,
): Promise<Result<AuthorisedEnrolment, ScepRejection>> {
  const { requester, request } = message;
  const { configuration } = served;
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
      requested: renewed.value,
      authorisation: { kind: "renewal", serialNumberHex },
    });
  }
  if (configuration.requiresApproval) {
    if (challenge === undefined) return ok({ requested, authorisation: { kind: "approval" } });
    const token = await byToken();
    if (!token.ok) return token;
    const { tokenId, maxUses, expiresAtSeconds } = token.value;
    const spentLater = { id: tokenId, expiresAtSeconds, ...(maxUses !== undefined && { maxUses }) };
    return ok({ requested, authorisation: { kind: "approval", token: spentLater } });
  }
  const token = await byToken();
  return token.ok ? ok({ requested, authorisation: token.value }) : token;
}
