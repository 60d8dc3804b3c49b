/** Guide 3.1: enrolment is a service that the operator switches on for a tenant, and may switch off again. */
import type { ScepConfigurationKind } from "../ports/scep-configuration-store.ts";
import { isEntitled } from "../ports/tenant-store.ts";
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";

/** Of what the tenant has at this moment. */
export async function entitlementOf(
  { tenants }: Needs<"tenants">,
  { tenantId }: TenantAccess,
): Promise<(kind: ScepConfigurationKind) => boolean> {
  const tenant = await tenants.findTenant(tenantId);
  return (kind) => tenant !== undefined && isEntitled(tenant.entitlements, kind);
}

const services = { simple: "Simple SCEP", intune: "Intune SCEP" } as const;

export const switchedOff = (kind: ScepConfigurationKind): string =>
  `The operator has switched ${services[kind]} off for this tenant: devices get the same answer as for an address that does not exist. Ask the operator to switch it on.`;
