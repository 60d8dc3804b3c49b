/** Template rules as the API writes them, and as the CA reads them. */
import { z } from "@hono/zod-openapi";
import type { TemplateRules } from "../../administration/certificate-templates.ts";
import type { RevocationAddresses } from "../../ca/publication-addresses.ts";
import { keyUsageNames } from "../../pki/key-usage.ts";
import { oids } from "../../pki/oids.ts";

const day = 24 * 3600;

/** Names of RFC 5280, section 4.2.1.12, for the usages that people write most. */
const extendedKeyUsageOids: ReadonlyMap<string, string> = new Map([
  ["serverAuth", oids.serverAuth],
  ["clientAuth", oids.clientAuth],
  ["codeSigning", "1.3.6.1.5.5.7.3.3"],
  ["emailProtection", "1.3.6.1.5.5.7.3.4"],
  ["ipsecIKE", "1.3.6.1.5.5.7.3.17"],
]);

const keyUsages = z.array(z.enum(keyUsageNames)).max(9);
const extendedKeyUsages = z
  .array(z.string().max(64))
  .max(20)
  .openapi({
    description: `Object identifiers, or ${[...extendedKeyUsageOids.keys()].join(", ")}`,
  });

/** Every field may be left out: then it stays, or is the default. */
export const rulesShape = {
  validityDays: z.int().min(1).max(7300).optional(),
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
    .strictObject({ allowed: extendedKeyUsages, default: extendedKeyUsages })
    .partial()
    .optional(),
  subjectAltName: z
    .strictObject({
      types: z.array(z.enum(["dns", "email", "ip", "upn", "uri"])).max(5),
      wildcardDns: z.boolean(),
    })
    .partial()
    .optional(),
  subject: z.strictObject({ allowEmpty: z.boolean() }).partial().optional(),
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

const _rules = z.object(rulesShape);
export type RulesInput = z.infer<typeof _rules>;

const toOids = (usages: readonly string[]): string[] =>
  usages.map((usage) => extendedKeyUsageOids.get(usage) ?? usage);

export function mergeRules(rules: TemplateRules, input: RulesInput): TemplateRules {
  const { keyUsage, extendedKeyUsage, subjectAltName, subject, keys } = input;
  const earliest = input.renewal?.earliestDaysBeforeEnd;
  const earliestSeconds =
    earliest === undefined ? rules.renewal.earliestSecondsBeforeEnd : earliest && earliest * day;
  const grace = input.renewal?.graceDaysAfterEnd;
  const rsa = keys?.rsa === undefined ? rules.keys.rsa : (keys.rsa ?? undefined);
  return {
    validitySeconds:
      input.validityDays === undefined ? rules.validitySeconds : input.validityDays * day,
    backdateSeconds:
      input.backdateMinutes === undefined ? rules.backdateSeconds : input.backdateMinutes * 60,
    keyUsage: {
      source: keyUsage?.source ?? rules.keyUsage.source,
      allowed: keyUsage?.allowed ?? rules.keyUsage.allowed,
      default: keyUsage?.default ?? rules.keyUsage.default,
    },
    extendedKeyUsage: {
      allowed: extendedKeyUsage?.allowed
        ? toOids(extendedKeyUsage.allowed)
        : rules.extendedKeyUsage.allowed,
      default: extendedKeyUsage?.default
        ? toOids(extendedKeyUsage.default)
        : rules.extendedKeyUsage.default,
    },
    subjectAltName: {
      types: subjectAltName?.types ?? rules.subjectAltName.types,
      wildcardDns: subjectAltName?.wildcardDns ?? rules.subjectAltName.wildcardDns,
    },
    subject: { allowEmpty: subject?.allowEmpty ?? rules.subject.allowEmpty },
    keys: { ...(rsa ? { rsa } : {}), curves: keys?.curves ?? rules.keys.curves },
    revocationAddresses: mergeAddresses(rules, input),
    renewal: {
      ...(earliestSeconds ? { earliestSecondsBeforeEnd: earliestSeconds } : {}),
      graceSecondsAfterEnd: grace === undefined ? rules.renewal.graceSecondsAfterEnd : grace * day,
    },
    requestSignature: input.requestSignature ?? rules.requestSignature,
  };
}

const mergeAddresses = (rules: TemplateRules, input: RulesInput): RevocationAddresses => {
  const [before, wanted] = [rules.revocationAddresses, input.revocationAddresses];
  return {
    crl: wanted?.crl ?? before?.crl ?? true,
    ocsp: wanted?.ocsp ?? before?.ocsp ?? true,
    caIssuers: wanted?.caIssuers ?? before?.caIssuers ?? true,
  };
};

/** The rules that presets propose too, as the API writes them. */
export function presentProposal({
  requestSignature,
  renewal: { earliestSecondsBeforeEnd: earliest, graceSecondsAfterEnd: grace },
  keyUsage,
}: Pick<TemplateRules, "requestSignature" | "renewal" | "keyUsage">) {
  return {
    requestSignature,
    renewal: {
      earliestDaysBeforeEnd: earliest === undefined ? null : earliest / day,
      graceDaysAfterEnd: grace / day,
    },
    keyUsage: { ...keyUsage, allowed: [...keyUsage.allowed], default: [...keyUsage.default] },
  };
}
