/** `/tenants/{tenant}/members` for a tenant's members, `/members` for the operators. */
import { createRoute, z } from "@hono/zod-openapi";
import { addMember, listMembers, removeMember } from "../../administration/members.ts";
import { tenantRoles } from "../../administration/permissions.ts";
import type { Member } from "../../ports/member-store.ts";
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

const identity = {
  kind: z.enum(["mail", "group"]).openapi({
    description: "A person's mail address, or a group as the identity provider names it",
  }),
  value: plainText(254).openapi({ example: "ada@example.org" }),
};
const NewMember = z.strictObject({ ...identity, role: z.enum(tenantRoles) }).openapi("NewMember");
const NewOperator = z
  .strictObject({ ...identity, role: z.literal("operator").default("operator") })
  .openapi("NewOperator");
const MemberAnswer = z
  .object({
    id: z.string(),
    ...identity,
    role: z.enum(["operator", ...tenantRoles]),
    createdAt: time,
  })
  .openapi("Member");

const described = { tags: ["members"], ...secured };
const created = { 201: answer(MemberAnswer, "Added"), ...changeProblems };
const listed = { 200: answer(pageOf(MemberAnswer), "A page"), ...problems };
const removed = { 200: answer(MemberAnswer, "Removed"), ...changeProblems };

const tenantMembers = "/tenants/{tenant}/members";
const addToTenant = createRoute({
  ...described,
  ...requires("member.manage"),
  method: "post",
  path: tenantMembers,
  summary: "Add a member with a role; one member may have several",
  request: { params: tenantPath, body: jsonBody(NewMember) },
  responses: created,
});
const listOfTenant = createRoute({
  ...described,
  ...requires("member.read"),
  method: "get",
  path: tenantMembers,
  summary: "List the tenant's members",
  request: { params: tenantPath, query: pageQuery },
  responses: listed,
});
const removeFromTenant = createRoute({
  ...described,
  ...requires("member.manage"),
  method: "delete",
  path: `${tenantMembers}/{id}`,
  summary: "Remove a member; it holds at once",
  request: { params: idPath },
  responses: removed,
});

const addOperator = createRoute({
  ...described,
  ...requiresOperator("operator.manage"),
  method: "post",
  path: "/members",
  summary: "Add an operator",
  request: { body: jsonBody(NewOperator) },
  responses: created,
});
const listOperators = createRoute({
  ...described,
  ...requiresOperator("operator.manage"),
  method: "get",
  path: "/members",
  summary: "List the operators",
  request: { query: pageQuery },
  responses: listed,
});
const removeOperator = createRoute({
  ...described,
  ...requiresOperator("operator.manage"),
  method: "delete",
  path: "/members/{id}",
  summary: "Remove an operator; the last one stays while there is no operator key",
  request: { params: z.object({ id: z.string() }) },
  responses: removed,
});

const present = ({ id, kind, value, role, createdAt }: Member) => ({
  id,
  kind,
  value,
  role,
  createdAt: createdAt.toISOString(),
});

export function memberRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(addToTenant, async (context) => {
    const input = context.req.valid("json");
    const member = valueOf(await addMember(dependencies, context.get("access"), input));
    return context.json(present(member), 201);
  });
  router.openapi(listOfTenant, async (context) => {
    const page = await listMembers(dependencies, context.get("access"), context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(removeFromTenant, async (context) => {
    const { id } = context.req.valid("param");
    const member = valueOf(await removeMember(dependencies, context.get("access"), id));
    return context.json(present(member), 200);
  });
  router.openapi(addOperator, async (context) => {
    const input = context.req.valid("json");
    const member = valueOf(await addMember(dependencies, context.get("operator"), input));
    return context.json(present(member), 201);
  });
  router.openapi(listOperators, async (context) => {
    const query = context.req.valid("query");
    const page = await listMembers(dependencies, context.get("operator"), query);
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(removeOperator, async (context) => {
    const { id } = context.req.valid("param");
    const member = valueOf(await removeMember(dependencies, context.get("operator"), id));
    return context.json(present(member), 200);
  });
  return router;
}
