/** `/tenants/{tenant}/certificate-authorities`: those that are made here. */
import { createRoute, z } from "@hono/zod-openapi";
import { createCertificateAuthority } from "../../administration/authority-creation.ts";
import {
  retireCertificateAuthority,
  revokeCertificateAuthority,
} from "../../administration/authority-retirement.ts";
import {
  findCertificateAuthority,
  listCertificateAuthorities,
} from "../../administration/certificate-authorities.ts";
import { revocationReasons } from "../../ports/certificate-revocation.ts";
import { Authority, NewAuthority, presentAuthority } from "./certificate-authority-schemas.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath, pageOf, pageQuery, tenantPath } from "./schemas.ts";

const described = { tags: ["certificate-authorities"], ...secured };
const base = "/tenants/{tenant}/certificate-authorities";

const create = createRoute({
  ...described,
  ...requires("authority.manage"),
  ...requires("authority.manage"),
  method: "post",
  path: base,
  summary: "Create a CA: a root, below a parent, or to be signed by an outside CA",
  request: { params: tenantPath, body: jsonBody(NewAuthority) },
  responses: {
    201: answer(Authority, "Created; with its certificate, unless an outside CA has to sign"),
    ...changeProblems,
  },
});

const list = createRoute({
  ...described,
  ...requires("authority.read"),
  ...requires("authority.read"),
  method: "get",
  path: base,
  summary: "List the tenant's CAs and the shared ones",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Authority), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("authority.read"),
  ...requires("authority.read"),
  method: "get",
  path: `${base}/{idOrName}`,
  summary: "Show a CA",
  request: { params: idOrNamePath },
  responses: { 200: answer(Authority, "The CA"), ...problems },
});

const retire = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "delete",
  path: `${base}/{idOrName}`,
  summary: "Retire a CA: it issues nothing any more, its CRL and OCSP go on, its name stays taken",
  request: { params: idOrNamePath },
  responses: { 200: answer(Authority, "Retired"), ...changeProblems },
});

const revoke = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "post",
  path: `${base}/{idOrName}/revoke`,
  summary:
    "Revoke a subordinate CA's certificate at its parent; nothing is issued by it or below it",
  request: {
    params: idOrNamePath,
    body: jsonBody(
      z
        .strictObject({
          reason: z
            .enum(revocationReasons)
            .default("unspecified")
            .openapi({ description: "RFC 5280, section 5.3.1; a CA is not put on hold" }),
        })
        .openapi("CertificateAuthorityRevocation"),
    ),
  },
  responses: { 200: answer(Authority, "Revoked"), ...changeProblems },
});

export function certificateAuthorityRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const created = await createCertificateAuthority(
      dependencies,
      context.get("access"),
      context.req.valid("json"),
    );
    return context.json(presentAuthority(valueOf(created)), 201);
  });
  router.openapi(list, async (context) => {
    const page = await listCertificateAuthorities(
      dependencies,
      context.get("access"),
      context.req.valid("query"),
    );
    return context.json({ ...page, items: page.items.map(presentAuthority) }, 200);
  });
  router.openapi(find, async (context) => {
    const { idOrName } = context.req.valid("param");
    const found = await findCertificateAuthority(dependencies, context.get("access"), idOrName);
    return context.json(presentAuthority(valueOf(found)), 200);
  });
  router.openapi(retire, async (context) => {
    const { idOrName } = context.req.valid("param");
    const retired = await retireCertificateAuthority(dependencies, context.get("access"), idOrName);
    return context.json(presentAuthority(valueOf(retired)), 200);
  });
  router.openapi(revoke, async (context) => {
    const { idOrName } = context.req.valid("param");
    const revoked = await revokeCertificateAuthority(
      dependencies,
      context.get("access"),
      idOrName,
      context.req.valid("json").reason,
    );
    return context.json(presentAuthority(valueOf(revoked)), 200);
  });
  return router;
}
