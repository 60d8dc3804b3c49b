/** The table of the transactions' timeline. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TransactionEvent } from "../ports/transaction-log.ts";
import { json } from "./columns.ts";

export type TransactionDetails = Omit<
  TransactionEvent,
  "id" | "tenantId" | "configurationId" | "transactionID" | "serialNumberHex" | "at"
>;

/** The timeline of each transaction; written after answers, kept for a while. */
export const transactionEvents = sqliteTable(
  "transaction_events",
  {
    id: text("id").primaryKey(),
    // No foreign keys: an entry is never a reason to keep, or to refuse, anything.
    tenantId: text("tenant_id").notNull(),
    configurationId: text("configuration_id").notNull(),
    /** As in the SCEP message. */
    transactionId: text("transaction_id").notNull(),
    serialNumberHex: text("serial_number_hex"),
    /** Subject and subjectAltNames, in lower case, for searching. */
    names: text("names").notNull(),
    at: integer("at", { mode: "timestamp_ms" }).notNull(),
    /** What is in no other column. */
    details: json<TransactionDetails>("details").notNull(),
  },
  (table) => [
    index("transaction_events_tenant").on(table.tenantId, table.id),
    // For who asks after refusals, which are few among many.
    index("transaction_events_refused")
      .on(table.tenantId, table.id)
      .where(sql`details ->> '$.outcome' = 'refused'`),
    index("transaction_events_transaction").on(
      table.configurationId,
      table.transactionId,
      table.id,
    ),
  ],
);
