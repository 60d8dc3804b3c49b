/** `/tenants/{tenant}/certificate-authorities`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  createCertificateAuthority,
  findCertificateAuthority,
  listCertificateAuthorities,
} from "../../administration/certificate-authorities.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import { authorityKeyAlgorithms } from "../../ca/authority-key.ts";
import { toPem } from "../../pki/bytes.ts";
import type { CertificateAuthorityEntry } from "../../ports/certificate-authority-directory.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath, pageOf, pageQuery, pem, plainText, tenantPath, time } from "./schemas.ts";

const keyAlgorithm = z.enum(authorityKeyAlgorithms);

const NewAuthority = z
  .strictObject({
    name: plainText(64),
    subject: z
      .string()
      .min(1)
      .max(1024)
      .openapi({ description: "RFC 4514", example: "CN=Demo Root CA,O=Demo" }),
    keyAlgorithm,
    parent: z.string().max(64).optional().openapi({ description: "Id or name; absent: a root CA" }),
    validityYears: z
      .int()
      .min(1)
      .max(50)
      .optional()
      .openapi({ description: "20 for a root, 10 below; cut to the parent's" }),
    shared: z.boolean().optional().openapi({ description: "Usable by all tenants (operators)" }),
    ownAgent: z.boolean().optional().openapi({
      description:
        "RSA only. The CA opens envelopes and signs replies itself, for clients that take one certificate; certmonger dislikes it",
    }),
    publicationOrigin: z.string().max(200).optional().openapi({
      description:
        "Where certificates send relying parties, when /pki/ has a host of its own; absent: the deployment's origin",
      example: "http://pki.example.com",
    }),
  })
  .openapi("NewCertificateAuthority");

const Authority = z
  .object({
    id: z.string(),
    name: z.string(),
    subject: z.string(),
    keyAlgorithm,
    parent: z.string().optional().openapi({ description: "Id; absent: a root CA" }),
    shared: z.boolean(),
    ownAgent: z.boolean(),
    publicationOrigin: z.string().optional(),
    state: z.enum(["creating", "ready"]),
    notAfter: time.optional(),
    certificate: pem.optional(),
    createdAt: time,
  })
  .openapi("CertificateAuthority");

const described = { tags: ["certificate-authorities"], ...secured };

const create = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "post",
  path: "/tenants/{tenant}/certificate-authorities",
  summary: "Create a CA: a root, or below a parent",
  request: { params: tenantPath, body: jsonBody(NewAuthority) },
  responses: { 201: answer(Authority, "Created, with its certificate"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("authority.read"),
  method: "get",
  path: "/tenants/{tenant}/certificate-authorities",
  summary: "List the tenant's CAs and the shared ones",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Authority), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("authority.read"),
  method: "get",
  path: "/tenants/{tenant}/certificate-authorities/{idOrName}",
  summary: "Show a CA",
  request: { params: idOrNamePath },
  responses: { 200: answer(Authority, "The CA"), ...problems },
});

const present = (entry: CertificateAuthorityEntry) => ({
  id: entry.id,
  name: entry.name,
  subject: entry.subject,
  keyAlgorithm: entry.keyAlgorithm,
  ...(entry.parentId === undefined ? {} : { parent: entry.parentId }),
  shared: entry.tenantId === undefined,
  ownAgent: entry.ownAgent,
  ...definedFields({ publicationOrigin: entry.publicationOrigin }),
  state: entry.state,
  ...(entry.certificate
    ? {
        notAfter: entry.certificate.notAfter.toISOString(),
        certificate: toPem("CERTIFICATE", entry.certificate.der),
      }
    : {}),
  createdAt: entry.createdAt.toISOString(),
});

export function certificateAuthorityRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const created = await createCertificateAuthority(
      dependencies,
      context.get("access"),
      context.req.valid("json"),
    );
    return context.json(present(valueOf(created)), 201);
  });
  router.openapi(list, async (context) => {
    const page = await listCertificateAuthorities(
      dependencies,
      context.get("access"),
      context.req.valid("query"),
    );
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { idOrName } = context.req.valid("param");
    return context.json(
      present(
        valueOf(await findCertificateAuthority(dependencies, context.get("access"), idOrName)),
      ),
      200,
    );
  });
  return router;
}
