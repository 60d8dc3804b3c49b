/** Requests that wait for a person, or waited: kept in the CA's object. */
import type { GeneralName } from "../pki/general-name.ts";
import type { Result } from "../result.ts";
import type { SearchPage } from "./certificate-inventory.ts";

export interface EnrolmentRequestRecord {
  readonly id: string;
  readonly configurationId: string;
  readonly transactionID: string;
  readonly subject: string;
  readonly subjectAltNames: readonly GeneralName[];
  /** SHA-256 of the SubjectPublicKeyInfo that asked, lower-case hexadecimal. */
  readonly requesterKeyDigestHex: string;
  /** Bits as in pki/key-usage.ts. */
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  readonly validitySeconds: number;
  /** The token that came along. */
  readonly tokenId?: string;
  readonly status: "pending" | "approved" | "rejected" | "issued" | "expired";
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly decidedBy?: string;
  readonly decisionReason?: string;
  readonly serialNumberHex?: string;
}

export interface EnrolmentRequestSearch {
  /** That one and no other. */
  readonly id?: string;
  readonly status?: EnrolmentRequestRecord["status"];
  /** A shared CA serves several tenants: only what came through these configurations. */
  readonly configurationIds: readonly string[];
  readonly cursor?: string;
  readonly limit: number;
}

export interface EnrolmentDecision {
  readonly id: string;
  readonly configurationIds: readonly string[];
  readonly approved: boolean;
  /** Who, as the audit log names them. */
  readonly by: string;
  readonly reason: string;
}

export type DecisionRefusal =
  | { readonly reason: "not_found" }
  | { readonly reason: "already_decided"; readonly status: EnrolmentRequestRecord["status"] };

export interface EnrolmentRequests {
  searchEnrolmentRequests(
    search: EnrolmentRequestSearch,
  ): Promise<SearchPage<EnrolmentRequestRecord>>;
  decideEnrolmentRequest(
    decision: EnrolmentDecision,
  ): Promise<Result<EnrolmentRequestRecord, DecisionRefusal>>;
}
