/** What a CA has issued, for people and for those who ask about one certificate. */
import type { RevocationReason } from "../pki/crl-reason.ts";

/**
 * `refused` by those who must agree, `given-up` when its device did not come back for it. Only a `delivered` certificate
 * ever left the service.
 */
export type DeliveryState = "undelivered" | "delivered" | "refused" | "given-up";

export interface CertificateRecord {
  readonly serialNumberHex: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `intended`: recorded, not yet known to be signed. `abandoned`: the object died in between; it may exist. */
  readonly status: "intended" | "issued" | "abandoned" | "revoked" | "on-hold";
  /** Present when, and only when, it is revoked or on hold. */
  readonly revocation?: { readonly at: Date; readonly reason: RevocationReason };
  readonly purpose: "end-entity" | "enrolment-agent" | "ocsp-responder" | "subordinate" | "root";
  readonly configurationId?: string;
  readonly transactionID?: string;
  readonly tokenId?: string;
  /** What the certificate's content came from; absent for a key of ours. */
  readonly template?: { readonly id: string; readonly version: number };
  readonly certificateDer?: Uint8Array;
  /** Of a certificate that somebody outside must agree to; absent: nobody is asked. */
  readonly delivery?: DeliveryState;
}

export interface CertificateSearch {
  /** Part of a subject, or the beginning of a serial number or transactionID. */
  readonly text?: string;
  /** Only what was issued through these configurations; a shared CA serves several tenants. */
  readonly configurationIds?: readonly string[];
  readonly cursor?: string;
  readonly limit: number;
}

export interface SearchPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

export interface CertificateInventory {
  findCertificate(serialNumberHex: string): Promise<CertificateRecord | undefined>;
  searchCertificates(search: CertificateSearch): Promise<SearchPage<CertificateRecord>>;
}
