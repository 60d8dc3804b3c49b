/** `/tenants/{tenant}/tokens`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  findToken,
  listTokens,
  type NamedToken,
  revokeToken,
} from "../../administration/tokens.ts";
import { formatDistinguishedName } from "../../pki/distinguished-name.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idPath, pageOf, pageQuery, subjectAlternativeName, tenantPath, time } from "./schemas.ts";

const Token = z
  .object({
    id: z.string(),
    configuration: z.string(),
    subject: z.string(),
    subjectAlternativeNames: z.array(subjectAlternativeName),
    maxUses: z.int().optional(),
    expiresAt: time,
    redeemed: z.boolean().openapi({ description: "Whether the one-time page was opened" }),
    revokedAt: time.optional(),
    createdAt: time,
  })
  .openapi("Token");
const TokenWithUses = Token.extend({ uses: z.int() }).openapi("TokenWithUses");

const described = { tags: ["tokens"], ...secured };
const base = "/tenants/{tenant}/tokens";

const list = createRoute({
  ...described,
  ...requires("token.read"),
  method: "get",
  path: base,
  summary: "List tokens",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Token), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("token.read"),
  method: "get",
  path: `${base}/{id}`,
  summary: "Show a token and how often it was used",
  request: { params: idPath },
  responses: { 200: answer(TokenWithUses, "The token"), ...problems },
});

const revoke = createRoute({
  ...described,
  ...requires("token.revoke"),
  method: "post",
  path: `${base}/{id}/revoke`,
  summary: "Revoke a token; it holds at once",
  request: { params: idPath },
  responses: { 200: answer(Token, "Revoked"), ...changeProblems },
});

const present = (token: NamedToken) => ({
  id: token.id,
  configuration: token.configurationName,
  subject: formatDistinguishedName(token.subject),
  subjectAlternativeNames: [...token.subjectAltNames],
  ...(token.maxUses === undefined ? {} : { maxUses: token.maxUses }),
  expiresAt: token.expiresAt.toISOString(),
  redeemed: token.redeemed,
  ...(token.revokedAt === undefined ? {} : { revokedAt: token.revokedAt.toISOString() }),
  createdAt: token.createdAt.toISOString(),
});

export function tokenRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const page = await listTokens(dependencies, context.get("access"), context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const token = valueOf(
      await findToken(dependencies, context.get("access"), context.req.valid("param").id),
    );
    return context.json({ ...present(token), uses: token.uses }, 200);
  });
  router.openapi(revoke, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(
      present(valueOf(await revokeToken(dependencies, context.get("access"), id))),
      200,
    );
  });
  return router;
}
