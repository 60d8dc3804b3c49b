/** Token requests in D1, and the one batch that turns one into a token and its one-time link. */
import { and, eq } from "drizzle-orm";
import type { TokenRequest, TokenRequestStore } from "../ports/token-request-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhenChanged, withoutNulls, wrote } from "./database.ts";
import { queueWhenChanged } from "./mail-outbox.ts";
import { beyond, ordered, rowsToRead, toPage } from "./paging.ts";
import { oneTimeLinks, tokenRequests, tokens } from "./schema.ts";

const toTokenRequest = (row: typeof tokenRequests.$inferSelect): TokenRequest => withoutNulls(row);

export function createTokenRequestStore(db: Database): TokenRequestStore {
  const pending = (tenantId: string, id: string) =>
    and(
      eq(tokenRequests.tenantId, tenantId),
      eq(tokenRequests.id, id),
      eq(tokenRequests.status, "pending"),
    );

  return {
    async createTokenRequest(request, mails, event) {
      await db.batch([
        db.insert(tokenRequests).values(request),
        recordWhenChanged(db, event),
        ...mails.map((mail) => queueWhenChanged(db, mail)),
      ]);
    },

    async findTokenRequest(tenantId, id) {
      const row = await db
        .select()
        .from(tokenRequests)
        .where(and(eq(tokenRequests.tenantId, tenantId), eq(tokenRequests.id, id)))
        .get();
      return row && toTokenRequest(row);
    },

    async listTokenRequests(tenantId, { status, requestedBy }, page) {
      const rows = await db
        .select()
        .from(tokenRequests)
        .where(
          and(
            eq(tokenRequests.tenantId, tenantId),
            status && eq(tokenRequests.status, status),
            requestedBy === undefined ? undefined : eq(tokenRequests.requestedBy, requestedBy),
            beyond(tokenRequests.id, page),
          ),
        )
        .orderBy(ordered(tokenRequests.id, page))
        .limit(rowsToRead(page));
      return toPage(rows.map(toTokenRequest), page);
    },

    // Each statement only writes when the one before it did: two approvals at once make one token.
    async approveTokenRequest(tenantId, id, approval, event) {
      const { token, linkHash, linkExpiresAt, approvedBy, mail } = approval;
      const [decided] = await db.batch([
        db
          .update(tokenRequests)
          .set({ status: "approved", tokenId: token.id, decidedBy: approvedBy })
          .where(pending(tenantId, id)),
        insertWhenChanged(db, tokens, token),
        insertWhenChanged(db, oneTimeLinks, {
          secretHash: linkHash,
          tenantId,
          tokenId: token.id,
          expiresAt: linkExpiresAt,
        }),
        queueWhenChanged(db, mail),
        recordWhenChanged(db, event),
      ]);
      return wrote(decided);
    },

    async rejectTokenRequest(tenantId, id, { by, reason }, event) {
      const [decided] = await db.batch([
        db
          .update(tokenRequests)
          .set({ status: "rejected", decidedBy: by, decisionReason: reason ?? null })
          .where(pending(tenantId, id)),
        recordWhenChanged(db, event),
      ]);
      return wrote(decided);
    },
  };
}
