/** Audit events in D1. There is no statement here, or anywhere, that changes or removes one. */
import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { AuditEvent, AuditLog } from "../ports/audit-log.ts";
import type { Database } from "./database.ts";
import { rowsToRead, toPage } from "./paging.ts";
import { auditEvents } from "./schema.ts";

/**
 * The statement that goes right behind an action in the same batch: it adds the event when, and only when, the
 * statement before it wrote something. So an action that came too late leaves no event, and none is ever without one.
 */
export const recordWhenChanged = (db: Database, event: AuditEvent) =>
  db.run(sql`
    insert into ${auditEvents} (id, tenant_id, at, actor_kind, actor_id, action, target_id, details)
    select ${event.id}, ${event.tenantId ?? null}, ${event.at.getTime()}, ${event.actor.kind}, ${event.actor.id},
      ${event.action}, ${event.targetId}, ${JSON.stringify(event.details)}
    where changes() > 0`);

export function createAuditLog(db: Database): AuditLog {
  return {
    async listAuditEvents(tenantId, page) {
      // Newest first: what people look for in a log has just happened.
      const rows = await db
        .select()
        .from(auditEvents)
        .where(
          and(
            eq(auditEvents.tenantId, tenantId),
            page.cursor === undefined ? undefined : lt(auditEvents.id, page.cursor),
          ),
        )
        .orderBy(desc(auditEvents.id))
        .limit(rowsToRead(page));
      return toPage(
        rows.map(({ tenantId: tenant, actorKind, actorId, ...row }) => ({
          ...row,
          ...(tenant === null ? {} : { tenantId: tenant }),
          actor: { kind: actorKind, id: actorId },
        })),
        page,
      );
    },
  };
}
