/** One-time links that hand out a token's challenge. Known by the SHA-256 of their secret only. */
import type { AuditEvent } from "./audit-log.ts";
import type { OutgoingMail } from "./mail-outbox.ts";
import type { TokenEntry } from "./token-directory.ts";

export interface Redemption {
  readonly linkHash: Uint8Array;
  /** SHA-256 of the challenge that the token gets. */
  readonly challengeHash: Uint8Array;
  readonly at: Date;
}

/** A link that takes the place of the one before it. */
export interface LinkReplacement {
  readonly tokenId: string;
  readonly linkHash: Uint8Array;
  readonly expiresAt: Date;
  readonly at: Date;
  readonly mail: OutgoingMail;
}

export interface OneTimeLinkStore {
  /** The token behind a link that can still be used; undefined when it is unknown, used or expired, or its token ended. */
  findRedeemableToken(linkHash: Uint8Array, at: Date): Promise<TokenEntry | undefined>;
  /** Uses the link up and gives its token the challenge, once. False when it could not be used any more. */
  redeem(redemption: Redemption, event: AuditEvent): Promise<boolean>;
  /** When a link of this token was used up, so that the challenge was shown; undefined: it was not. */
  findRedemption(tenantId: string, tokenId: string): Promise<Date | undefined>;
  /** The link before dies, and so does its mail if it still waits. False when the token waits for no link any more. */
  replaceLink(tenantId: string, replacement: LinkReplacement, event: AuditEvent): Promise<boolean>;
}
