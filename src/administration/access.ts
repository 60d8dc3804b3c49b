/**
 * Permission as a value: every use case asks for one of these, and only the two functions here make them.
 * So no use case can be reached, by the API or by the portal, without the check.
 */
import { ok } from "../result.ts";
import type { TenantStore } from "../ports/tenant-store.ts";
import type { Actor } from "./actor.ts";
import { forbidden, notFound, type Outcome } from "./refusal.ts";

declare const granted: unique symbol;

/** May do everything inside one tenant. */
export interface TenantAccess {
  readonly [granted]: "tenant";
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
      ? actor.tenantId === tenantId
      : (await tenants.findTenant(tenantId)) !== undefined;
  return admitted ? ok({ actor, tenantId } as TenantAccess) : notFound("tenant");
}

export function accessAsOperator(actor: Actor): Outcome<OperatorAccess> {
  return actor.rank === "operator"
    ? ok({ actor } as OperatorAccess)
    : forbidden("Only an operator's key may do this.");
}
