/** Why a CA does not certify what was asked for. The reasons are those a SCEP rejection knows too. Pure. */
import { err, type Result } from "../result.ts";

export interface CertificateRefusal {
  readonly reason:
    | "key_not_allowed"
    | "key_too_weak"
    | "signature_algorithm_not_allowed"
    | "proof_of_possession_invalid"
    | "subject_not_allowed"
    | "subject_alt_name_not_allowed"
    | "required_domain_missing"
    | "extension_not_allowed"
    | "request_malformed";
  /** For the operator: what was found, and where the rule is set. */
  readonly detail: string;
}

export const refuse = (
  reason: CertificateRefusal["reason"],
  detail: string,
): Result<never, CertificateRefusal> => err({ reason, detail });
