/** Tenants are provisioned by operators; a tenant sees itself. */
import type { Page, PageRequest } from "../ports/page.ts";
import { type Entitlement, entitlements, type Tenant } from "../ports/tenant-store.ts";
import { ok } from "../result.ts";
import type { OperatorAccess, TenantAccess } from "./access.ts";
import type { Actor } from "./actor.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

export async function createTenant(
  { tenants, clock }: Needs<"tenants" | "clock">,
  access: OperatorAccess,
  input: { readonly name: string },
): Promise<Outcome<Tenant>> {
  // A random UUID: the id stands in public URLs and must not be guessable.
  const tenant: Tenant = {
    id: crypto.randomUUID(),
    name: input.name,
    entitlements,
    createdAt: clock.now(),
  };
  const event = auditEvent(access, tenant.createdAt, "tenant.created", tenant.id, {
    name: tenant.name,
  });
  const created = await tenants.createTenant(tenant, { ...event, tenantId: tenant.id });
  return created ? ok(tenant) : conflict(`There is a tenant named "${input.name}" already.`);
}

/** Configurations that lack theirs stop within a minute, and go on when it is given back. */
export async function changeEntitlements(
  {
    tenants,
    configurations,
    configurationChanges,
    clock,
  }: Needs<"tenants" | "configurations" | "configurationChanges" | "clock">,
  access: OperatorAccess,
  tenantId: string,
  wanted: readonly Entitlement[],
): Promise<Outcome<Tenant>> {
  const tenant = await tenants.findTenant(tenantId);
  if (!tenant) return notFound("tenant");
  const after = entitlements.filter((entitlement) => wanted.includes(entitlement));
  const event = auditEvent(access, clock.now(), "tenant.entitlements-changed", tenantId, {
    before: tenant.entitlements,
    after,
  });
  await tenants.changeEntitlements(tenantId, after, { ...event, tenantId });
  for (const { id } of await configurations.listIssuingConfigurations(tenantId))
    configurationChanges.changed(id);
  return ok({ ...tenant, entitlements: after });
}

/** The name is on pages and in the subjects of enrolment agents issued from now on; nothing refers to it. */
export async function renameTenant(
  { tenants, clock }: Needs<"tenants" | "clock">,
  access: TenantAccess<"tenant.configure">,
  name: string,
): Promise<Outcome<Tenant>> {
  const tenant = await tenants.findTenant(access.tenantId);
  if (!tenant) return notFound("tenant");
  const event = auditEvent(access, clock.now(), "tenant.renamed", tenant.id, {
    before: tenant.name,
    after: name,
  });
  return (await tenants.renameTenant(tenant.id, name, event))
    ? ok({ ...tenant, name })
    : conflict(`There is a tenant named "${name}" already.`);
}

export async function findTenant(
  { tenants }: Needs<"tenants">,
  access: TenantAccess<"tenant.read">,
): Promise<Outcome<Tenant>> {
  const tenant = await tenants.findTenant(access.tenantId);
  return tenant ? ok(tenant) : notFound("tenant");
}

/** All tenants for an operator; for others those they belong to. */
export async function listTenants(
  { tenants }: Needs<"tenants">,
  actor: Actor,
  page: PageRequest,
): Promise<Page<Tenant>> {
  if (actor.rank === "operator") return tenants.listTenants(page);
  const ids = new Set(actor.memberships.map(({ tenantId }) => tenantId));
  const own = await Promise.all([...ids].map((id) => tenants.findTenant(id)));
  return { items: own.flatMap((tenant) => tenant ?? []) };
}
