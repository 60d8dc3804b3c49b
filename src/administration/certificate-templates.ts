/** Certificate templates: what the certificates of a configuration may say. A change makes a new version. */
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import { oidDer, oids } from "../pki/oids.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { decoded } from "./decoded.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";

/** What a template says, apart from its identity. */
export type TemplateRules = Omit<CertificateTemplate, "id" | "name" | "version">;

/** Powers that a device must never have: to vouch for others, to answer for the CA, or to do anything at all. */
const extendedKeyUsagesNeverAllowed: ReadonlySet<string> = new Set([
  oids.certificateRequestAgent,
  oids.ocspSigning,
  "2.5.29.37.0", // anyExtendedKeyUsage
]);

export async function createTemplate(
  { templates, clock }: Needs<"templates" | "clock">,
  access: TenantAccess<"template.manage">,
  name: string,
  rules: TemplateRules,
): Promise<Outcome<CertificateTemplate>> {
  const checked = checkRules(rules);
  if (!checked.ok) return checked;
  const now = clock.now();
  const template: CertificateTemplate = { ...rules, id: createId(now), name, version: 1 };
  const event = auditEvent(access, now, "certificate-template.created", template.id, {
    name,
    rules,
  });
  const created = await templates.createTemplate(access.tenantId, template, event);
  return created
    ? ok(template)
    : conflict(`There is a certificate template named "${name}" already.`);
}

/** @param change the rules that become others; the rest stays */
export async function changeTemplate(
  {
    templates,
    configurations,
    configurationChanges,
    clock,
  }: Needs<"templates" | "configurations" | "configurationChanges" | "clock">,
  access: TenantAccess<"template.manage">,
  idOrName: string,
  change: (rules: TemplateRules) => TemplateRules,
): Promise<Outcome<CertificateTemplate>> {
  const current = await templates.findTemplate(access.tenantId, idOrName);
  if (!current) return notFound("certificate template");
  const { id, name, version, ...before } = current;
  const rules = change(before);
  const checked = checkRules(rules);
  if (!checked.ok) return checked;
  const changed: CertificateTemplate = { ...rules, id, name, version: version + 1 };
  const event = auditEvent(access, clock.now(), "certificate-template.changed", id, {
    name,
    before,
    after: rules,
  });
  if (!(await templates.changeTemplate(access.tenantId, changed, event))) {
    return conflict("Somebody else has changed this template at the same time.");
  }
  for (const configuration of await configurations.listIssuingConfigurations(access.tenantId)) {
    if (configuration.certificateTemplateId === id) configurationChanges.changed(configuration.id);
  }
  return ok(changed);
}

function checkRules({ keyUsage, extendedKeyUsage, keys }: TemplateRules): Outcome<undefined> {
  const usages = [...keyUsage.allowed, ...keyUsage.default];
  if (usages.includes("keyCertSign") || usages.includes("cRLSign")) {
    return invalid("keyUsage", "Device certificates never get keyCertSign or cRLSign.");
  }
  if (keyUsage.default.length === 0)
    return invalid("keyUsage", "Every certificate carries a key usage: give a default.");
  for (const oid of [...extendedKeyUsage.allowed, ...extendedKeyUsage.default]) {
    const known = decoded("extendedKeyUsage", () => oidDer(oid));
    if (!known.ok) return known;
    if (extendedKeyUsagesNeverAllowed.has(oid)) {
      return invalid(
        "extendedKeyUsage",
        `Device certificates never get the extended key usage ${oid}.`,
      );
    }
  }
  if (!keys.rsa && keys.curves.length === 0) return invalid("keys", "No kind of key is allowed.");
  if (keys.rsa && keys.rsa.minimumBits > keys.rsa.maximumBits) {
    return invalid("keys", "The smallest RSA key is larger than the largest.");
  }
  return ok(undefined);
}

export async function findTemplate(
  { templates }: Needs<"templates">,
  access: TenantAccess<"template.read">,
  idOrName: string,
): Promise<Outcome<CertificateTemplate>> {
  const template = await templates.findTemplate(access.tenantId, idOrName);
  return template ? ok(template) : notFound("certificate template");
}

export const listTemplates = (
  { templates }: Needs<"templates">,
  access: TenantAccess<"template.read">,
  page: PageRequest,
): Promise<Page<CertificateTemplate>> => templates.listTemplates(access.tenantId, page);
