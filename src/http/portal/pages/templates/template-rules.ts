/** The rules of a template from the form to what the API takes: the same shape is checked by the same schema. */
import { z } from "@hono/zod-openapi";
import { commonNameRules, domainPlaces } from "../../../../ca/certificate-template.ts";
import { keyUsageNames } from "../../../../pki/key-usage.ts";
import type { RulesInput } from "../../../api/template-rules.ts";
import { rulesShape } from "../../../api/template-schema.ts";
import type { FieldError, Fields } from "../../fields.ts";
import type { Texts } from "../../texts/texts.ts";

export const nameTypes = ["dns", "email", "ip", "upn", "uri"] as const;
export const curves = ["P-256", "P-384"] as const;
export const requestSignatures = ["verify", "verify-md5-too", "ignore"] as const;
export const keyUsageSources = ["request", "fixed"] as const;
/** What a device may have: the rest is for CAs. */
export const deviceKeyUsages = keyUsageNames.filter(
  (name) => name !== "keyCertSign" && name !== "cRLSign",
);

const schema = z.strictObject(rulesShape);

export interface ReadRules {
  readonly input: RulesInput;
  readonly errors: readonly FieldError[];
}

/** Every field of the form is in every answer, so that what is empty there is taken away. */
export function readRules({ certificateTemplates: said }: Texts, fields: Fields): ReadRules {
  const parsed = schema.safeParse(wishesOf(fields));
  if (parsed.success) return { input: parsed.data, errors: [] };
  const labels: Readonly<Record<string, string>> = said.labels;
  const errors = parsed.error.issues.map(({ path, message }) => {
    const parts = path.filter((part) => typeof part === "string");
    const field = parts.join(".");
    return { field, message: `${labels[field] ?? labels[parts[0] ?? ""] ?? field}: ${message}` };
  });
  return { input: {}, errors };
}

const lines = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean);

function wishesOf(fields: Fields): unknown {
  const number = (name: string) => {
    const text = fields.optional(name);
    return text === undefined ? undefined : Number(text);
  };
  const numberOrNull = (name: string) => number(name) ?? null;
  const purposes = (name: string) => [
    ...fields.all(name),
    ...fields
      .text(`${name}.others`)
      .split(/[\s,]+/)
      .filter(Boolean),
  ];
  const listOrNull = (name: string) => {
    const list = lines(fields.text(name));
    return list.length > 0 ? list : null;
  };
  const network = fields.optional("requiredDomain.network");
  const domains = listOrNull("requiredDomain.domains");
  return {
    validityDays: number("validityDays"),
    requestedValidity: {
      honour: fields.checked("requestedValidity.honour"),
      maximumDays: numberOrNull("requestedValidity.maximumDays"),
    },
    backdateMinutes: number("backdateMinutes"),
    keyUsage: {
      source: fields.choice("keyUsage.source", keyUsageSources),
      allowed: fields.all("keyUsage.allowed"),
      default: fields.all("keyUsage.default"),
    },
    extendedKeyUsage: {
      allowed: purposes("extendedKeyUsage.allowed"),
      default: purposes("extendedKeyUsage.default"),
      always: purposes("extendedKeyUsage.always"),
    },
    certificatePolicies: lines(fields.text("certificatePolicies")).map((line) => {
      const [policy, cpsUri] = line.split(/\s+/);
      return { policy, ...(cpsUri !== undefined && { cpsUri }) };
    }),
    subjectAltName: {
      types: fields.all("subjectAltName.types"),
      wildcardDns: fields.checked("subjectAltName.wildcardDns"),
      domains: listOrNull("subjectAltName.domains"),
    },
    requiredDomain:
      network === undefined && domains === null
        ? null
        : {
            ...(network === undefined ? { domains } : { network }),
            in: domainPlaces.filter((place) => fields.all("requiredDomain.in").includes(place)),
          },
    subject: {
      allowEmpty: fields.checked("subject.allowEmpty"),
      commonName: fields.choice("subject.commonName", commonNameRules),
    },
    keys: {
      rsa: fields.checked("keys.rsa")
        ? {
            minimumBits: number("keys.rsa.minimumBits"),
            maximumBits: number("keys.rsa.maximumBits"),
          }
        : null,
      curves: fields.all("keys.curves"),
    },
    revocationAddresses: {
      crl: fields.checked("revocationAddresses.crl"),
      ocsp: fields.checked("revocationAddresses.ocsp"),
      caIssuers: fields.checked("revocationAddresses.caIssuers"),
    },
    renewal: {
      earliestDaysBeforeEnd: numberOrNull("renewal.earliestDaysBeforeEnd"),
      graceDaysAfterEnd: number("renewal.graceDaysAfterEnd") ?? 0,
    },
    requestSignature: fields.choice("requestSignature", requestSignatures),
  };
}
