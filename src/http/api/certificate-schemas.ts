/** A certificate of the inventory as the API shows it, and what may be asked of the inventory. */
import { z } from "@hono/zod-openapi";
import type { InventoryFilter, NamedCertificate } from "../../administration/certificate-filter.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import { certificateStates } from "../../ports/certificate-inventory.ts";
import { revocationReasons } from "../../ports/certificate-revocation.ts";
import { tenantPath, time } from "./schemas.ts";

export const Certificate = z
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
    delivery: z
      .enum(["undelivered", "delivered", "refused", "given-up"])
      .optional()
      .openapi({ description: "Where Intune must agree before a certificate leaves" }),
    purpose: z.enum(["end-entity", "enrolment-agent", "ocsp-responder", "subordinate", "root"]),
    configuration: z.string(),
    transactionID: z.string().optional(),
    token: z.string().optional().openapi({ description: "Id of the token it was issued with" }),
    certificateTemplate: z
      .object({ id: z.string(), version: z.int() })
      .optional()
      .openapi({ description: "Which version of which template it came from" }),
  })
  .openapi("Certificate");
export const serialNumberPath = tenantPath.extend({
  serialNumber: z.string().openapi({ description: "Hexadecimal, in either case" }),
});

/** All that is given must hold. */
export const filterShape = {
  search: z.string().max(200).optional().openapi({
    description:
      "Part of a subject or of a subjectAltName, or the beginning of a serial number or transactionID",
  }),
  status: z
    .enum(certificateStates)
    .optional()
    .openapi({ description: "`valid` and `expired` are both `issued`, by the clock" }),
  configuration: z.string().max(100).optional().openapi({ description: "Name" }),
  token: z.string().max(100).optional().openapi({ description: "Id" }),
  issuedAfter: time.optional(),
  issuedBefore: time.optional(),
  expiresAfter: time.optional(),
  expiresBefore: time.optional().openapi({
    description: "With a bound on the end and no `search`, those that end soonest come first",
  }),
};

const dateOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

export const readFilter = (query: z.infer<z.ZodObject<typeof filterShape>>): InventoryFilter =>
  definedFields({
    text: query.search || undefined,
    state: query.status,
    configuration: query.configuration,
    tokenId: query.token,
    issuedAfter: dateOf(query.issuedAfter),
    issuedBefore: dateOf(query.issuedBefore),
    expiresAfter: dateOf(query.expiresAfter),
    expiresBefore: dateOf(query.expiresBefore),
  });

export const presentCertificate = (record: NamedCertificate) => ({
  serialNumber: record.serialNumberHex,
  subject: record.subject,
  notBefore: record.notBefore.toISOString(),
  notAfter: record.notAfter.toISOString(),
  status: record.status,
  ...(record.revocation && {
    revocation: { at: record.revocation.at.toISOString(), reason: record.revocation.reason },
  }),
  ...(record.delivery === undefined ? {} : { delivery: record.delivery }),
  purpose: record.purpose,
  configuration: record.configurationName,
  ...(record.transactionID === undefined ? {} : { transactionID: record.transactionID }),
  ...(record.tokenId === undefined ? {} : { token: record.tokenId }),
  ...(record.template === undefined ? {} : { certificateTemplate: { ...record.template } }),
});
