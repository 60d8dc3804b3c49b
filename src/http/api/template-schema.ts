/** Template rules as the API writes them. */
import { z } from "@hono/zod-openapi";
import { templateRisks } from "../../administration/template-checks.ts";
import { commonNameRules, domainPlaces } from "../../ca/certificate-template.ts";
import { keyUsageNames } from "../../pki/key-usage.ts";
import { extendedKeyUsageOids } from "./extended-key-usages.ts";

const keyUsages = z.array(z.enum(keyUsageNames)).max(9);
const extendedKeyUsages = z
  .array(z.string().max(64))
  .max(20)
  .openapi({
    description: `Object identifiers, or ${[...extendedKeyUsageOids.keys()].join(", ")}`,
  });

const domains = z.array(z.string().min(1).max(254)).min(1).max(50);

/** Which dangers the caller knows of and wants all the same. */
export const acceptRisks = z
  .array(z.enum(templateRisks))
  .max(templateRisks.length)
  .optional()
  .openapi({ description: "Needed for rules that could be turned against those who trust the CA" });

/** Every field may be left out: then it stays, or is the default. */
export const rulesShape = {
  validityDays: z.int().min(1).max(7300).optional(),
  requestedValidity: z
    .strictObject({
      honour: z.boolean(),
      maximumDays: z
        .int()
        .min(1)
        .max(7300)
        .nullable()
        .openapi({ description: "null: no longer than validityDays" }),
    })
    .partial()
    .optional()
    .openapi({ description: "What Windows and Android may wish in their requests" }),
  backdateMinutes: z
    .int()
    .min(0)
    .max(1440)
    .optional()
    .openapi({ description: "For devices whose clocks are late" }),
  keyUsage: z
    .strictObject({ source: z.enum(["request", "fixed"]), allowed: keyUsages, default: keyUsages })
    .partial()
    .optional(),
  extendedKeyUsage: z
    .strictObject({
      allowed: extendedKeyUsages,
      default: extendedKeyUsages,
      always: extendedKeyUsages,
    })
    .partial()
    .optional()
    .openapi({ description: "What is asked for and allowed, else the default; and always" }),
  certificatePolicies: z
    .array(
      z.strictObject({
        policy: z.string().max(64).openapi({ description: "An object identifier" }),
        cpsUri: z
          .url({ protocol: /^https?$/ })
          .max(200)
          .regex(/^[\x21-\x7e]+$/)
          .optional(),
      }),
    )
    .max(10)
    .optional(),
  subjectAltName: z
    .strictObject({
      types: z.array(z.enum(["dns", "email", "ip", "upn", "uri"])).max(5),
      wildcardDns: z.boolean(),
      domains: domains
        .nullable()
        .openapi({ description: "Which names must lie in; null: any domain" }),
    })
    .partial()
    .optional(),
  requiredDomain: z
    .strictObject({
      network: z.string().max(64).optional(),
      domains: domains.optional(),
      in: z.array(z.enum(domainPlaces)).min(1).max(3).optional(),
    })
    .refine(
      ({ network, domains: listed }) => (network === undefined) !== (listed === undefined),
      "Give either a network or domains",
    )
    .nullable()
    .optional()
    .openapi({
      description:
        "At least one name of every certificate must lie in one of the domains; null: nothing is required",
    }),
  subject: z
    .strictObject({ allowEmpty: z.boolean(), commonName: z.enum(commonNameRules) })
    .partial()
    .optional(),
  keys: z
    .strictObject({
      rsa: z
        .strictObject({
          minimumBits: z.int().min(2048).max(8192),
          maximumBits: z.int().min(2048).max(8192),
        })
        .nullable()
        .openapi({ description: "null: no RSA keys" }),
      curves: z.array(z.enum(["P-256", "P-384"])).max(2),
    })
    .partial()
    .optional(),
  revocationAddresses: z
    .strictObject({ crl: z.boolean(), ocsp: z.boolean(), caIssuers: z.boolean() })
    .partial()
    .optional()
    .openapi({ description: "Which of its CA's public addresses a certificate carries" }),
  renewal: z
    .strictObject({
      earliestDaysBeforeEnd: z
        .int()
        .min(1)
        .max(7300)
        .nullable()
        .openapi({ description: "null: at any time" }),
      graceDaysAfterEnd: z.int().min(0).max(365),
    })
    .partial()
    .optional(),
  requestSignature: z.enum(["verify", "verify-md5-too", "ignore"]).optional(),
};
