/** `/tenants/{tenant}/certificates`. */
import { createRoute, z } from "@hono/zod-openapi";
import { searchCertificates } from "../../administration/certificate-filter.ts";
import { findCertificate } from "../../administration/certificates.ts";
import {
  releaseCertificate,
  revokeCertificate,
} from "../../administration/certificate-revocation.ts";
import { toPem } from "../../pki/bytes.ts";
import { describeCertificate } from "../../pki/certificate-description.ts";
import { revocationReasons } from "../../ports/certificate-revocation.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import {
  Certificate,
  filterShape,
  presentCertificate,
  readFilter,
  serialNumberPath,
} from "./certificate-schemas.ts";
import { createRouter } from "./router.ts";
import { pageOf, pageQuery, pem, subjectAlternativeName, tenantPath } from "./schemas.ts";

/** What its own octets say. */
const Details = z.object({
  issuer: z.string(),
  signatureAlgorithm: z.string(),
  certificateAuthority: z.boolean(),
  keyUsage: z.array(z.string()),
  extendedKeyUsage: z.array(z.string()),
  subjectAlternativeNames: z.array(subjectAlternativeName),
  sha256Fingerprint: z.string(),
});
const CertificateWithPem = Certificate.extend({
  certificate: pem.optional(),
  details: Details.optional(),
}).openapi("CertificateWithPem");

const described = { tags: ["certificates"], ...secured };

const search = createRoute({
  ...described,
  ...requires("certificate.read"),
  method: "get",
  path: "/tenants/{tenant}/certificates",
  summary: "Search the certificates issued through the tenant's configurations",
  request: {
    params: tenantPath,
    query: pageQuery.extend(filterShape),
  },
  responses: { 200: answer(pageOf(Certificate), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("certificate.read"),
  method: "get",
  path: "/tenants/{tenant}/certificates/{serialNumber}",
  summary: "Show a certificate",
  request: { params: serialNumberPath },
  responses: { 200: answer(CertificateWithPem, "The certificate"), ...problems },
});

const revoke = createRoute({
  ...described,
  ...requires("certificate.revoke"),
  method: "post",
  path: "/tenants/{tenant}/certificates/{serialNumber}/revoke",
  summary: "Revoke a certificate, or put it on hold; again, it is answered with its first facts",
  request: {
    params: serialNumberPath,
    body: jsonBody(
      z.strictObject({
        reason: z.enum(revocationReasons).openapi({
          description: "RFC 5280, section 5.3.1; only certificateHold can be taken back",
        }),
      }),
    ),
  },
  responses: { 200: answer(Certificate, "Revoked"), ...changeProblems },
});

const release = createRoute({
  ...described,
  ...requires("certificate.revoke"),
  method: "post",
  path: "/tenants/{tenant}/certificates/{serialNumber}/release",
  summary: "Take a certificate off hold",
  request: { params: serialNumberPath },
  responses: { 200: answer(Certificate, "Valid again"), ...changeProblems },
});

async function presentOctets(certificateDer: Uint8Array) {
  const description = await describeCertificate(certificateDer);
  return {
    certificate: toPem("CERTIFICATE", certificateDer),
    details: {
      issuer: description.issuer,
      signatureAlgorithm: description.signatureAlgorithm,
      certificateAuthority: description.certificateAuthority,
      keyUsage: [...description.keyUsage],
      extendedKeyUsage: [...description.extendedKeyUsage],
      subjectAlternativeNames: [...description.subjectAlternativeNames],
      sha256Fingerprint: description.sha256Fingerprint,
    },
  };
}

export function certificateRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(search, async (context) => {
    const { cursor, limit, ...filter } = context.req.valid("query");
    const page = await searchCertificates(dependencies, context.get("access"), readFilter(filter), {
      cursor,
      limit,
    });
    return context.json({ ...page, items: page.items.map(presentCertificate) }, 200);
  });
  router.openapi(find, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const record = valueOf(
      await findCertificate(dependencies, context.get("access"), serialNumber),
    );
    const { certificateDer } = record;
    const octets = certificateDer ? await presentOctets(certificateDer) : {};
    return context.json({ ...presentCertificate(record), ...octets }, 200);
  });
  router.openapi(revoke, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const { reason } = context.req.valid("json");
    const access = context.get("access");
    const revoked = await revokeCertificate(dependencies, access, serialNumber, reason);
    return context.json(presentCertificate(valueOf(revoked)), 200);
  });
  router.openapi(release, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const released = await releaseCertificate(dependencies, context.get("access"), serialNumber);
    return context.json(presentCertificate(valueOf(released)), 200);
  });
  return router;
}
