/** Requests for a multi-use token, and what was decided about them. */
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import type { AuditEvent } from "./audit-log.ts";
import type { OutgoingMail } from "./mail-outbox.ts";
import type { Page, PageRequest } from "./page.ts";
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
  /** Brings the link to the contact. */
  readonly mail: OutgoingMail;
}

export interface TokenRequestStore {
  /** The mails tell those who may approve it. */
  createTokenRequest(
    request: TokenRequest,
    mails: readonly OutgoingMail[],
    event: AuditEvent,
  ): Promise<void>;
  findTokenRequest(tenantId: string, id: string): Promise<TokenRequest | undefined>;
  listTokenRequests(tenantId: string, page: PageRequest): Promise<Page<TokenRequest>>;
  /** Decision, token, one-time link and its mail come into being together, once. False when it was decided already. */
  approveTokenRequest(
    tenantId: string,
    id: string,
    approval: TokenApproval,
    event: AuditEvent,
  ): Promise<boolean>;
  rejectTokenRequest(tenantId: string, id: string, event: AuditEvent): Promise<boolean>;
}
