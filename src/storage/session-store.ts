/** Sessions in D1. They are gone when they are over: what people did is in the audit log. */
import { and, eq, gt, lte } from "drizzle-orm";
import type { SessionStore } from "../ports/session-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, withoutNulls } from "./database.ts";
import { sessions } from "./schema.ts";

export function createSessionStore(db: Database): SessionStore {
  return {
    async startSession(secretHash, session, event) {
      await db.batch([
        db.delete(sessions).where(lte(sessions.expiresAt, session.startedAt)),
        db.insert(sessions).values({ ...session, secretHash }),
        recordWhenChanged(db, event),
      ]);
    },

    async findSession(secretHash, at) {
      const row = await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.secretHash, secretHash), gt(sessions.expiresAt, at)))
        .get();
      return row && withoutNulls(row);
    },

    async endSession(secretHash) {
      await db.delete(sessions).where(eq(sessions.secretHash, secretHash));
    },
  };
}
