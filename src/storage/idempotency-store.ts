/** Recorded answers in D1. */
import { and, eq, isNull, lt } from "drizzle-orm";
import { equalBytes } from "../pki/bytes.ts";
import type { IdempotencyClaim, IdempotencyStore } from "../ports/idempotency-store.ts";
import { type Database, wrote } from "./database.ts";
import { idempotencyRecords as records } from "./schema.ts";

const keptForMilliseconds = 24 * 3600_000;
/** A request that has not answered by then has died; its key may be taken again. */
const abandonedAfterMilliseconds = 60_000;

export function createIdempotencyStore(db: Database): IdempotencyStore {
  const mine = ({ actorId, key }: IdempotencyClaim) =>
    and(eq(records.actorId, actorId), eq(records.key, key));
  const before = (claim: IdempotencyClaim, milliseconds: number) =>
    lt(records.createdAt, new Date(claim.at.getTime() - milliseconds));

  return {
    async claim(claim) {
      const [, , inserted, [record]] = await db.batch([
        db.delete(records).where(before(claim, keptForMilliseconds)),
        db
          .delete(records)
          .where(
            and(mine(claim), isNull(records.status), before(claim, abandonedAfterMilliseconds)),
          ),
        db
          .insert(records)
          .values({
            actorId: claim.actorId,
            key: claim.key,
            requestHash: claim.requestHash,
            createdAt: claim.at,
          })
          .onConflictDoNothing(),
        db.select().from(records).where(mine(claim)),
      ]);
      if (wrote(inserted)) return { state: "claimed" };
      if (!record || !equalBytes(record.requestHash, claim.requestHash))
        return { state: "other-request" };
      if (record.status === null || record.body === null) return { state: "in-progress" };
      return { state: "answered", answer: { status: record.status, body: record.body } };
    },

    async recordAnswer(claim, answer) {
      await db.update(records).set(answer).where(mine(claim));
    },

    async release(claim) {
      await db.delete(records).where(and(mine(claim), isNull(records.status)));
    },
  };
}
