/**
 * Permission as a value: every use case asks for an access that names what may be done with it, and only the functions
 * here make them. So no use case can be reached, by the API or by the portal, without the check.
 */
import { ok } from "../result.ts";
import type { TenantStore } from "../ports/tenant-store.ts";
import type { Actor } from "./actor.ts";
import { type OperatorPermission, roleAllows, type TenantPermission } from "./permissions.ts";
import { lacks, notFound, type Outcome } from "./refusal.ts";

declare const granted: unique symbol;

/** Belongs to the tenant and may do what is named; `TenantAccess` alone belongs to it and may do nothing yet. */
export interface TenantAccess<Allowed extends TenantPermission = never> {
  readonly [granted]: { readonly [Name in Allowed]: true };
  readonly actor: Actor;
  readonly tenantId: string;
}

/** May do what concerns the deployment. */
export interface OperatorAccess {
  readonly [granted]: "operator";
  readonly actor: Actor;
}

/** A tenant that is not the actor's own is answered like one that does not exist. */
export async function accessTenant(
  { tenants }: { readonly tenants: TenantStore },
  actor: Actor,
  tenantId: string,
): Promise<Outcome<TenantAccess>> {
  const admitted =
    actor.rank === "tenant"
      ? actor.memberships.some((membership) => membership.tenantId === tenantId)
      : (await tenants.findTenant(tenantId)) !== undefined;
  return admitted ? ok({ actor, tenantId } as TenantAccess) : notFound("tenant");
}

/** Whether the actor may; for what is shown. What is done asks `permit`. */
export const allows = ({ actor, tenantId }: TenantAccess, permission: TenantPermission): boolean =>
  actor.rank === "operator" ||
  actor.memberships.some(
    (membership) => membership.tenantId === tenantId && roleAllows(membership.role, permission),
  );

/** The same access, able to do what is named. */
export function permit<Wanted extends TenantPermission>(
  access: TenantAccess,
  ...wanted: readonly Wanted[]
): Outcome<TenantAccess<Wanted>> {
  const lacking = wanted.find((permission) => !allows(access, permission));
  return lacking === undefined
    ? ok(access as TenantAccess<Wanted>)
    : lacks(
        lacking,
        `This needs the permission ${lacking}; ask an administrator for a role with it.`,
      );
}

export function accessAsOperator(
  actor: Actor,
  permission: OperatorPermission,
): Outcome<OperatorAccess> {
  return actor.rank === "operator"
    ? ok({ actor } as OperatorAccess)
    : lacks(permission, `This needs the permission ${permission}, which operators have.`);
}
