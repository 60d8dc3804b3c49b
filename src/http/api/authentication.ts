/** Who is asking, and whether the tenant in the path is theirs: both before anything else about a request is looked at. */
import type { MiddlewareHandler } from "hono";
import { accessTenant } from "../../administration/access.ts";
import { authenticate } from "../../administration/actor.ts";
import type { ApiDependencies, ApiEnvironment } from "./dependencies.ts";
import { ApiProblem, valueOf } from "./problem.ts";

export const requireApiKey =
  (dependencies: ApiDependencies): MiddlewareHandler<ApiEnvironment> =>
  async (context, next) => {
    const [, secret] =
      /^Bearer +([\x21-\x7e]{1,256})$/i.exec(context.req.header("authorization") ?? "") ?? [];
    const actor = secret === undefined ? undefined : await authenticate(dependencies, secret);
    if (!actor) {
      throw new ApiProblem(401, "Send a valid API key as `Authorization: Bearer <key>`.", {
        headers: { "www-authenticate": 'Bearer realm="edge-scep"' },
      });
    }
    context.set("actor", actor);
    await next();
  };

export const requireTenant =
  (dependencies: ApiDependencies): MiddlewareHandler<ApiEnvironment> =>
  async (context, next) => {
    const tenantId = context.req.param("tenant") ?? "";
    context.set(
      "access",
      valueOf(await accessTenant(dependencies, context.get("actor"), tenantId)),
    );
    await next();
  };
