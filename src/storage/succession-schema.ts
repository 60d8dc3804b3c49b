/** The tables in D1 about CAs that follow one another, besides the columns of `certificate_authorities`. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { FetchOperation } from "../ports/authority-succession-store.ts";
import { scepConfigurations } from "./schema.ts";
import { time } from "./tenant-schema.ts";

/** How the devices of a configuration ask for certificates while its CA is followed by another. */
export const certificateFetches = sqliteTable(
  "certificate_fetches",
  {
    successorId: text("successor_id").notNull(),
    configurationId: text("configuration_id")
      .notNull()
      .references(() => scepConfigurations.id),
    operation: text("operation").$type<FetchOperation>().notNull(),
    /** At least: each isolate writes what it has counted once a minute. */
    count: integer("count").notNull(),
    lastAt: time("last_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.successorId, table.configurationId, table.operation] })],
);
