/** Who is told by mail of what concerns a tenant. */
import type { AuditEvent } from "./audit-log.ts";

/** `approvals`: something waits for a decision. `upkeep`: something ends or fails. */
export type NotificationConcern = "approvals" | "upkeep";

export type NotificationAddresses = Readonly<Record<NotificationConcern, readonly string[]>>;

export interface NotificationAddressStore {
  findAddresses(tenantId: string): Promise<NotificationAddresses>;
  /** Those that are given take the place of all that were there. */
  replaceAddresses(
    tenantId: string,
    addresses: NotificationAddresses,
    event: AuditEvent,
  ): Promise<void>;
}
