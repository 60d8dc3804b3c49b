/** Shorthand for describing routes: what all of them have in common. */
import type { z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import {
  accessAsOperator,
  type OperatorAccess,
  permit,
  type TenantAccess,
} from "../../administration/access.ts";
import type { Actor } from "../../administration/actor.ts";
import type { OperatorPermission, TenantPermission } from "../../administration/permissions.ts";
import { valueOf } from "./problem.ts";
import { Problem } from "./schemas.ts";

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { "application/json": { schema } },
  required: true,
});

export const answer = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

export const secured = { security: [{ apiKey: [] }] };

/** Read by the test that tries each route without what it asks for. */
const permissionField = "x-permission";

/**
 * For a route below `/tenants/{tenant}`: refuses whoever lacks the permission, before the body is looked at, and types
 * `context.get("access")` as an access with it.
 */
export const requires = <Wanted extends TenantPermission>(permission: Wanted) => ({
  [permissionField]: permission,
  middleware: createMiddleware<{ Variables: { access: TenantAccess<Wanted> } }>(
    async (context, next) => {
      valueOf(permit(context.get("access"), permission));
      await next();
    },
  ),
});

/** For a route about the deployment: `context.get("operator")` is the access. */
export const requiresOperator = (permission: OperatorPermission) => ({
  [permissionField]: permission,
  middleware: createMiddleware<{ Variables: { actor: Actor; operator: OperatorAccess } }>(
    async (context, next) => {
      context.set("operator", valueOf(accessAsOperator(context.get("actor"), permission)));
      await next();
    },
  ),
});

/** For a route that any actor may use, about what is theirs. */
export const requiresNothing = { [permissionField]: "none" };

/** What any request may be answered with. */
export const problems = {
  400: problem("Malformed, or a field is missing, wrong or unknown"),
  401: problem("No valid API key"),
  403: problem("Not allowed: the permission that is lacking is named"),
  404: problem("Does not exist, or is not yours"),
};

/** What a request that changes something may be answered with as well. */
export const changeProblems = {
  ...problems,
  409: problem("Does not fit the present state"),
  413: problem("The body is too large"),
  415: problem("The body is not JSON"),
  422: problem("Well-formed, but cannot be done as asked"),
};
