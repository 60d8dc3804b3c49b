/** How certificate authorities look in the API. */
import { z } from "@hono/zod-openapi";
import { definedFields } from "../../administration/defined-fields.ts";
import { authorityKeyAlgorithms } from "../../ca/authority-key.ts";
import { toPem } from "../../pki/bytes.ts";
import { constrainedNameTypes, type NameConstraint } from "../../pki/name-constraints.ts";
import { jurisdictions, locationHints } from "../../ports/authority-placement.ts";
import {
  authorityOrigins,
  authorityStates,
  type CertificateAuthorityEntry,
} from "../../ports/certificate-authority-directory.ts";
import { pem, plainText, time } from "./schemas.ts";

const keyAlgorithm = z.enum(authorityKeyAlgorithms);

const nameConstraint = z.strictObject({
  type: z.enum(constrainedNameTypes),
  value: z.string().min(1).max(500),
});
const nameConstraints = z
  .strictObject({
    permitted: z.array(nameConstraint).max(100).default([]),
    excluded: z.array(nameConstraint).max(100).default([]),
  })
  .openapi({
    description:
      "RFC 5280, section 4.2.1.10: critical in the CA's certificate, and kept by the CA itself. dns: a domain and all below it; email: an address, a host or .domain; ip: address/prefix length; directoryName: RFC 4514",
  });

/** What every way of making a CA asks. */
export const authorityName = plainText(64);
export const shared = z
  .boolean()
  .optional()
  .openapi({ description: "Usable by all tenants (operators)" });
export const publicationOrigin = z.string().max(200).optional().openapi({
  description:
    "Where certificates send relying parties, when /pki/ has a host of its own; absent: the deployment's origin",
  example: "http://pki.example.com",
});
export const placement = {
  jurisdiction: z
    .enum(jurisdictions)
    .optional()
    .openapi({ description: "Where the CA's key and records are kept; fixed for ever" }),
  locationHint: z
    .enum(locationHints)
    .optional()
    .openapi({ description: "Near whom the CA is put when it is made" }),
};

export const NewAuthority = z
  .strictObject({
    name: authorityName,
    subject: z
      .string()
      .min(1)
      .max(1024)
      .openapi({ description: "RFC 4514", example: "CN=Demo Root CA,O=Demo" }),
    keyAlgorithm,
    parent: z.string().max(64).optional().openapi({ description: "Id or name; absent: a root CA" }),
    externalParent: z.boolean().optional().openapi({
      description:
        "An outside CA signs: take `certification-request` to it, and bring back what it signs to `certificate`",
    }),
    validityYears: z
      .int()
      .min(1)
      .max(50)
      .optional()
      .openapi({ description: "20 for a root, 10 below; cut to the parent's" }),
    pathLength: z.int().min(0).max(9).optional().openapi({
      description:
        "How many CAs may stand between this one and a device: 0 for a CA that certifies devices only. Absent: one fewer than the parent's, or any number",
    }),
    nameConstraints: nameConstraints.optional(),
    shared,
    ownAgent: z.boolean().optional().openapi({
      description:
        "RSA only. The CA opens envelopes and signs replies itself, for clients that take one certificate; certmonger dislikes it",
    }),
    publicationOrigin,
    ...placement,
  })
  .openapi("NewCertificateAuthority");

export const Authority = z
  .object({
    id: z.string(),
    name: z.string(),
    subject: z.string(),
    keyAlgorithm,
    parent: z.string().optional().openapi({ description: "Id; absent: none is hosted here" }),
    origin: z.enum(authorityOrigins),
    shared: z.boolean(),
    ownAgent: z.boolean(),
    publicationOrigin: z.string().optional(),
    pathLength: z.int().optional(),
    nameConstraints: nameConstraints.optional(),
    state: z.enum(authorityStates).openapi({
      description: "`retired` and `revoked` issue nothing any more; their CRL and OCSP go on",
    }),
    notAfter: time.optional(),
    certificate: pem.optional(),
    externalChain: pem.optional().openapi({
      description: "The certificates above it that are not hosted here, its issuer first",
    }),
    createdAt: time,
  })
  .openapi("CertificateAuthority");

type ShownConstraint = z.infer<typeof nameConstraint>;
const shownConstraints = (list: readonly NameConstraint[]): ShownConstraint[] =>
  list.filter((one): one is ShownConstraint => one.type !== "uri" && one.type !== "other");

export const presentAuthority = (entry: CertificateAuthorityEntry): z.infer<typeof Authority> => ({
  id: entry.id,
  name: entry.name,
  subject: entry.subject,
  keyAlgorithm: entry.keyAlgorithm,
  ...(entry.parentId === undefined ? {} : { parent: entry.parentId }),
  origin: entry.origin,
  shared: entry.tenantId === undefined,
  ownAgent: entry.ownAgent,
  ...definedFields({
    publicationOrigin: entry.publicationOrigin,
    pathLength: entry.pathLength,
  }),
  ...(entry.nameConstraints
    ? {
        nameConstraints: {
          permitted: shownConstraints(entry.nameConstraints.permitted),
          excluded: shownConstraints(entry.nameConstraints.excluded),
        },
      }
    : {}),
  state: entry.state,
  ...(entry.certificate
    ? {
        notAfter: entry.certificate.notAfter.toISOString(),
        certificate: toPem("CERTIFICATE", entry.certificate.der),
      }
    : {}),
  ...(entry.externalChain
    ? { externalChain: entry.externalChain.map((der) => toPem("CERTIFICATE", der)).join("") }
    : {}),
  createdAt: entry.createdAt.toISOString(),
});
