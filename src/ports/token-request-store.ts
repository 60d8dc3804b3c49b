/** Requests for a multi-use token, and what was decided about them. */
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import type { AuditEvent } from "./audit-log.ts";
import type { OutgoingMail } from "./mail-outbox.ts";
import type { OrderedPageRequest, Page } from "./page.ts";
import type { ScepToken } from "./token-store.ts";

export interface TokenRequest {
  readonly id: string;
  readonly tenantId: string;
  readonly configurationId: string;
  readonly subject: DistinguishedName;
  readonly subjectAltNames: readonly GeneralName[];
  /** Who gets the link. */
  readonly contactEmail: string;
  readonly maxUses?: number;
  readonly expiresAt: Date;
  readonly status: "pending" | "approved" | "rejected";
  /** `<kind>:<id>` as the audit log names the actor; absent on requests from before it was recorded. */
  readonly requestedBy?: string;
  /** `<kind>:<id>`; present once decided, but for decisions from before it was recorded. */
  readonly decidedBy?: string;
  /** Of a rejection, when one was given: for who asked. */
  readonly decisionReason?: string;
  /** Present once approved. */
  readonly tokenId?: string;
  readonly createdAt: Date;
}

export interface TokenApproval {
  /** What was asked for, as a token. */
  readonly token: ScepToken & { readonly createdAt: Date };
  /** SHA-256 of the one-time link's secret. */
  readonly linkHash: Uint8Array;
  readonly linkExpiresAt: Date;
  /** `<kind>:<id>` */
  readonly approvedBy: string;
  /** Brings the link to the contact. */
  readonly mail: OutgoingMail;
}

/** All that is given must hold. */
export interface TokenRequestFilter {
  readonly status?: TokenRequest["status"] | undefined;
  /** `<kind>:<id>` */
  readonly requestedBy?: string | undefined;
}

/** Who decided, as the audit log names them, and why. */
export interface TokenRequestDecision {
  readonly by: string;
  readonly reason?: string | undefined;
}

export interface TokenRequestStore {
  /** The mails tell those who may approve it. */
  createTokenRequest(
    request: TokenRequest,
    mails: readonly OutgoingMail[],
    event: AuditEvent,
  ): Promise<void>;
  findTokenRequest(tenantId: string, id: string): Promise<TokenRequest | undefined>;
  listTokenRequests(
    tenantId: string,
    filter: TokenRequestFilter,
    page: OrderedPageRequest,
  ): Promise<Page<TokenRequest>>;
  /** Decision, token, one-time link and its mail come into being together, once. False when it was decided already. */
  approveTokenRequest(
    tenantId: string,
    id: string,
    approval: TokenApproval,
    event: AuditEvent,
  ): Promise<boolean>;
  rejectTokenRequest(
    tenantId: string,
    id: string,
    decision: TokenRequestDecision,
    event: AuditEvent,
  ): Promise<boolean>;
}
