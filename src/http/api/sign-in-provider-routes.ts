/** `/tenants/{tenant}/sign-in-provider`: the tenant's own identity provider. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  removeSignInProvider,
  setSignInProvider,
  showSignInProvider,
  type ShownSignInProvider,
} from "../../administration/sign-in-providers.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { plainText, tenantPath, time } from "./schemas.ts";

const identity = {
  issuer: z.url().max(500).openapi({ example: "https://login.example.com/realms/staff" }),
  clientId: plainText(200),
};
const trustEmail = z.boolean().openapi({
  description:
    "Mail addresses count although the provider does not say email_verified. Only for providers whose users cannot choose their own address, such as your own Entra ID directory.",
});
const Settings = z
  .strictObject({
    ...identity,
    clientSecret: plainText(500),
    trustEmail: trustEmail.default(false),
  })
  .openapi("NewSignInProvider");
const Provider = z.object({ ...identity, trustEmail, createdAt: time }).openapi("SignInProvider");

const described = { tags: ["sign-in-provider"], ...secured };
const path = "/tenants/{tenant}/sign-in-provider";
const request = { params: tenantPath };

const put = createRoute({
  ...described,
  ...requires("tenant.configure"),
  method: "put",
  path,
  summary: "Set the tenant's identity provider (OpenID Connect); the secret is never shown again",
  request: { ...request, body: jsonBody(Settings) },
  responses: { 200: answer(Provider, "Set"), ...changeProblems },
});
const get = createRoute({
  ...described,
  ...requires("tenant.read"),
  method: "get",
  path,
  summary: "Show the tenant's identity provider",
  request,
  responses: { 200: answer(Provider, "The provider"), ...problems },
});
const remove = createRoute({
  ...described,
  ...requires("tenant.configure"),
  method: "delete",
  path,
  summary: "Remove the tenant's identity provider",
  request,
  responses: { 204: { description: "Removed" }, ...changeProblems },
});

const present = ({ issuer, clientId, trustEmail, createdAt }: ShownSignInProvider) => ({
  issuer,
  clientId,
  trustEmail,
  createdAt: createdAt.toISOString(),
});

export function signInProviderRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(put, async (context) => {
    const settings = context.req.valid("json");
    const set = await setSignInProvider(dependencies, context.get("access"), settings);
    return context.json(present(valueOf(set)), 200);
  });
  router.openapi(get, async (context) => {
    const provider = valueOf(await showSignInProvider(dependencies, context.get("access")));
    return context.json(present(provider), 200);
  });
  router.openapi(remove, async (context) => {
    valueOf(await removeSignInProvider(dependencies, context.get("access")));
    return context.body(null, 204);
  });
  return router;
}
