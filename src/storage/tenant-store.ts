/** Tenants in D1. */
import { and, eq, ne, notExists } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { entitlements, type Tenant, type TenantStore } from "../ports/tenant-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { tenants } from "./schema.ts";

const toTenant = (row: typeof tenants.$inferSelect): Tenant => ({
  ...row,
  entitlements: row.entitlements ?? entitlements,
});

export function createTenantStore(db: Database): TenantStore {
  return {
    async createTenant(tenant, event) {
      const [inserted] = await db.batch([
        db.insert(tenants).values(tenant).onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async renameTenant(id, name, event) {
      const namesake = alias(tenants, "namesake");
      const [changed] = await db.batch([
        db
          .update(tenants)
          .set({ name })
          .where(
            and(
              eq(tenants.id, id),
              notExists(
                db
                  .select({ id: namesake.id })
                  .from(namesake)
                  .where(and(eq(namesake.name, name), ne(namesake.id, id))),
              ),
            ),
          ),
        recordWhenChanged(db, event),
      ]);
      return wrote(changed);
    },

    async changeEntitlements(id, granted, event) {
      await db.batch([
        db.update(tenants).set({ entitlements: granted }).where(eq(tenants.id, id)),
        recordWhenChanged(db, event),
      ]);
    },

    async findTenant(id) {
      const row = await db.select().from(tenants).where(eq(tenants.id, id)).get();
      return row && toTenant(row);
    },

    async listTenants(page) {
      const rows = await db
        .select()
        .from(tenants)
        .where(after(tenants.id, page))
        .orderBy(tenants.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(toTenant), page);
    },
  };
}
