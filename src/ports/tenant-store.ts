/** The customers of the deployment. */
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

export interface TenantStore {
  /** False when the name is taken. */
  createTenant(tenant: Tenant, event: AuditEvent): Promise<boolean>;
  findTenant(id: string): Promise<Tenant | undefined>;
  listTenants(page: PageRequest): Promise<Page<Tenant>>;
}
