/**
 * How a page says where it is and who may see it. All routes are made by the functions here, so that none can be without
 * an answer to "who"; the list of them (routes.ts) is what the portal serves and what the tests' matrix is made from.
 */
import type { Child } from "hono/jsx";
import { accessAsOperator, accessTenant, permit } from "../../administration/access.ts";
import type { OperatorPermission, TenantPermission } from "../../administration/permissions.ts";
import { notFound } from "../../administration/refusal.ts";
import { OperatorVisit, RefusedVisit, TenantVisit, valueOf, type Visit } from "./visit.ts";

export interface Crumb {
  readonly label: string;
  readonly href: string;
}

export interface View {
  readonly title: string;
  readonly content: Child;
  /** Buttons beside the title. */
  readonly actions?: Child;
  /** The pages above this one, without this one. */
  readonly trail?: readonly Crumb[];
  readonly status?: 200 | 403 | 404 | 409 | 422;
}

export type Reply = View | Response;

export interface PortalRoute {
  readonly method: "get" | "post";
  /** Below `/portal`, in Hono's notation. */
  readonly path: string;
  /** What the visitor must be allowed to; empty: to be signed in. */
  readonly permissions: readonly (TenantPermission | OperatorPermission)[];
  readonly serve: (visit: Visit) => Promise<Served>;
}

export interface Served {
  readonly reply: Reply;
  /** As far as the visitor got; the layout shows its menu. */
  readonly visit: Visit;
}

type Handler<Of extends Visit> = (visit: Of) => Reply | Promise<Reply>;

/** @param path below `/portal/tenants/{tenant}` */
export const tenantPage = <Allowed extends TenantPermission>(
  method: PortalRoute["method"],
  path: string,
  permissions: readonly Allowed[],
  handle: Handler<TenantVisit<Allowed>>,
): PortalRoute => ({
  method,
  path: `/tenants/:tenant${path}`,
  permissions,
  async serve(visit) {
    const tenantId = visit.parameter("tenant");
    const own = valueOf(await accessTenant(visit.dependencies, visit.actor, tenantId));
    const tenant = await visit.dependencies.tenants.findTenant(tenantId);
    if (!tenant) return valueOf(notFound("tenant"));
    const member = new TenantVisit(visit, own, tenant);
    try {
      const allowed = new TenantVisit(visit, valueOf(permit(own, ...permissions)), tenant);
      return { reply: await handle(allowed), visit: allowed };
    } catch (error) {
      // A refusal is shown inside the tenant, with the menu of what the visitor may do there.
      throw error instanceof RefusedVisit ? new RefusedVisit(error.refusal, member) : error;
    }
  },
});

/** @param path below `/portal/operator` */
export const operatorPage = (
  method: PortalRoute["method"],
  path: string,
  permission: OperatorPermission,
  handle: Handler<OperatorVisit>,
): PortalRoute => ({
  method,
  path: `/operator${path}`,
  permissions: [permission],
  async serve(visit) {
    const access = valueOf(accessAsOperator(visit.actor, permission));
    const allowed = new OperatorVisit(visit, access);
    return { reply: await handle(allowed), visit: allowed };
  },
});

/** For everybody who is signed in. */
export const personalPage = (
  method: PortalRoute["method"],
  path: string,
  handle: Handler<Visit>,
): PortalRoute => ({
  method,
  path,
  permissions: [],
  serve: async (visit) => ({ reply: await handle(visit), visit }),
});
