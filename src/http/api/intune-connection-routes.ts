/** `/tenants/{tenant}/intune-connections`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeConnection,
  connectionWarnings,
  createConnection,
  deleteConnection,
  findConnection,
  listConnections,
  validateConnection,
} from "../../administration/intune-connections.ts";
import {
  makeClientCertificate,
  removeCredential,
} from "../../administration/intune-credentials.ts";
import { toPem } from "../../pki/bytes.ts";
import type {
  IntuneConnectionEntry,
  IntuneCredentialEntry,
} from "../../ports/intune-connection-directory.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { namePath, pageOf, pageQuery, pem, plainText, tenantPath, time } from "./schemas.ts";

const cloud = z.enum(["public", "us-government", "china", "custom"]);
const guid = (what: string) =>
  z
    .string()
    // Copied from a page of Microsoft's, it comes with the space beside it.
    .trim()
    .regex(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
      "A GUID, as the app's Overview page shows it",
    )
    .openapi({ description: what });
const address = z.string().min(1).max(300);
const endpoints = z.strictObject({
  login: address.optional(),
  graph: address.optional(),
  intuneResource: address.optional(),
  serviceHosts: z.array(z.string().min(1).max(253)).min(1).max(20).optional(),
});
const secret = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[\x21-\x7e]+$/, "The secret's Value, without spaces")
  .openapi({ description: "Entra App Key (Secret Value); never shown again", writeOnly: true });

const writableShape = {
  clientSecret: secret.optional(),
  clientSecretExpiresAt: time.optional().openapi({
    description: "As Entra shows it; warnings begin 30 days before",
  }),
  endpoints: endpoints.optional(),
  revocationEnabled: z.boolean().optional().openapi({
    description: "Whether certificates that Intune wants revoked are fetched and revoked",
  }),
};

const NewConnection = z
  .strictObject({
    name: plainText(64),
    cloud,
    directoryId: guid("Entra Tenant ID: the Directory (tenant) ID"),
    clientId: guid("Entra Application ID: the Application (client) ID"),
    ...writableShape,
  })
  .openapi("NewIntuneConnection");

const ConnectionPatch = z
  .strictObject({
    name: plainText(64).optional(),
    cloud: cloud.optional(),
    directoryId: guid("Entra Tenant ID").optional(),
    clientId: guid("Entra Application ID").optional(),
    overlapHours: z.int().min(0).max(720).optional().openapi({
      description: "How long the secret before the new one still serves; 24",
    }),
    ...writableShape,
  })
  .openapi("IntuneConnectionChange");

const Credential = z
  .object({
    id: z.string(),
    kind: z.enum(["client-secret", "client-certificate"]),
    certificate: pem
      .optional()
      .openapi({ description: "What is uploaded to the app registration" }),
    expiresAt: time.optional(),
    retiresAt: time.optional().openapi({ description: "Not used any more from then on" }),
    createdAt: time,
  })
  .openapi("IntuneCredential");

const Connection = z
  .object({
    id: z.string(),
    name: z.string(),
    cloud,
    directoryId: z.string(),
    clientId: z.string(),
    endpoints: z.object({
      login: z.string(),
      graph: z.string(),
      intuneResource: z.string(),
      serviceHosts: z.array(z.string()),
    }),
    revocationEnabled: z.boolean(),
    credentials: z.array(Credential).openapi({ description: "Newest first; no secret is shown" }),
    createdAt: time,
    warnings: z.array(z.string()),
  })
  .openapi("IntuneConnection");

const Report = z
  .object({
    valid: z.boolean(),
    steps: z.array(
      z.object({
        hop: z.string(),
        outcome: z.enum(["ok", "failed", "not-tried"]),
        detail: z.string(),
        problem: z.string().optional(),
        remedy: z.string().optional().openapi({ description: "What to do, and where to click" }),
      }),
    ),
    calls: z
      .array(
        z.object({
          hop: z.string(),
          activityId: z.string(),
          httpStatus: z.int().optional(),
          milliseconds: z.number(),
          detail: z.string().optional(),
        }),
      )
      .openapi({
        description: "Each HTTP call; the activity id is what Microsoft's support asks for",
      }),
  })
  .openapi("IntuneConnectionReport");

const described = { tags: ["intune-connections"], ...secured };
const base = "/tenants/{tenant}/intune-connections";
const credentialPath = namePath.extend({ id: z.string() });

const create = createRoute({
  ...described,
  ...requires("intune.manage"),
  method: "post",
  path: base,
  summary: "Create an Intune connection: a tenant's app registration in Entra",
  request: { params: tenantPath, body: jsonBody(NewConnection) },
  responses: { 201: answer(Connection, "Created"), ...changeProblems },
});
const list = createRoute({
  ...described,
  ...requires("intune.read"),
  method: "get",
  path: base,
  summary: "List Intune connections",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Connection), "A page"), ...problems },
});
const find = createRoute({
  ...described,
  ...requires("intune.read"),
  method: "get",
  path: `${base}/{name}`,
  summary: "Show an Intune connection",
  request: { params: namePath },
  responses: { 200: answer(Connection, "The connection"), ...problems },
});
const change = createRoute({
  ...described,
  ...requires("intune.manage"),
  method: "patch",
  path: `${base}/{name}`,
  summary:
    "Change an Intune connection; a new secret serves at once, the old one for a while as well",
  request: { params: namePath, body: jsonBody(ConnectionPatch) },
  responses: { 200: answer(Connection, "As changed"), ...changeProblems },
});
const remove = createRoute({
  ...described,
  ...requires("intune.manage"),
  method: "delete",
  path: `${base}/{name}`,
  summary: "Delete an Intune connection that no configuration uses",
  request: { params: namePath },
  responses: { 204: { description: "Deleted" }, ...changeProblems },
});
const validate = createRoute({
  ...described,
  ...requires("intune.manage"),
  method: "post",
  path: `${base}/{name}/validate`,
  summary: "Try each hop to Microsoft afresh, and say what is wrong and where to mend it",
  request: { params: namePath },
  responses: { 200: answer(Report, "What each hop said"), ...changeProblems },
});
const certificate = createRoute({
  ...described,
  ...requires("intune.manage"),
  method: "post",
  path: `${base}/{name}/client-certificate`,
  summary:
    "Make a certificate credential; its certificate is to be uploaded to the app registration",
  request: { params: namePath },
  responses: { 201: answer(Credential, "Made"), ...changeProblems },
});
const removeOne = createRoute({
  ...described,
  ...requires("intune.manage"),
  method: "delete",
  path: `${base}/{name}/credentials/{id}`,
  summary: "Remove a client secret or certificate credential",
  request: { params: credentialPath },
  responses: { 204: { description: "Removed" }, ...changeProblems },
});

const presentCredential = (credential: IntuneCredentialEntry) => ({
  id: credential.id,
  kind: credential.kind,
  ...(credential.certificateDer && {
    certificate: toPem("CERTIFICATE", credential.certificateDer),
  }),
  ...(credential.expiresAt && { expiresAt: credential.expiresAt.toISOString() }),
  ...(credential.retiresAt && { retiresAt: credential.retiresAt.toISOString() }),
  createdAt: credential.createdAt.toISOString(),
});

/** Dates as the use cases have them. */
const toWishes = <Input extends { readonly clientSecretExpiresAt?: string | undefined }>({
  clientSecretExpiresAt,
  ...rest
}: Input) => ({
  ...rest,
  ...(clientSecretExpiresAt !== undefined && {
    clientSecretExpiresAt: new Date(clientSecretExpiresAt),
  }),
});

export function intuneConnectionRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  const present = (entry: IntuneConnectionEntry) => ({
    id: entry.id,
    name: entry.name,
    cloud: entry.cloud.name,
    directoryId: entry.directoryId,
    clientId: entry.clientId,
    endpoints: {
      login: entry.cloud.loginOrigin,
      graph: entry.cloud.graphOrigin,
      intuneResource: entry.cloud.intuneResource,
      serviceHosts: [...entry.cloud.serviceHosts],
    },
    revocationEnabled: entry.revocationEnabled,
    credentials: entry.credentials.map(presentCredential),
    createdAt: entry.createdAt.toISOString(),
    warnings: connectionWarnings(entry, dependencies.clock.now()),
  });

  router.openapi(create, async (context) => {
    const wishes = toWishes(context.req.valid("json"));
    const created = await createConnection(dependencies, context.get("access"), wishes);
    return context.json(present(valueOf(created)), 201);
  });
  router.openapi(list, async (context) => {
    const query = context.req.valid("query");
    const page = await listConnections(dependencies, context.get("access"), query);
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { name } = context.req.valid("param");
    const found = await findConnection(dependencies, context.get("access"), name);
    return context.json(present(valueOf(found)), 200);
  });
  router.openapi(change, async (context) => {
    const { name } = context.req.valid("param");
    const wishes = toWishes(context.req.valid("json"));
    const changed = await changeConnection(dependencies, context.get("access"), name, wishes);
    return context.json(present(valueOf(changed)), 200);
  });
  router.openapi(remove, async (context) => {
    const { name } = context.req.valid("param");
    valueOf(await deleteConnection(dependencies, context.get("access"), name));
    return context.body(null, 204);
  });
  router.openapi(validate, async (context) => {
    const { name } = context.req.valid("param");
    const report = valueOf(await validateConnection(dependencies, context.get("access"), name));
    return context.json(
      { valid: report.valid, steps: [...report.steps], calls: [...report.calls] },
      200,
    );
  });
  router.openapi(certificate, async (context) => {
    const { name } = context.req.valid("param");
    const made = await makeClientCertificate(dependencies, context.get("access"), name);
    return context.json(presentCredential(valueOf(made)), 201);
  });
  router.openapi(removeOne, async (context) => {
    const { name, id } = context.req.valid("param");
    valueOf(await removeCredential(dependencies, context.get("access"), name, id));
    return context.body(null, 204);
  });
  return router;
}
