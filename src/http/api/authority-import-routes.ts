/** `…/certificate-authorities/import`: an existing CA with its key. */
import { createRoute, z } from "@hono/zod-openapi";
import { importCertificateAuthority } from "../../administration/authority-import.ts";
import {
  Authority,
  authorityName,
  placement,
  presentAuthority,
  publicationOrigin,
  shared,
} from "./certificate-authority-schemas.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { tenantPath } from "./schemas.ts";

const pemText = z.string().max(100_000);

const ImportedAuthority = z
  .strictObject({
    name: authorityName,
    certificate: pemText.optional().openapi({ description: "PEM; with `privateKey`" }),
    privateKey: pemText.optional().openapi({
      description: "PEM: PKCS #8 (encrypted or not), PKCS #1 or SEC 1. Never shown again",
    }),
    pkcs12: pemText.optional().openapi({
      description:
        "Base64 of a PKCS #12 file instead: AES or 3DES; the certificates in it count as chain",
    }),
    password: z.string().max(1000).optional().openapi({
      description: "Of the key or of the PKCS #12 file",
    }),
    chain: pemText.optional().openapi({
      description: "PEM, up to the self-signed certificate; not for a self-signed CA",
    }),
    crl: z.string().optional().openapi({
      description:
        "PEM or base64: the CA's last CRL. Its number and its revocations are taken over",
    }),
    shared,
    publicationOrigin,
    ...placement,
  })
  .openapi("ImportedCertificateAuthority");

const importRoute = createRoute({
  tags: ["certificate-authorities"],
  ...secured,
  ...requires("authority.manage"),
  method: "post",
  path: "/tenants/{tenant}/certificate-authorities/import",
  summary: "Import an existing CA: its certificate, its key, and what it has revoked",
  request: { params: tenantPath, body: jsonBody(ImportedAuthority) },
  responses: { 201: answer(Authority, "Imported"), ...changeProblems },
});

export function authorityImportRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(importRoute, async (context) => {
    const imported = await importCertificateAuthority(
      dependencies,
      context.get("access"),
      context.req.valid("json"),
    );
    return context.json(presentAuthority(valueOf(imported)), 201);
  });
  return router;
}
