/** Tenants are provisioned by operators; a tenant sees itself. */
import type { Page, PageRequest } from "../ports/page.ts";
import type { Tenant } from "../ports/tenant-store.ts";
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
  const tenant: Tenant = { id: crypto.randomUUID(), name: input.name, createdAt: clock.now() };
  const event = auditEvent(access, tenant.createdAt, "tenant.created", tenant.id, {
    name: tenant.name,
  });
  const created = await tenants.createTenant(tenant, { ...event, tenantId: tenant.id });
  return created ? ok(tenant) : conflict(`There is a tenant named "${input.name}" already.`);
}

export async function findTenant(
  { tenants }: Needs<"tenants">,
  access: TenantAccess,
): Promise<Outcome<Tenant>> {
  const tenant = await tenants.findTenant(access.tenantId);
  return tenant ? ok(tenant) : notFound("tenant");
}

/** All tenants for an operator; for a tenant's key, that tenant. */
export async function listTenants(
  { tenants }: Needs<"tenants">,
  actor: Actor,
  page: PageRequest,
): Promise<Page<Tenant>> {
  if (actor.rank === "operator") return tenants.listTenants(page);
  const own = await tenants.findTenant(actor.tenantId);
  return { items: own ? [own] : [] };
}
