/** Revocation: one truth, in the CA's object. */
import type { Result } from "../result.ts";
import type { IssueRefusal } from "./certificate-issuing.ts";

export interface CertificateRevocation {
  /** The certificate revocation list, at most half its life old. */
  currentCrl(): Promise<Result<Uint8Array, IssueRefusal>>;
}
