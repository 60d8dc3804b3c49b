/** The table that all others point to, and the columns that they share. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Entitlement } from "../ports/tenant-store.ts";
import { json } from "./columns.ts";

export const time = (name: string) => integer(name, { mode: "timestamp_ms" });
export const id = () => text("id").primaryKey();
export const tenantId = () =>
  text("tenant_id")
    .notNull()
    .references(() => tenants.id);

export const tenants = sqliteTable("tenants", {
  id: id(),
  name: text("name").notNull().unique(),
  /** What the operator has switched on; null: everything, as it was before there were entitlements. */
  entitlements: json<readonly Entitlement[]>("entitlements"),
  createdAt: time("created_at").notNull(),
});
