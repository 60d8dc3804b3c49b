/** Which policy decides a request. Every path that issues comes through here and through nothing else. */
import type { RequestedCertificate } from "../ca/end-entity.ts";
import { equalBytes } from "../pki/bytes.ts";
import type { Authorisation } from "../ports/certificate-authority.ts";
import type { Clock } from "../ports/clock.ts";
import { ok, type Result } from "../result.ts";
import type { OpenedMessage } from "../scep/opened-message.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import { authoriseByToken, type KnownTokens } from "./policies/token.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

/** A request that may be signed, and why. The CA's client accepts nothing else. */
export interface AuthorisedEnrolment {
  readonly opened: OpenedMessage;
  readonly requested: RequestedCertificate;
  readonly authorisation: Authorisation;
}

export async function authorise(
  opened: OpenedMessage,
  requested: RequestedCertificate,
  served: ServedConfiguration,
  tokens: KnownTokens,
  clock: Clock,
): Promise<Result<AuthorisedEnrolment, ScepRejection>> {
  const decided = await decide(opened, requested, served, tokens, clock);
  return decided.ok ? ok({ opened, requested, authorisation: decided.value }) : decided;
}

function decide(
  opened: OpenedMessage,
  requested: RequestedCertificate,
  served: ServedConfiguration,
  tokens: KnownTokens,
  clock: Clock,
): Promise<Result<Authorisation, ScepRejection>> {
  const { configuration, issuerSubjectDer } = served;
  const { signer } = opened.verified;
  if (equalBytes(signer.issuerDer, issuerSubjectDer)) {
    return Promise.resolve(
      reject(
        "renewal_not_served",
        "The message is signed with a certificate of this CA: renewal is not served yet.",
      ),
    );
  }
  if (configuration.kind === "intune") {
    return Promise.resolve(
      reject(
        "intune_not_served",
        "Validation by Microsoft Intune is not served yet; nothing is issued without it.",
      ),
    );
  }
  if (configuration.requiresApproval) {
    return Promise.resolve(
      reject(
        "approval_not_served",
        "This configuration wants each request approved, which is not served yet.",
      ),
    );
  }
  return authoriseByToken(
    requested,
    opened.request.challengePassword,
    configuration.id,
    tokens,
    clock.now(),
  );
}
