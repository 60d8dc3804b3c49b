/** Audit events in D1. There is no statement here, or anywhere, that changes or removes one. */
import { and, desc, eq, getTableColumns, gte, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { AuditEvent, AuditLog } from "../ports/audit-log.ts";
import { auditEvents, auditLinks } from "./audit-schema.ts";
import { type Database, insertWhenChanged, withoutNulls } from "./database.ts";
import { rowsToRead, toPage } from "./paging.ts";

const rowOf = ({ actor, ...event }: AuditEvent) => ({
  ...event,
  actorKind: actor.kind,
  actorId: actor.id,
});

/**
 * The statement that goes right behind an action in the same batch: an action that came too late leaves no event, and
 * none that happened is without one.
 */
export const recordWhenChanged = (db: Database, event: AuditEvent) =>
  insertWhenChanged(db, auditEvents, rowOf(event));

/** In any letter case; the text means itself, wildcards included. */
const contains = (column: SQLiteColumn, text: string | undefined): SQL | undefined =>
  text === undefined ? undefined : sql`instr(lower(${column}), ${text.toLowerCase()}) > 0`;

const linkColumns = {
  sequence: auditLinks.sequence,
  linkedAt: auditLinks.linkedAt,
  hash: auditLinks.hash,
};

export const ofTenant = (tenantId: string | undefined): SQL =>
  tenantId === undefined ? isNull(auditEvents.tenantId) : eq(auditEvents.tenantId, tenantId);

export const toAuditEvent = ({
  tenantId,
  actorKind,
  actorId,
  ...row
}: typeof auditEvents.$inferSelect): AuditEvent => ({
  ...row,
  ...(tenantId === null ? {} : { tenantId }),
  actor: { kind: actorKind, id: actorId },
});

export function createAuditLog(db: Database): AuditLog {
  return {
    async recordAuditEvent(event) {
      await db.insert(auditEvents).values(rowOf(event));
    },

    async listAuditEvents(tenantId, filter, page) {
      // Newest first: what people look for in a log has just happened.
      const rows = await db
        .select({ ...getTableColumns(auditEvents), ...linkColumns })
        .from(auditEvents)
        .leftJoin(auditLinks, eq(auditLinks.eventId, auditEvents.id))
        .where(
          and(
            ofTenant(tenantId),
            contains(auditEvents.action, filter.action),
            contains(auditEvents.actorId, filter.actor),
            filter.from && gte(auditEvents.at, filter.from),
            filter.before && lt(auditEvents.at, filter.before),
            page.cursor === undefined ? undefined : lt(auditEvents.id, page.cursor),
          ),
        )
        .orderBy(desc(auditEvents.id))
        .limit(rowsToRead(page));
      return toPage(
        rows.map(({ sequence, linkedAt, hash, ...row }) => ({
          ...toAuditEvent(row),
          ...withoutNulls({ sequence, linkedAt, hash }),
        })),
        page,
      );
    },
  };
}
