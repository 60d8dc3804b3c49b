/** Tables of the audit log. There is no statement anywhere that changes or removes an event or a link. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { AuditActor } from "../ports/audit-log.ts";
import { bytes, json } from "./columns.ts";

const time = (name: string) => integer(name, { mode: "timestamp_ms" });

/** Insert-only. */
export const auditEvents = sqliteTable(
  "audit_events",
  {
    id: text("id").primaryKey(),
    tenantId: text("tenant_id"),
    at: time("at").notNull(),
    actorKind: text("actor_kind").$type<AuditActor["kind"]>().notNull(),
    actorId: text("actor_id").notNull(),
    action: text("action").notNull(),
    targetId: text("target_id").notNull(),
    details: json<Readonly<Record<string, unknown>>>("details").notNull(),
  },
  (table) => [index("audit_events_tenant").on(table.tenantId, table.id)],
);

/** Where an event stands in its chain, which is named after its tenant, or `deployment`. */
export const auditLinks = sqliteTable(
  "audit_links",
  {
    eventId: text("event_id").primaryKey(),
    chain: text("chain").notNull(),
    /** From 1, without a gap. */
    sequence: integer("sequence").notNull(),
    /** When: long after its event, it says nothing of what was done to that one meanwhile. */
    linkedAt: time("linked_at").notNull(),
    /** SHA-256 over the hash before, the event, and the time of linking. */
    hash: bytes("hash").notNull(),
  },
  (table) => [uniqueIndex("audit_links_chain").on(table.chain, table.sequence)],
);

/** The newest link of each chain. */
export const auditHeads = sqliteTable("audit_heads", {
  /** The chain. */
  id: text("id").primaryKey(),
  tenantId: text("tenant_id"),
  sequence: integer("sequence").notNull(),
  /** Sequence and hash under the master key; additional data: tenant, `audit-head`, chain. */
  wrappedHead: bytes("wrapped_head").notNull(),
  sealedAt: time("sealed_at").notNull(),
});
