/** `/tenants`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeEntitlements,
  createTenant,
  findTenant,
  listTenants,
  renameTenant,
} from "../../administration/tenants.ts";
import { entitlements, type Tenant } from "../../ports/tenant-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import {
  answer,
  changeProblems,
  jsonBody,
  problems,
  requiresOperator,
  requiresNothing,
  requires,
  secured,
} from "./route.ts";
import { createRouter } from "./router.ts";
import { pageOf, pageQuery, plainText, tenantPath, time } from "./schemas.ts";

const TenantAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    entitlements: z.array(z.enum(entitlements)),
    createdAt: time,
  })
  .openapi("Tenant");
const NewTenant = z.strictObject({ name: plainText(64) }).openapi("NewTenant");

const Entitlements = z
  .strictObject({ entitlements: z.array(z.enum(entitlements)) })
  .openapi("Entitlements", {
    description:
      "scep: Simple SCEP; intune: Intune SCEP. What is absent is off: its configurations stop within a minute",
  });

const described = { tags: ["tenants"], ...secured };

const create = createRoute({
  ...described,
  ...requiresOperator("tenant.manage"),
  method: "post",
  path: "/tenants",
  summary: "Create a tenant (operators)",
  request: { body: jsonBody(NewTenant) },
  responses: { 201: answer(TenantAnswer, "Created"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requiresNothing,
  method: "get",
  path: "/tenants",
  summary: "List tenants; with a tenant's key, only that one",
  request: { query: pageQuery },
  responses: { 200: answer(pageOf(TenantAnswer), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("tenant.read"),
  method: "get",
  path: "/tenants/{tenant}",
  summary: "Show a tenant",
  request: { params: tenantPath },
  responses: { 200: answer(TenantAnswer, "The tenant"), ...problems },
});

const rename = createRoute({
  ...described,
  ...requires("tenant.configure"),
  method: "patch",
  path: "/tenants/{tenant}",
  summary: "Rename a tenant",
  request: { params: tenantPath, body: jsonBody(NewTenant) },
  responses: { 200: answer(TenantAnswer, "The tenant"), ...changeProblems },
});

const putEntitlements = createRoute({
  ...described,
  ...requiresOperator("entitlement.manage"),
  method: "put",
  path: "/tenants/{tenant}/entitlements",
  summary: "Set what the tenant may use (operators)",
  request: { params: tenantPath, body: jsonBody(Entitlements) },
  responses: { 200: answer(TenantAnswer, "The tenant"), ...changeProblems },
});

const present = (tenant: Tenant) => ({
  ...tenant,
  entitlements: [...tenant.entitlements],
  createdAt: tenant.createdAt.toISOString(),
});

export function tenantRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const access = context.get("operator");
    return context.json(
      present(valueOf(await createTenant(dependencies, access, context.req.valid("json")))),
      201,
    );
  });
  router.openapi(list, async (context) => {
    const page = await listTenants(dependencies, context.get("actor"), context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) =>
    context.json(present(valueOf(await findTenant(dependencies, context.get("access")))), 200),
  );
  router.openapi(rename, async (context) => {
    const { name } = context.req.valid("json");
    const renamed = await renameTenant(dependencies, context.get("access"), name);
    return context.json(present(valueOf(renamed)), 200);
  });
  router.openapi(putEntitlements, async (context) => {
    const changed = await changeEntitlements(
      dependencies,
      context.get("operator"),
      context.req.valid("param").tenant,
      context.req.valid("json").entitlements,
    );
    return context.json(present(valueOf(changed)), 200);
  });
  return router;
}
