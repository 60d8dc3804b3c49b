/** `/tenants/{tenant}/api-keys` for a tenant's keys, `/api-keys` for the operators'. */
import { createRoute, z } from "@hono/zod-openapi";
import { createApiKey, listApiKeys, revokeApiKey } from "../../administration/api-keys.ts";
import { tenantRoles } from "../../administration/permissions.ts";
import type { ApiKey } from "../../ports/api-key-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import {
  answer,
  changeProblems,
  jsonBody,
  problems,
  requires,
  requiresOperator,
  secured,
} from "./route.ts";
import { createRouter } from "./router.ts";
import { idPath, pageOf, pageQuery, plainText, tenantPath, time } from "./schemas.ts";

const NewTenantKey = z
  .strictObject({
    name: plainText(64),
    rank: z.literal("tenant").optional(),
    role: z
      .enum(tenantRoles)
      .optional()
      .openapi({ description: "What it may do; tenant-administrator when absent" }),
  })
  .openapi("NewApiKey");
const NewOperatorKey = z
  .strictObject({ name: plainText(64), rank: z.literal("operator").optional() })
  .openapi("NewOperatorKey");
const ApiKeyAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    rank: z.enum(["operator", "tenant"]),
    role: z.enum(["operator", ...tenantRoles]),
    createdAt: time,
    revokedAt: time.optional(),
  })
  .openapi("ApiKey");
const CreatedApiKey = ApiKeyAnswer.extend({
  key: z
    .string()
    .optional()
    .openapi({ description: "In this answer only, and not in a repeated one" }),
}).openapi("CreatedApiKey");

const present = (key: ApiKey) => ({
  id: key.id,
  name: key.name,
  rank: key.tenantId === undefined ? ("operator" as const) : ("tenant" as const),
  role: key.role,
  createdAt: key.createdAt.toISOString(),
  ...(key.revokedAt === undefined ? {} : { revokedAt: key.revokedAt.toISOString() }),
});

const described = { tags: ["api-keys"], ...secured };
const created = { 201: answer(CreatedApiKey, "Created"), ...changeProblems };
const listed = { 200: answer(pageOf(ApiKeyAnswer), "A page"), ...problems };
const revoked = { 200: answer(ApiKeyAnswer, "Revoked"), ...changeProblems };

const tenantKeys = "/tenants/{tenant}/api-keys";
const createTenantKey = createRoute({
  ...described,
  ...requires("api-key.manage"),
  summary: "Create an API key of the tenant; it is shown once",
  method: "post",
  path: tenantKeys,
  request: { params: tenantPath, body: jsonBody(NewTenantKey) },
  responses: created,
});
const listTenantKeys = createRoute({
  ...described,
  ...requires("api-key.read"),
  summary: "List the tenant's API keys",
  method: "get",
  path: tenantKeys,
  request: { params: tenantPath, query: pageQuery },
  responses: listed,
});
const revokeTenantKey = createRoute({
  ...described,
  ...requires("api-key.manage"),
  summary: "Revoke an API key of the tenant; it holds at once",
  method: "post",
  path: `${tenantKeys}/{id}/revoke`,
  request: { params: idPath },
  responses: revoked,
});

const operatorKeys = "/api-keys";
const createOperatorKey = createRoute({
  ...described,
  ...requiresOperator("operator.manage"),
  summary: "Create an operator key; it is shown once",
  method: "post",
  path: operatorKeys,
  request: { body: jsonBody(NewOperatorKey) },
  responses: created,
});
const listOperatorKeys = createRoute({
  ...described,
  ...requiresOperator("operator.manage"),
  summary: "List the operator keys",
  method: "get",
  path: operatorKeys,
  request: { query: pageQuery },
  responses: listed,
});
const revokeOperatorKey = createRoute({
  ...described,
  ...requiresOperator("operator.manage"),
  summary: "Revoke an operator key; the last one stays",
  method: "post",
  path: `${operatorKeys}/{id}/revoke`,
  request: { params: z.object({ id: z.string() }) },
  responses: revoked,
});

export function apiKeyRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(createTenantKey, async (context) => {
    const { key, secret } = await createApiKey(
      dependencies,
      context.get("access"),
      context.req.valid("json"),
    );
    return context.json({ ...present(key), key: secret }, 201);
  });
  router.openapi(listTenantKeys, async (context) => {
    const page = await listApiKeys(dependencies, context.get("access"), context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(revokeTenantKey, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(
      present(valueOf(await revokeApiKey(dependencies, context.get("access"), id))),
      200,
    );
  });
  router.openapi(createOperatorKey, async (context) => {
    const access = context.get("operator");
    const { key, secret } = await createApiKey(dependencies, access, {
      name: context.req.valid("json").name,
    });
    return context.json({ ...present(key), key: secret }, 201);
  });
  router.openapi(listOperatorKeys, async (context) => {
    const access = context.get("operator");
    const page = await listApiKeys(dependencies, access, context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(revokeOperatorKey, async (context) => {
    const access = context.get("operator");
    return context.json(
      present(valueOf(await revokeApiKey(dependencies, access, context.req.valid("param").id))),
      200,
    );
  });
  return router;
}
