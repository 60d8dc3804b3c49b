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

/** `valid` and `expired` are both `issued`, by the clock; `undelivered` is beside whatever else it is. */
export const certificateStates = [
  "valid",
  "expired",
  "issued",
  "revoked",
  "on-hold",
  "abandoned",
  "undelivered",
] as const;
export type CertificateState = (typeof certificateStates)[number];

/** All that is given must hold. Times: the first is included, the second is not. */
export interface CertificateFilter {
  /** Part of a subject or of a subjectAltName, or the beginning of a serial number or transactionID. */
  readonly text?: string;
  readonly state?: CertificateState;
  readonly tokenId?: string;
  readonly issuedAfter?: Date;
  readonly issuedBefore?: Date;
  readonly expiresAfter?: Date;
  readonly expiresBefore?: Date;
}

/**
 * Newest first; with a bound on the end, and no text, those that end soonest first; `expired` alone, those that ended
 * last first. A page may hold fewer than `limit`, even none, when there is much to look through: `nextCursor` goes on.
 */
export interface CertificateSearch extends CertificateFilter {
  /** Only what was issued through these configurations; a shared CA serves several tenants. Absent: all there is. */
  readonly configurationIds?: readonly string[];
  readonly cursor?: string;
  readonly limit: number;
}

export interface SearchPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

export interface DailyCount {
  readonly configurationId: string;
  /** `expiring`: ends on that day and is not revoked. */
  readonly what: "issued" | "revoked" | "expiring";
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly count: number;
}

/** Both days are included. */
export interface CountedDays {
  readonly configurationIds: readonly string[];
  readonly fromDay: number;
  readonly toDay: number;
}

/** One thing that happened to a certificate. */
export interface StoryEvent {
  readonly at: Date;
  /** As the journal names it; `requested`, `approved`, `rejected`, `recorded`, `issued`. */
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface CertificateStory {
  readonly record: CertificateRecord;
  /** Why it was signed, as it was recorded before. */
  readonly authorisation: Readonly<Record<string, unknown>>;
  /** In the order of time. */
  readonly events: readonly StoryEvent[];
  /** Serial numbers of the certificates it came from by renewal, the nearest first, and of those made from it. */
  readonly renewalOf: readonly string[];
  readonly renewedBy: readonly string[];
}

export interface CertificateInventory {
  findCertificate(serialNumberHex: string): Promise<CertificateRecord | undefined>;
  searchCertificates(search: CertificateSearch): Promise<SearchPage<CertificateRecord>>;
  countCertificates(days: CountedDays): Promise<readonly DailyCount[]>;
  certificateStory(serialNumberHex: string): Promise<CertificateStory | undefined>;
}
