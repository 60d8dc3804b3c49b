/** Revocation: one truth, in the CA's object. CRL, OCSP and the checks of devices all read it there. */
import type { RevocationReason } from "../pki/crl-reason.ts";
import type { Result } from "../result.ts";
import type { CertificateRecord } from "./certificate-inventory.ts";

export { type RevocationReason, revocationReasons } from "../pki/crl-reason.ts";

export interface ReleaseRequest {
  /** Lower case, without leading zero octets. */
  readonly serialNumberHex: string;
  /** Who asks, for the journal: `api-key:<id>`, or the part of the service that does it by itself. */
  readonly by: string;
  /** Only a certificate that was issued through one of these; absent: any. */
  readonly configurationIds?: readonly string[];
}

export interface RevokeRequest extends ReleaseRequest {
  readonly reason: RevocationReason;
}

export type RevocationRefusal =
  /** Not issued here, or through none of the configurations that were named. */
  | { readonly reason: "certificate_unknown" }
  /** A root does not revoke the certificate that it signed for itself. */
  | { readonly reason: "own_certificate" };

export type ReleaseRefusal =
  | { readonly reason: "certificate_unknown" }
  /** Only a hold is ever undone. */
  | { readonly reason: "not_on_hold" };

/** `unknown`: never issued here, as far as is known; never `good` for such a serial number. */
export type CertificateStatus =
  | { readonly status: "good" }
  | { readonly status: "revoked"; readonly revokedAt: Date; readonly reason: RevocationReason }
  | { readonly status: "unknown" };

export interface CurrentCrl {
  readonly der: Uint8Array;
  /** cRLNumber: only grows. */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

export type CrlRefusal =
  | { readonly reason: "authority_not_ready" }
  /** No list that is still valid, and none can be made now. */
  | { readonly reason: "crl_unavailable" };

/** What a CRL says of itself, without its entries. */
export interface CrlSummary {
  /** cRLNumber. */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Everything that is revoked is in it; false for a minute after a revocation. */
  readonly isComplete: boolean;
}

export interface CertificateRevocation {
  /** Idempotent: what is revoked already stays as it is and is answered with its first facts; a hold can become final. */
  revoke(request: RevokeRequest): Promise<Result<CertificateRecord, RevocationRefusal>>;
  /** Takes a certificate off hold. Again: the same answer. */
  release(request: ReleaseRequest): Promise<Result<CertificateRecord, ReleaseRefusal>>;
  /** In the order of the serial numbers (lower case, without leading zero octets). */
  certificateStatuses(serialNumbersHex: readonly string[]): Promise<readonly CertificateStatus[]>;
  /** Never one that has ended. */
  currentCrl(): Promise<Result<CurrentCrl, CrlRefusal>>;
  /** The one that is published, even if it has ended. Undefined: none was made yet. */
  describeCrl(): Promise<CrlSummary | undefined>;
}
