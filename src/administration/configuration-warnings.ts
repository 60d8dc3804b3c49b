/** What an administrator should know about a configuration as it is set now, and its template with it. */
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import type { TenantAccess } from "./access.ts";
import type { TemplateRules } from "./certificate-templates.ts";
import type { Needs } from "./dependencies.ts";
import { entitlementOf, switchedOff } from "./entitlement.ts";
import { presets } from "./presets/presets.ts";

const singleCertificate =
  "GetCACert answers with one certificate: certmonger then verifies no reply unless it is given that certificate with -r and -N. " +
  "Devices that check the issuer's own issuer need the certificates above it by hand.";
const oldCipher = "DES is allowed: who records an enrolment in it can read the challenge.";
const oldDigest = "MD5 is allowed: a message signed with it can be forged.";

/** What tells of each; their templates are read once, for who may not read templates as well. */
export async function warningsOf(
  dependencies: Needs<"templates" | "tenants">,
  access: TenantAccess<"configuration.read"> | TenantAccess<"configuration.manage">,
  entries: readonly ConfigurationEntry[],
): Promise<(entry: ConfigurationEntry) => string[]> {
  const ids = [...new Set(entries.map(({ certificateTemplateId }) => certificateTemplateId))];
  const { templates } = dependencies;
  const [entitled, ...found] = await Promise.all([
    entitlementOf(dependencies, access),
    ...ids.map((id) => templates.findTemplate(access.tenantId, id)),
  ]);
  return (entry) => [
    ...(entitled(entry.kind) ? [] : [switchedOff(entry.kind)]),
    ...warnings(
      entry,
      found.find((template) => template?.id === entry.certificateTemplateId),
    ),
  ];
}

function warnings(entry: ConfigurationEntry, template: TemplateRules | undefined): string[] {
  const { preset, chain, wire } = entry;
  return [
    ...(template ? unmetNeeds(entry, template) : []),
    ...networkGone(template),
    ...presets[preset].warnings,
    ...(chain.length === 1 ? [singleCertificate] : []),
    ...(wire.contentEncryption.includes("DES-CBC") ? [oldCipher] : []),
    ...(wire.digests.includes("MD5") ? [oldDigest] : []),
  ];
}

/** A network has a domain at least; a template that was written while its network was deleted has none, and refuses all. */
const networkGone = (template: TemplateRules | undefined): readonly string[] => {
  const { network, domains = [] } = template?.requiredDomain ?? {};
  return network === undefined || domains.length > 0
    ? []
    : [
        `The certificate template refers to the network "${network}", which is gone: no certificate is issued. Give the template another network or domains.`,
      ];
};

/** Where the template in force refuses or lacks what the preset's clients cannot do without. */
export const unmetNeeds = (
  { preset, wire }: ConfigurationEntry,
  template: TemplateRules,
): readonly string[] =>
  (presets[preset].needs ?? [])
    .filter(({ isMet }) => !isMet(template, wire))
    .map(({ warning }) => warning);
