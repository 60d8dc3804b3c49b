/** `/tenants`. */
import { createRoute, z } from "@hono/zod-openapi";
import { accessAsOperator } from "../../administration/access.ts";
import { createTenant, findTenant, listTenants } from "../../administration/tenants.ts";
import type { Tenant } from "../../ports/tenant-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { pageOf, pageQuery, plainText, tenantPath, time } from "./schemas.ts";

const TenantAnswer = z
  .object({ id: z.uuid(), name: z.string(), createdAt: time })
  .openapi("Tenant");
const NewTenant = z.strictObject({ name: plainText(64) }).openapi("NewTenant");

const described = { tags: ["tenants"], ...secured };

const create = createRoute({
  ...described,
  method: "post",
  path: "/tenants",
  summary: "Create a tenant (operators)",
  request: { body: jsonBody(NewTenant) },
  responses: { 201: answer(TenantAnswer, "Created"), ...changeProblems },
});

const list = createRoute({
  ...described,
  method: "get",
  path: "/tenants",
  summary: "List tenants; with a tenant's key, only that one",
  request: { query: pageQuery },
  responses: { 200: answer(pageOf(TenantAnswer), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  method: "get",
  path: "/tenants/{tenant}",
  summary: "Show a tenant",
  request: { params: tenantPath },
  responses: { 200: answer(TenantAnswer, "The tenant"), ...problems },
});

const present = (tenant: Tenant) => ({ ...tenant, createdAt: tenant.createdAt.toISOString() });

export function tenantRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const access = valueOf(accessAsOperator(context.get("actor")));
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
  return router;
}
