/** What CAs' objects had to tell, in D1. */
import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { AuthorityEventStore } from "../ports/authority-event-store.ts";
import { authorityEvents } from "./authority-event-schema.ts";
import type { Database } from "./database.ts";
import { rowsToRead, toPage } from "./paging.ts";
import { certificateAuthorities, scepConfigurations } from "./schema.ts";

/** Ordered by arrival within a millisecond of writing: time, CA-wide number, CA. */
const idOf = (now: number, outboxId: number, certificateAuthorityId: string): string =>
  `${now.toString(16).padStart(12, "0")}-${outboxId.toString(16).padStart(12, "0")}-${certificateAuthorityId}`;

export function createAuthorityEventStore(db: Database): AuthorityEventStore {
  return {
    async recordAuthorityEvents(certificateAuthorityId, events) {
      const now = Date.now();
      const [first, ...more] = events.map(({ id: outboxId, at, event, subject, details }) => {
        const { configurationId } = details;
        const about = typeof configurationId === "string" ? configurationId : "";
        const owner = db
          .select({ tenantId: certificateAuthorities.tenantId })
          .from(certificateAuthorities)
          .where(eq(certificateAuthorities.id, certificateAuthorityId));
        const user = db
          .select({ tenantId: scepConfigurations.tenantId })
          .from(scepConfigurations)
          .where(eq(scepConfigurations.id, about));
        return db
          .insert(authorityEvents)
          .values({
            id: idOf(now, outboxId, certificateAuthorityId),
            tenantId: sql`coalesce((${owner}), (${user}))`,
            ...{ certificateAuthorityId, outboxId, at, event, subject, details },
          })
          .onConflictDoNothing();
      });
      if (!first) return [];
      await db.batch([first, ...more]);
      const ids = events.map(({ id }) => id);
      const rows = await db
        .select({ outboxId: authorityEvents.outboxId, tenantId: authorityEvents.tenantId })
        .from(authorityEvents)
        .where(
          and(
            eq(authorityEvents.certificateAuthorityId, certificateAuthorityId),
            inArray(authorityEvents.outboxId, ids),
          ),
        );
      const tenants = new Map(rows.map(({ outboxId, tenantId }) => [outboxId, tenantId]));
      return events.map((event) => {
        const tenantId = tenants.get(event.id);
        return { ...event, certificateAuthorityId, ...(tenantId && { tenantId }) };
      });
    },

    async listAuthorityEvents(tenantId, page) {
      const { id, certificateAuthorityId, at, event, subject, details } = authorityEvents;
      const rows = await db
        .select({ id, certificateAuthorityId, at, event, subject, details })
        .from(authorityEvents)
        .where(
          and(
            eq(authorityEvents.tenantId, tenantId),
            page.cursor === undefined ? undefined : lt(authorityEvents.id, page.cursor),
          ),
        )
        .orderBy(desc(authorityEvents.id))
        .limit(rowsToRead(page));
      return toPage(rows, page);
    },
  };
}
