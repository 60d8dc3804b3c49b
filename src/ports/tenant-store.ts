/** The customers of the deployment. */
import type { AuditEvent } from "./audit-log.ts";
import type { ScepConfigurationKind } from "./scep-configuration-store.ts";
import type { Page, PageRequest } from "./page.ts";

/** A part of the service that an operator switches on for a tenant: Simple SCEP, Intune SCEP. */
export const entitlements = ["scep", "intune"] as const;
export type Entitlement = (typeof entitlements)[number];

/** @param granted what the tenant has */
export const isEntitled = (granted: readonly Entitlement[], kind: ScepConfigurationKind): boolean =>
  granted.includes(kind === "simple" ? "scep" : "intune");

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly entitlements: readonly Entitlement[];
  readonly createdAt: Date;
}

export interface TenantStore {
  /** False when the name is taken. */
  createTenant(tenant: Tenant, event: AuditEvent): Promise<boolean>;
  /** False when the name is taken. */
  renameTenant(id: string, name: string, event: AuditEvent): Promise<boolean>;
  changeEntitlements(
    id: string,
    entitlements: readonly Entitlement[],
    event: AuditEvent,
  ): Promise<void>;
  findTenant(id: string): Promise<Tenant | undefined>;
  listTenants(page: PageRequest): Promise<Page<Tenant>>;
}
