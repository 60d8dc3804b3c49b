/** Template rules: from what the API takes to what the CA reads, and back. */
import type { z } from "@hono/zod-openapi";
import type { TemplateProposal } from "../../administration/presets/preset.ts";
import type { TemplateRules } from "../../administration/certificate-templates.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import type { CertificatePolicy, RequiredDomain } from "../../ca/certificate-template.ts";
import { domainPlaces } from "../../ca/certificate-template.ts";
import type { RevocationAddresses } from "../../ca/publication-addresses.ts";
import { toOids } from "./extended-key-usages.ts";
import type { rulesShape } from "./template-schema.ts";

const day = 24 * 3600;

export type RulesInput = z.infer<z.ZodObject<typeof rulesShape>>;

/** What is given, or what was; null takes the rule away. */
const given = <Value>(wanted: Value | null | undefined, before: Value | undefined) =>
  wanted === undefined ? before : (wanted ?? undefined);

export function mergeRules(rules: TemplateRules, input: RulesInput): TemplateRules {
  const { keyUsage, extendedKeyUsage, subjectAltName, subject, keys } = input;
  const earliest = input.renewal?.earliestDaysBeforeEnd;
  const earliestSeconds =
    earliest === undefined ? rules.renewal.earliestSecondsBeforeEnd : earliest && earliest * day;
  const grace = input.renewal?.graceDaysAfterEnd;
  const rsa = given(keys?.rsa, rules.keys.rsa);
  const purposes = (list: readonly string[] | undefined) => list && toOids(list);
  return {
    validitySeconds:
      input.validityDays === undefined ? rules.validitySeconds : input.validityDays * day,
    requestedValidity: mergeRequestedValidity(rules, input),
    backdateSeconds:
      input.backdateMinutes === undefined ? rules.backdateSeconds : input.backdateMinutes * 60,
    keyUsage: {
      source: keyUsage?.source ?? rules.keyUsage.source,
      allowed: keyUsage?.allowed ?? rules.keyUsage.allowed,
      default: keyUsage?.default ?? rules.keyUsage.default,
    },
    extendedKeyUsage: {
      allowed: purposes(extendedKeyUsage?.allowed) ?? rules.extendedKeyUsage.allowed,
      default: purposes(extendedKeyUsage?.default) ?? rules.extendedKeyUsage.default,
      always: purposes(extendedKeyUsage?.always) ?? rules.extendedKeyUsage.always ?? [],
    },
    subjectAltName: {
      types: subjectAltName?.types ?? rules.subjectAltName.types,
      wildcardDns: subjectAltName?.wildcardDns ?? rules.subjectAltName.wildcardDns,
      ...definedFields({ domains: given(subjectAltName?.domains, rules.subjectAltName.domains) }),
    },
    subject: {
      allowEmpty: subject?.allowEmpty ?? rules.subject.allowEmpty,
      commonName: subject?.commonName ?? rules.subject.commonName ?? "optional",
    },
    keys: { ...(rsa ? { rsa } : {}), curves: keys?.curves ?? rules.keys.curves },
    revocationAddresses: mergeAddresses(rules, input),
    renewal: {
      ...(earliestSeconds ? { earliestSecondsBeforeEnd: earliestSeconds } : {}),
      graceSecondsAfterEnd: grace === undefined ? rules.renewal.graceSecondsAfterEnd : grace * day,
    },
    requestSignature: input.requestSignature ?? rules.requestSignature,
    ...definedFields({
      certificatePolicies:
        input.certificatePolicies?.map((policy): CertificatePolicy => definedFields(policy)) ??
        rules.certificatePolicies,
      requiredDomain: mergeRequiredDomain(rules, input),
    }),
  };
}

function mergeRequestedValidity(rules: TemplateRules, { requestedValidity }: RulesInput) {
  const maximum = requestedValidity?.maximumDays;
  const maximumSeconds =
    maximum === undefined ? rules.requestedValidity?.maximumSeconds : maximum && maximum * day;
  return {
    honour: requestedValidity?.honour ?? rules.requestedValidity?.honour ?? true,
    ...(maximumSeconds ? { maximumSeconds } : {}),
  };
}

/** The domains of a network are filled in by the use case, which knows the network. */
function mergeRequiredDomain(
  rules: TemplateRules,
  { requiredDomain: wanted }: RulesInput,
): RequiredDomain | undefined {
  if (!wanted) return wanted === null ? undefined : rules.requiredDomain;
  return {
    ...definedFields({ network: wanted.network }),
    domains: wanted.domains ?? [],
    in: wanted.in ?? rules.requiredDomain?.in ?? domainPlaces,
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
  backdateSeconds,
  requestedValidity,
}: TemplateProposal) {
  return {
    ...(backdateSeconds === undefined ? {} : { backdateMinutes: backdateSeconds / 60 }),
    ...(requestedValidity ? { requestedValidity: presentWish(requestedValidity) } : {}),
    requestSignature,
    renewal: {
      earliestDaysBeforeEnd: earliest === undefined ? null : earliest / day,
      graceDaysAfterEnd: grace / day,
    },
    keyUsage: { ...keyUsage, allowed: [...keyUsage.allowed], default: [...keyUsage.default] },
  };
}

const presentWish = ({
  honour,
  maximumSeconds,
}: NonNullable<TemplateRules["requestedValidity"]>) => ({
  honour,
  maximumDays: maximumSeconds === undefined ? null : maximumSeconds / day,
});

export function presentRules(rules: TemplateRules) {
  const { extendedKeyUsage, subjectAltName, requiredDomain, subject, keys } = rules;
  return {
    ...presentProposal(rules),
    validityDays: rules.validitySeconds / day,
    requestedValidity: presentWish(rules.requestedValidity ?? { honour: true }),
    backdateMinutes: rules.backdateSeconds / 60,
    extendedKeyUsage: {
      allowed: [...extendedKeyUsage.allowed],
      default: [...extendedKeyUsage.default],
      always: [...(extendedKeyUsage.always ?? [])],
    },
    certificatePolicies: [...(rules.certificatePolicies ?? [])],
    subjectAltName: {
      types: [...subjectAltName.types],
      wildcardDns: subjectAltName.wildcardDns,
      domains: subjectAltName.domains ? [...subjectAltName.domains] : null,
    },
    requiredDomain: requiredDomain
      ? { ...requiredDomain, domains: [...requiredDomain.domains], in: [...requiredDomain.in] }
      : null,
    subject: { allowEmpty: subject.allowEmpty, commonName: subject.commonName ?? "optional" },
    keys: { rsa: keys.rsa ?? null, curves: [...keys.curves] },
    ...definedFields({ revocationAddresses: rules.revocationAddresses }),
  };
}
