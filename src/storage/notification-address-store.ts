/** Notification addresses in D1. */
import { eq, sql } from "drizzle-orm";
import type {
  NotificationAddressStore,
  NotificationConcern,
} from "../ports/notification-addresses.ts";
import { recordWhenChanged } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { notificationAddresses } from "./outbox-schema.ts";
import { tenants } from "./schema.ts";

export function createNotificationAddressStore(db: Database): NotificationAddressStore {
  return {
    async findAddresses(tenantId) {
      const rows = await db
        .select()
        .from(notificationAddresses)
        .where(eq(notificationAddresses.tenantId, tenantId))
        .orderBy(notificationAddresses.address);
      const of = (concern: NotificationConcern) =>
        rows.filter((row) => row.concern === concern).map(({ address }) => address);
      return { approvals: of("approvals"), upkeep: of("upkeep") };
    },

    async replaceAddresses(tenantId, addresses, event) {
      const rows = (["approvals", "upkeep"] as const).flatMap((concern) =>
        addresses[concern].map((address) => ({ tenantId, concern, address })),
      );
      await db.batch([
        db.delete(notificationAddresses).where(eq(notificationAddresses.tenantId, tenantId)),
        ...rows.map((row) => db.insert(notificationAddresses).values(row)),
        // Writes nothing, but counts as a change, so that the event is recorded when all addresses were taken away.
        db
          .update(tenants)
          .set({ name: sql`${tenants.name}` })
          .where(eq(tenants.id, tenantId)),
        recordWhenChanged(db, event),
      ]);
    },
  };
}
