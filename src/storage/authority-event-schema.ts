/** The table of what CAs' objects had to tell. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { AuthorityEventKind } from "../ports/authority-upkeep.ts";
import { json } from "./columns.ts";

export const authorityEvents = sqliteTable(
  "authority_events",
  {
    id: text("id").primaryKey(),
    // No foreign keys: an event is never refused for what has gone meanwhile.
    /** Null: a shared CA's, and about no tenant. */
    tenantId: text("tenant_id"),
    certificateAuthorityId: text("certificate_authority_id").notNull(),
    /** Of the object's outbox: whoever carries it twice writes it once. */
    outboxId: integer("outbox_id").notNull(),
    at: integer("at", { mode: "timestamp_ms" }).notNull(),
    event: text("event").$type<AuthorityEventKind>().notNull(),
    subject: text("subject").notNull(),
    details: json<Readonly<Record<string, unknown>>>("details").notNull(),
  },
  (table) => [
    uniqueIndex("authority_events_outbox").on(table.certificateAuthorityId, table.outboxId),
    index("authority_events_tenant").on(table.tenantId, table.id),
  ],
);
