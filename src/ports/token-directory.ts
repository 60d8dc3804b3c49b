/** Tokens as their administrators see them. */
import type { AuditEvent } from "./audit-log.ts";
import type { OrderedPageRequest, Page } from "./page.ts";
import type { ScepToken } from "./token-store.ts";

export interface TokenEntry extends ScepToken {
  /** Whether its one-time page was opened, so that a challenge exists. */
  readonly redeemed: boolean;
  readonly createdAt: Date;
}

export interface TokenDirectory {
  findToken(tenantId: string, id: string): Promise<TokenEntry | undefined>;
  listTokens(tenantId: string, page: OrderedPageRequest): Promise<Page<TokenEntry>>;
  /** One that nobody asked for and no link leads to: for the test of a configuration. */
  createToken(
    token: ScepToken & { readonly createdAt: Date },
    challengeHash: Uint8Array,
    event: AuditEvent,
  ): Promise<void>;
  /** Revoking again changes nothing: the first moment stays. */
  revokeToken(tenantId: string, id: string, revokedAt: Date, event: AuditEvent): Promise<void>;
}
