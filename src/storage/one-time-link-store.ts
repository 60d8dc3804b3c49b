/** One-time links in D1. */
import { and, eq, exists, gt, isNull } from "drizzle-orm";
import type { OneTimeLinkStore } from "../ports/one-time-link-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, wrote } from "./database.ts";
import { oneTimeLinks, tokens } from "./schema.ts";
import { toTokenEntry } from "./token-store.ts";

export function createOneTimeLinkStore(db: Database): OneTimeLinkStore {
  const unusedLink = (linkHash: Uint8Array, at: Date) =>
    and(
      eq(oneTimeLinks.secretHash, linkHash),
      isNull(oneTimeLinks.consumedAt),
      gt(oneTimeLinks.expiresAt, at),
    );
  const waitingToken = (at: Date) =>
    and(isNull(tokens.challengeHash), isNull(tokens.revokedAt), gt(tokens.expiresAt, at));

  return {
    async findRedeemableToken(linkHash, at) {
      const row = await db
        .select({ token: tokens })
        .from(oneTimeLinks)
        .innerJoin(
          tokens,
          and(eq(tokens.id, oneTimeLinks.tokenId), eq(tokens.tenantId, oneTimeLinks.tenantId)),
        )
        .where(and(unusedLink(linkHash, at), waitingToken(at)))
        .get();
      return row && toTokenEntry(row.token);
    },

    // The token first: of two POSTs at once only one finds it without a challenge, and only that one uses up the link.
    async redeem({ linkHash, challengeHash, at }, event) {
      const [given] = await db.batch([
        db
          .update(tokens)
          .set({ challengeHash })
          .where(
            and(
              waitingToken(at),
              exists(
                db
                  .select({ id: oneTimeLinks.tokenId })
                  .from(oneTimeLinks)
                  .where(and(eq(oneTimeLinks.tokenId, tokens.id), unusedLink(linkHash, at))),
              ),
            ),
          ),
        recordWhenChanged(db, event),
        db
          .update(oneTimeLinks)
          .set({ consumedAt: at })
          .where(
            and(
              unusedLink(linkHash, at),
              exists(
                db
                  .select({ id: tokens.id })
                  .from(tokens)
                  .where(eq(tokens.challengeHash, challengeHash)),
              ),
            ),
          ),
      ]);
      return wrote(given);
    },
  };
}
