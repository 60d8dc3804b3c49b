/** `…/certificate-authorities/{idOrName}/certification-request` and `…/certificate`: CAs below an outside one. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  certificationRequestOf,
  installOutsideCertificate,
} from "../../administration/external-authorities.ts";
import { toPem } from "../../pki/bytes.ts";
import { Authority, presentAuthority } from "./certificate-authority-schemas.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath } from "./schemas.ts";

/** A chain of twenty RSA-4096 certificates. */
const longestPem = 50_000;

const OutsideCertificate = z
  .strictObject({
    certificate: z.string().max(longestPem).openapi({
      description: "PEM: the certificate first, others of its chain may follow",
    }),
    chain: z.string().max(longestPem).optional().openapi({
      description: "PEM: the certificates above it in any order, up to the self-signed one",
    }),
  })
  .openapi("OutsideCertificate");

const described = { tags: ["certificate-authorities"], ...secured };
const base = "/tenants/{tenant}/certificate-authorities/{idOrName}";

const request = createRoute({
  ...described,
  ...requires("authority.read"),
  method: "get",
  path: `${base}/certification-request`,
  summary: "The PKCS #10 that an outside CA has to sign",
  request: { params: idOrNamePath },
  responses: {
    200: {
      description: "PEM, as `openssl req` reads it",
      content: { "text/plain": { schema: z.string() } },
    },
    ...problems,
  },
});

const install = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "post",
  path: `${base}/certificate`,
  summary: "Bring back the certificate that the outside CA has signed; the CA is ready then",
  request: { params: idOrNamePath, body: jsonBody(OutsideCertificate) },
  responses: { 200: answer(Authority, "Ready"), ...changeProblems },
});

export function externalAuthorityRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(request, async (context) => {
    const { idOrName } = context.req.valid("param");
    const der = valueOf(
      await certificationRequestOf(dependencies, context.get("access"), idOrName),
    );
    return context.text(toPem("CERTIFICATE REQUEST", der), 200);
  });
  router.openapi(install, async (context) => {
    const { idOrName } = context.req.valid("param");
    const installed = await installOutsideCertificate(
      dependencies,
      context.get("access"),
      idOrName,
      context.req.valid("json"),
    );
    return context.json(presentAuthority(valueOf(installed)), 200);
  });
  return router;
}
