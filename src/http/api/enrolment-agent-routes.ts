/** `/tenants/{tenant}/scep-configurations/{name}/enrolment-agent` and `…/chain`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeChain,
  showChain,
  type ShownChainItem,
} from "../../administration/configuration-chain.ts";
import { issueEnrolmentAgent, listEnrolmentAgents } from "../../administration/enrolment-agents.ts";
import { toPem } from "../../pki/bytes.ts";
import type { EnrolmentAgentEntry } from "../../ports/enrolment-agent-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { namePath, pem, time } from "./schemas.ts";

const Agent = z
  .object({
    id: z.string(),
    serialNumber: z.string(),
    certificateAuthority: z.string().openapi({
      description:
        "Id of the CA that certified it: another than the configuration's own for agents from before a rollover, or made ready for one",
    }),
    notAfter: time,
    renewsAt: time.optional().openapi({
      description: "When it gets a successor by itself; absent: it has one, or ends with its CA",
    }),
    certificate: pem,
    createdAt: time,
  })
  .openapi("EnrolmentAgent");

const agentReference = z.strictObject({ type: z.literal("enrolment-agent") });
const authorityReference = z.strictObject({
  type: z.literal("certificate-authority"),
  id: z.string().min(1).max(64).openapi({ description: "Id or name" }),
});
const externalReference = z.strictObject({
  type: z.literal("external-authority"),
  id: z.string().min(1).max(64).openapi({ description: "Id or name of the hosted CA below it" }),
  position: z.int().min(0).max(20).openapi({ description: "0 is that CA's issuer" }),
});
const NewChain = z
  .strictObject({
    items: z
      .array(z.discriminatedUnion("type", [agentReference, authorityReference, externalReference]))
      .min(1)
      .max(20),
  })
  .openapi("NewChain", {
    description:
      "In the order of the GetCACert answer; the same certificate may appear more than once",
  });
const Chain = z
  .object({
    items: z.array(
      z.object({
        type: z.enum(["enrolment-agent", "certificate-authority", "external-authority"]),
        id: z.string().optional(),
        position: z.int().optional(),
        name: z.string(),
        certificate: pem.optional().openapi({ description: "Absent while there is none" }),
      }),
    ),
  })
  .openapi("Chain");

const described = { tags: ["scep-configurations"], ...secured };
const base = "/tenants/{tenant}/scep-configurations/{name}";

const issue = createRoute({
  ...described,
  ...requires("configuration.manage"),
  method: "post",
  path: `${base}/enrolment-agent`,
  summary: "Issue the enrolment agent: a new key and its certificate, which take over at once",
  request: { params: namePath },
  responses: { 201: answer(Agent, "Issued"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("configuration.read"),
  method: "get",
  path: `${base}/enrolment-agent`,
  summary: "List the enrolment agents, newest first",
  request: { params: namePath },
  responses: { 200: answer(z.object({ items: z.array(Agent) }), "All agents"), ...problems },
});

const readChain = createRoute({
  ...described,
  ...requires("configuration.read"),
  method: "get",
  path: `${base}/chain`,
  summary: "Show the certificates that GetCACert answers with",
  request: { params: namePath },
  responses: { 200: answer(Chain, "The chain"), ...problems },
});

const putChain = createRoute({
  ...described,
  ...requires("configuration.manage"),
  method: "put",
  path: `${base}/chain`,
  summary: "Set the certificates that GetCACert answers with",
  request: { params: namePath, body: jsonBody(NewChain) },
  responses: { 200: answer(Chain, "The chain"), ...changeProblems },
});

const presentAgent = (agent: EnrolmentAgentEntry) => ({
  id: agent.id,
  serialNumber: agent.serialNumberHex,
  certificateAuthority: agent.certificateAuthorityId,
  ...(agent.renewAt ? { renewsAt: agent.renewAt.toISOString() } : {}),
  notAfter: agent.notAfter.toISOString(),
  certificate: toPem("CERTIFICATE", agent.certificateDer),
  createdAt: agent.createdAt.toISOString(),
});

const presentChain = (items: readonly ShownChainItem[]) => ({
  items: items.map(({ item, name, certificateDer }) => ({
    ...item,
    name,
    ...(certificateDer ? { certificate: toPem("CERTIFICATE", certificateDer) } : {}),
  })),
});

export function enrolmentAgentRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(issue, async (context) => {
    const { name } = context.req.valid("param");
    return context.json(
      presentAgent(valueOf(await issueEnrolmentAgent(dependencies, context.get("access"), name))),
      201,
    );
  });
  router.openapi(list, async (context) => {
    const { name } = context.req.valid("param");
    const agents = valueOf(await listEnrolmentAgents(dependencies, context.get("access"), name));
    return context.json({ items: agents.map(presentAgent) }, 200);
  });
  router.openapi(readChain, async (context) => {
    const { name } = context.req.valid("param");
    return context.json(
      presentChain(valueOf(await showChain(dependencies, context.get("access"), name))),
      200,
    );
  });
  router.openapi(putChain, async (context) => {
    const { name } = context.req.valid("param");
    const { items } = context.req.valid("json");
    return context.json(
      presentChain(valueOf(await changeChain(dependencies, context.get("access"), name, items))),
      200,
    );
  });
  return router;
}
