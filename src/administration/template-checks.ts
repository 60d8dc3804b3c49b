/** What a template may say at all, and what it may say only when somebody has said that they know what it means. */
import { oidDer, oids } from "../pki/oids.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import type { TemplateRules } from "./certificate-templates.ts";
import { decoded } from "./decoded.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { readDomains } from "./domains.ts";
import { invalid, type Outcome } from "./refusal.ts";

/** Powers that a device must never have: to vouch for others, to answer for the CA, or to do anything at all. */
const extendedKeyUsagesNeverAllowed: ReadonlySet<string> = new Set([
  oids.certificateRequestAgent,
  oids.ocspSigning,
  "2.5.29.37.0", // anyExtendedKeyUsage
  "1.3.6.1.4.1.311.10.12.1", // Microsoft: any application policy
  "1.3.6.1.4.1.311.10.3.1", // Microsoft: trust list signing
  "1.3.6.1.4.1.311.10.3.9", // Microsoft: root list signing
  "1.3.6.1.4.1.311.10.3.10", // Microsoft: qualified subordination
  "1.3.6.1.4.1.311.10.3.11", // Microsoft: key recovery
  "1.3.6.1.4.1.311.21.6", // Microsoft: key recovery agent
]);
const anyPolicy = "2.5.29.32.0";

export const templateRisks = ["smart-card-logon", "kerberos"] as const;
export type TemplateRisk = (typeof templateRisks)[number];

const riskOfPurpose: ReadonlyMap<string, TemplateRisk> = new Map([
  ["1.3.6.1.4.1.311.20.2.2", "smart-card-logon"],
  ["1.3.6.1.5.2.3.4", "kerberos"], // PKINIT client
  ["1.3.6.1.5.2.3.5", "kerberos"], // KDC
]);

const meaningOfRisk: Readonly<Record<TemplateRisk, string>> = {
  "smart-card-logon":
    "Whoever gets a certificate for smart-card logon can sign in to a Windows domain that trusts this CA, as the account that the certificate names",
  kerberos:
    "Whoever gets such a certificate can pose as an account, or as the domain controller, of a Kerberos realm that trusts this CA",
};

const purposesOf = ({ extendedKeyUsage }: TemplateRules): string[] => [
  ...extendedKeyUsage.allowed,
  ...extendedKeyUsage.default,
  ...(extendedKeyUsage.always ?? []),
];

const risksOf = (rules: TemplateRules): ReadonlySet<TemplateRisk> =>
  new Set(purposesOf(rules).flatMap((oid) => riskOfPurpose.get(oid) ?? []));

/**
 * The rules with their domains in one form, and those of the network that they refer to.
 * @param before absent: a new template. What was there already needs no second confirmation
 */
export async function settleRules(
  dependencies: Needs<"networks">,
  access: TenantAccess,
  rules: TemplateRules,
  accepted: readonly TemplateRisk[],
  before?: TemplateRules,
): Promise<Outcome<TemplateRules>> {
  const checks = [checkUsages, checkPolicies, checkKeys, checkDomainPlaces];
  for (const check of checks) {
    const checked = check(rules);
    if (!checked.ok) return checked;
  }
  const known = before ? risksOf(before) : new Set<TemplateRisk>();
  const risk = [...risksOf(rules)].find((found) => !known.has(found) && !accepted.includes(found));
  if (risk !== undefined) {
    return invalid(
      "acceptRisks",
      `${meaningOfRisk[risk]}. If that is what you want, send acceptRisks: ["${risk}"] along.`,
    );
  }
  return settleDomains(dependencies, access, rules);
}

function checkUsages(rules: TemplateRules): Outcome<undefined> {
  const { keyUsage } = rules;
  const usages = [...keyUsage.allowed, ...keyUsage.default];
  if (usages.includes("keyCertSign") || usages.includes("cRLSign")) {
    return invalid("keyUsage", "Device certificates never get keyCertSign or cRLSign.");
  }
  if (keyUsage.default.length === 0)
    return invalid("keyUsage", "Every certificate carries a key usage: give a default.");
  for (const oid of purposesOf(rules)) {
    const known = decoded("extendedKeyUsage", () => oidDer(oid));
    if (!known.ok) return known;
    if (extendedKeyUsagesNeverAllowed.has(oid)) {
      return invalid(
        "extendedKeyUsage",
        `Device certificates never get the extended key usage ${oid}.`,
      );
    }
  }
  return ok(undefined);
}

function checkPolicies({ certificatePolicies = [] }: TemplateRules): Outcome<undefined> {
  const seen = new Set<string>();
  for (const { policy } of certificatePolicies) {
    const known = decoded("certificatePolicies", () => oidDer(policy));
    if (!known.ok) return known;
    if (policy === anyPolicy)
      return invalid("certificatePolicies", "Device certificates never stand for any policy.");
    if (seen.has(policy))
      return invalid("certificatePolicies", `The policy ${policy} is there twice.`);
    seen.add(policy);
  }
  return ok(undefined);
}

function checkKeys({ keys }: TemplateRules): Outcome<undefined> {
  if (!keys.rsa && keys.curves.length === 0) return invalid("keys", "No kind of key is allowed.");
  if (keys.rsa && keys.rsa.minimumBits > keys.rsa.maximumBits) {
    return invalid("keys", "The smallest RSA key is larger than the largest.");
  }
  return ok(undefined);
}

/** A rule that no certificate can keep would refuse every request. */
function checkDomainPlaces({ requiredDomain, subjectAltName }: TemplateRules): Outcome<undefined> {
  if (!requiredDomain) return ok(undefined);
  const possible = requiredDomain.in.some(
    (place) => place === "commonName" || subjectAltName.types.includes(place),
  );
  return possible
    ? ok(undefined)
    : invalid(
        "requiredDomain",
        "The domain must be in a subjectAltName whose type the template does not allow.",
      );
}

async function settleDomains(
  { networks }: Needs<"networks">,
  access: TenantAccess,
  rules: TemplateRules,
): Promise<Outcome<TemplateRules>> {
  const { subjectAltName, requiredDomain } = rules;
  const limits = readDomains("subjectAltName.domains", subjectAltName.domains ?? []);
  if (!limits.ok) return limits;
  const settled = {
    ...rules,
    subjectAltName: {
      ...subjectAltName,
      ...definedFields({ domains: subjectAltName.domains && limits.value }),
    },
  };
  if (!requiredDomain) return ok(settled);
  const { network, domains, in: places } = requiredDomain;
  if (network !== undefined) {
    const found = await networks.findNetwork(access.tenantId, network);
    if (!found) return invalid("requiredDomain.network", "There is no such network.");
    const fromNetwork = { network, domains: found.domains, in: places };
    return ok({ ...settled, requiredDomain: fromNetwork });
  }
  const read = readDomains("requiredDomain.domains", domains);
  if (!read.ok) return read;
  if (read.value.length === 0)
    return invalid("requiredDomain", "Give the domains, or the network that has them.");
  return ok({ ...settled, requiredDomain: { domains: read.value, in: places } });
}
