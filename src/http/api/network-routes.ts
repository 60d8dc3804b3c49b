/** `/tenants/{tenant}/networks`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeNetwork,
  createNetwork,
  deleteNetwork,
  findNetwork,
  listNetworks,
} from "../../administration/networks.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import type { Network as StoredNetwork } from "../../ports/network-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { namePath, pageOf, pageQuery, plainText, tenantPath, time } from "./schemas.ts";

const domains = z
  .array(z.string().min(1).max(254))
  .min(1)
  .max(50)
  .openapi({ example: ["corp.example.com"] });
const description = plainText(500);

const NewNetwork = z
  .strictObject({ name: plainText(64), domains, description: description.optional() })
  .openapi("NewNetwork");
const NetworkPatch = z.strictObject({ domains, description }).partial().openapi("NetworkChange");
const Network = z
  .object({ id: z.string(), name: z.string(), domains, description: z.string(), createdAt: time })
  .openapi("Network", {
    description:
      "A name for the domains that certificates of a network must carry. Templates refer to it.",
  });

const described = { tags: ["networks"], ...secured };
const base = "/tenants/{tenant}/networks";

const create = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "post",
  path: base,
  summary: "Create a network",
  request: { params: tenantPath, body: jsonBody(NewNetwork) },
  responses: { 201: answer(Network, "Created"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: base,
  summary: "List networks",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Network), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: `${base}/{name}`,
  summary: "Show a network",
  request: { params: namePath },
  responses: { 200: answer(Network, "The network"), ...problems },
});

const change = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "patch",
  path: `${base}/{name}`,
  summary: "Change a network: makes a new version of the templates that refer to it",
  request: { params: namePath, body: jsonBody(NetworkPatch) },
  responses: { 200: answer(Network, "Changed"), ...changeProblems },
});

const remove = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "delete",
  path: `${base}/{name}`,
  summary: "Delete a network that no template refers to",
  request: { params: namePath },
  responses: { 204: { description: "Deleted" }, ...changeProblems },
});

const present = ({ id, name, description: text, ...network }: StoredNetwork) => ({
  id,
  name,
  domains: [...network.domains],
  description: text,
  createdAt: network.createdAt.toISOString(),
});

export function networkRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const { description: text = "", ...network } = context.req.valid("json");
    const wanted = { ...network, description: text };
    const created = await createNetwork(dependencies, context.get("access"), wanted);
    return context.json(present(valueOf(created)), 201);
  });
  router.openapi(list, async (context) => {
    const page = await listNetworks(
      dependencies,
      context.get("access"),
      context.req.valid("query"),
    );
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { name } = context.req.valid("param");
    const network = await findNetwork(dependencies, context.get("access"), name);
    return context.json(present(valueOf(network)), 200);
  });
  router.openapi(change, async (context) => {
    const { name } = context.req.valid("param");
    const wanted = definedFields(context.req.valid("json"));
    const changed = await changeNetwork(dependencies, context.get("access"), name, wanted);
    return context.json(present(valueOf(changed)), 200);
  });
  router.openapi(remove, async (context) => {
    const { name } = context.req.valid("param");
    valueOf(await deleteNetwork(dependencies, context.get("access"), name));
    return context.body(null, 204);
  });
  return router;
}
