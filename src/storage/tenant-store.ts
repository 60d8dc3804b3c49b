/** Tenants in D1. */
import { eq } from "drizzle-orm";
import type { TenantStore } from "../ports/tenant-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { tenants } from "./schema.ts";

export function createTenantStore(db: Database): TenantStore {
  return {
    async createTenant(tenant, event) {
      const [inserted] = await db.batch([
        db.insert(tenants).values(tenant).onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async findTenant(id) {
      return db.select().from(tenants).where(eq(tenants.id, id)).get();
    },

    async listTenants(page) {
      const rows = await db
        .select()
        .from(tenants)
        .where(after(tenants.id, page))
        .orderBy(tenants.id)
        .limit(rowsToRead(page));
      return toPage(rows, page);
    },
  };
}
