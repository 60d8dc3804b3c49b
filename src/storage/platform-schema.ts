/** The tables of the deployment's own turns. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "./columns.ts";

/** One row: the clock's last turn. */
export const upkeepRuns = sqliteTable("upkeep_runs", {
  name: text("name").primaryKey(),
  startedAt: integer("started_at", { mode: "timestamp_ms" }).notNull(),
  endedAt: integer("ended_at", { mode: "timestamp_ms" }).notNull(),
  failedParts: json<readonly string[]>("failed_parts").notNull(),
});

/** How far the clock has come with what takes it more than one turn; no row: at the beginning. */
export const upkeepRounds = sqliteTable("upkeep_rounds", {
  name: text("name").primaryKey(),
  cursor: text("cursor").notNull(),
});
