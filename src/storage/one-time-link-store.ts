/** One-time links in D1. */
import { and, eq, exists, gt, isNotNull, isNull, ne } from "drizzle-orm";
import type { OneTimeLinkStore } from "../ports/one-time-link-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhenChanged, wrote } from "./database.ts";
import { queueWhenChanged } from "./mail-outbox.ts";
import { mailOutbox } from "./outbox-schema.ts";
import { oneTimeLinks, tokens } from "./schema.ts";
import { toTokenEntry } from "./token-store.ts";

export function createOneTimeLinkStore(db: Database): OneTimeLinkStore {
  const unusedLink = (linkHash: Uint8Array, at: Date) =>
    and(
      eq(oneTimeLinks.secretHash, linkHash),
      isNull(oneTimeLinks.consumedAt),
      isNull(oneTimeLinks.replacedAt),
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

    async findRedemption(tenantId, tokenId) {
      const row = await db
        .select({ consumedAt: oneTimeLinks.consumedAt })
        .from(oneTimeLinks)
        .where(
          and(
            eq(oneTimeLinks.tenantId, tenantId),
            eq(oneTimeLinks.tokenId, tokenId),
            isNotNull(oneTimeLinks.consumedAt),
          ),
        )
        .get();
      return row?.consumedAt ?? undefined;
    },

    // A token that waits always has one link that was not replaced, expired or not: the chain begins there.
    async replaceLink(tenantId, { tokenId, linkHash, expiresAt, at, mail }, event) {
      const [replaced] = await db.batch([
        db
          .update(oneTimeLinks)
          .set({ replacedAt: at })
          .where(
            and(
              eq(oneTimeLinks.tenantId, tenantId),
              eq(oneTimeLinks.tokenId, tokenId),
              isNull(oneTimeLinks.consumedAt),
              isNull(oneTimeLinks.replacedAt),
              exists(
                db
                  .select({ id: tokens.id })
                  .from(tokens)
                  .where(and(eq(tokens.id, tokenId), waitingToken(at))),
              ),
            ),
          ),
        insertWhenChanged(db, oneTimeLinks, { secretHash: linkHash, tenantId, tokenId, expiresAt }),
        queueWhenChanged(db, mail),
        recordWhenChanged(db, event),
        db
          .update(mailOutbox)
          .set({ status: "replaced", wrappedLink: null })
          .where(
            and(
              eq(mailOutbox.about, tokenId),
              eq(mailOutbox.status, "waiting"),
              ne(mailOutbox.id, mail.id),
              exists(
                db
                  .select({ tokenId: oneTimeLinks.tokenId })
                  .from(oneTimeLinks)
                  .where(eq(oneTimeLinks.secretHash, linkHash)),
              ),
            ),
          ),
      ]);
      return wrote(replaced);
    },
  };
}
