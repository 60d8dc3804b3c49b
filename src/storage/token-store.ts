/** Tokens in D1: for enrolments by their challenge's hash, for administrators by tenant. */
import { and, eq, isNull } from "drizzle-orm";
import type { TokenDirectory, TokenEntry } from "../ports/token-directory.ts";
import type { TokenStore } from "../ports/token-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, withoutNulls } from "./database.ts";
import { beyond, ordered, rowsToRead, toPage } from "./paging.ts";
import { tokens } from "./schema.ts";

export function toTokenEntry({ challengeHash, ...row }: typeof tokens.$inferSelect): TokenEntry {
  return { ...withoutNulls(row), redeemed: challengeHash !== null };
}

export function createTokenStore(db: Database): TokenStore {
  return {
    async findTokenByChallenge(configurationId, challengeHash) {
      const row = await db
        .select()
        .from(tokens)
        .where(
          and(eq(tokens.configurationId, configurationId), eq(tokens.challengeHash, challengeHash)),
        )
        .get();
      return row && toTokenEntry(row);
    },
  };
}

export function createTokenDirectory(db: Database): TokenDirectory {
  return {
    async findToken(tenantId, id) {
      const row = await db
        .select()
        .from(tokens)
        .where(and(eq(tokens.tenantId, tenantId), eq(tokens.id, id)))
        .get();
      return row && toTokenEntry(row);
    },

    async listTokens(tenantId, page) {
      const rows = await db
        .select()
        .from(tokens)
        .where(and(eq(tokens.tenantId, tenantId), beyond(tokens.id, page)))
        .orderBy(ordered(tokens.id, page))
        .limit(rowsToRead(page));
      return toPage(rows.map(toTokenEntry), page);
    },

    async createToken(token, challengeHash, event) {
      await db.batch([
        db.insert(tokens).values({ ...token, challengeHash }),
        recordWhenChanged(db, event),
      ]);
    },

    async revokeToken(tenantId, id, revokedAt, event) {
      await db.batch([
        db
          .update(tokens)
          .set({ revokedAt })
          .where(and(eq(tokens.tenantId, tenantId), eq(tokens.id, id), isNull(tokens.revokedAt))),
        recordWhenChanged(db, event),
      ]);
    },
  };
}
