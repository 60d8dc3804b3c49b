/** What the deployment knows of itself, in D1. */
import { and, desc, eq, gte, inArray, sql } from "drizzle-orm";
import type { PlatformRecord } from "../ports/platform-record.ts";
import { authorityEvents } from "./authority-event-schema.ts";
import { type Database, withoutNulls } from "./database.ts";
import { mailOutbox, webhookDeliveries } from "./outbox-schema.ts";
import { upkeepRounds, upkeepRuns } from "./platform-schema.ts";
import { certificateAuthorities, tenants } from "./schema.ts";

const clockName = "clock";
const troubles = ["crl-trouble", "key-trouble", "certificate-undelivered"] as const;

export function createPlatformRecord(db: Database): PlatformRecord {
  const counts = async (table: typeof mailOutbox | typeof webhookDeliveries, failedSince: Date) => {
    const [waiting] = await db
      .select({
        count: sql<number>`count(*)`,
        oldest: sql<number | null>`min(${table.nextAttemptAt})`,
      })
      .from(table)
      .where(eq(table.status, "waiting"));
    const [failed] = await db
      .select({ count: sql<number>`count(*)` })
      .from(table)
      .where(and(eq(table.status, "failed"), gte(table.nextAttemptAt, failedSince)));
    return {
      waiting: waiting?.count ?? 0,
      failed: failed?.count ?? 0,
      ...(waiting?.oldest ? { oldestDueAt: new Date(waiting.oldest) } : {}),
    };
  };

  return {
    async noteUpkeep(run) {
      await db
        .insert(upkeepRuns)
        .values({ name: clockName, ...run })
        .onConflictDoUpdate({ target: upkeepRuns.name, set: run });
    },

    async findUpkeep() {
      const { startedAt, endedAt, failedParts } = upkeepRuns;
      return db
        .select({ startedAt, endedAt, failedParts })
        .from(upkeepRuns)
        .where(eq(upkeepRuns.name, clockName))
        .get();
    },

    async findRound(round) {
      const { cursor, name } = upkeepRounds;
      const row = await db.select({ cursor }).from(upkeepRounds).where(eq(name, round)).get();
      return row?.cursor;
    },

    async noteRound(round, cursor) {
      await (cursor === undefined
        ? db.delete(upkeepRounds).where(eq(upkeepRounds.name, round))
        : db
            .insert(upkeepRounds)
            .values({ name: round, cursor })
            .onConflictDoUpdate({ target: upkeepRounds.name, set: { cursor } }));
    },

    async countBacklog(failedSince) {
      return [
        { kind: "mails", ...(await counts(mailOutbox, failedSince)) },
        { kind: "webhooks", ...(await counts(webhookDeliveries, failedSince)) },
      ];
    },

    async listTroubles(since, limit) {
      const { id, tenantId, certificateAuthorityId, at, event, subject, details } = authorityEvents;
      // Ids begin with the time of arrival.
      const first = since.getTime().toString(16).padStart(12, "0");
      const rows = await db
        .select({
          ...{ id, tenantId, certificateAuthorityId, at, event, subject, details },
          tenantName: sql<string | null>`${tenants.name}`.as("tenant_name"),
          authorityName: sql<string | null>`${certificateAuthorities.name}`.as("authority_name"),
        })
        .from(authorityEvents)
        .leftJoin(tenants, eq(tenants.id, tenantId))
        .leftJoin(certificateAuthorities, eq(certificateAuthorities.id, certificateAuthorityId))
        .where(and(gte(id, first), inArray(event, [...troubles])))
        .orderBy(desc(id))
        .limit(limit);
      return rows.map(withoutNulls);
    },
  };
}
