/** One-time links that hand out a token's challenge. Known by the SHA-256 of their secret only. */
import type { AuditEvent } from "./audit-log.ts";
import type { TokenEntry } from "./token-directory.ts";

export interface Redemption {
  readonly linkHash: Uint8Array;
  /** SHA-256 of the challenge that the token gets. */
  readonly challengeHash: Uint8Array;
  readonly at: Date;
}

export interface OneTimeLinkStore {
  /** The token behind a link that can still be used; undefined when it is unknown, used or expired, or its token ended. */
  findRedeemableToken(linkHash: Uint8Array, at: Date): Promise<TokenEntry | undefined>;
  /** Uses the link up and gives its token the challenge, once. False when it could not be used any more. */
  redeem(redemption: Redemption, event: AuditEvent): Promise<boolean>;
}
