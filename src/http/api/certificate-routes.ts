/** `/tenants/{tenant}/certificates`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  findCertificate,
  type NamedCertificate,
  searchCertificates,
} from "../../administration/certificates.ts";
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
import { createRouter } from "./router.ts";
import { pageOf, pageQuery, pem, subjectAlternativeName, tenantPath, time } from "./schemas.ts";

const Certificate = z
  .object({
    serialNumber: z.string().openapi({ description: "Lower-case hexadecimal" }),
    subject: z.string(),
    notBefore: time,
    notAfter: time,
    status: z.enum(["intended", "issued", "abandoned", "revoked", "on-hold"]),
    revocation: z
      .object({ at: time, reason: z.enum(revocationReasons) })
      .optional()
      .openapi({ description: "Present when it is revoked or on hold" }),
    purpose: z.enum(["end-entity", "enrolment-agent", "ocsp-responder", "subordinate", "root"]),
    configuration: z.string(),
    transactionID: z.string().optional(),
    certificateTemplate: z
      .object({ id: z.string(), version: z.int() })
      .optional()
      .openapi({ description: "Which version of which template it came from" }),
  })
  .openapi("Certificate");
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

const serialNumberPath = tenantPath.extend({
  serialNumber: z.string().openapi({ description: "Hexadecimal, in either case" }),
});

const described = { tags: ["certificates"], ...secured };

const search = createRoute({
  ...described,
  ...requires("certificate.read"),
  method: "get",
  path: "/tenants/{tenant}/certificates",
  summary: "Search the certificates issued through the tenant's configurations",
  request: {
    params: tenantPath,
    query: pageQuery.extend({
      search: z.string().max(200).optional().openapi({
        description: "Part of a subject, or the beginning of a serial number or transactionID",
      }),
    }),
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

const present = (record: NamedCertificate) => ({
  serialNumber: record.serialNumberHex,
  subject: record.subject,
  notBefore: record.notBefore.toISOString(),
  notAfter: record.notAfter.toISOString(),
  status: record.status,
  ...(record.revocation && {
    revocation: { at: record.revocation.at.toISOString(), reason: record.revocation.reason },
  }),
  purpose: record.purpose,
  configuration: record.configurationName,
  ...(record.transactionID === undefined ? {} : { transactionID: record.transactionID }),
  ...(record.template === undefined ? {} : { certificateTemplate: { ...record.template } }),
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
    const { search: text, ...query } = context.req.valid("query");
    const page = await searchCertificates(
      dependencies,
      context.get("access"),
      text || undefined,
      query,
    );
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const record = valueOf(
      await findCertificate(dependencies, context.get("access"), serialNumber),
    );
    const { certificateDer } = record;
    const octets = certificateDer ? await presentOctets(certificateDer) : {};
    return context.json({ ...present(record), ...octets }, 200);
  });
  router.openapi(revoke, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const { reason } = context.req.valid("json");
    const access = context.get("access");
    const revoked = await revokeCertificate(dependencies, access, serialNumber, reason);
    return context.json(present(valueOf(revoked)), 200);
  });
  router.openapi(release, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const released = await releaseCertificate(dependencies, context.get("access"), serialNumber);
    return context.json(present(valueOf(released)), 200);
  });
  return router;
}
