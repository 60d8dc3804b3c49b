/** Certificate templates: what the certificates of a configuration may say. A change makes a new version. */
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import type { TemplateVersion } from "../ports/certificate-template-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";
import { settleRules, type TemplateRisk } from "./template-checks.ts";

/** What a template says, apart from its identity. */
export type TemplateRules = Omit<CertificateTemplate, "id" | "name" | "version">;

export async function createTemplate(
  dependencies: Needs<"templates" | "networks" | "clock">,
  access: TenantAccess<"template.manage">,
  name: string,
  wanted: TemplateRules,
  acceptedRisks: readonly TemplateRisk[],
): Promise<Outcome<CertificateTemplate>> {
  const { templates, clock } = dependencies;
  const settled = await settleRules(dependencies, access, wanted, acceptedRisks);
  if (!settled.ok) return settled;
  const rules = settled.value;
  const now = clock.now();
  const template: CertificateTemplate = { ...rules, id: createId(now), name, version: 1 };
  const event = auditEvent(access, now, "certificate-template.created", template.id, {
    name,
    rules,
    ...(acceptedRisks.length > 0 && { acceptedRisks }),
  });
  const created = await templates.createTemplate(access.tenantId, template, event);
  return created
    ? ok(template)
    : ((await networkGone(dependencies, access, rules)) ??
        conflict(`There is a certificate template named "${name}" already.`));
}

/** Deleted since the rules were settled. */
async function networkGone(
  { networks }: Needs<"networks">,
  { tenantId }: TenantAccess,
  { requiredDomain }: TemplateRules,
) {
  const network = requiredDomain?.network;
  return network === undefined || (await networks.findNetwork(tenantId, network))
    ? undefined
    : invalid("requiredDomain.network", "There is no such network.");
}

/** @param change the rules that become others; the rest stays */
export async function changeTemplate(
  dependencies: Needs<
    "templates" | "networks" | "configurations" | "configurationChanges" | "clock"
  >,
  access: TenantAccess<"template.manage">,
  idOrName: string,
  change: (rules: TemplateRules) => TemplateRules,
  acceptedRisks: readonly TemplateRisk[],
): Promise<Outcome<CertificateTemplate>> {
  const { templates, clock } = dependencies;
  const current = await templates.findTemplate(access.tenantId, idOrName);
  if (!current) return notFound("certificate template");
  const { id, name, version, ...before } = current;
  const settled = await settleRules(dependencies, access, change(before), acceptedRisks, before);
  if (!settled.ok) return settled;
  const rules = settled.value;
  const changed: CertificateTemplate = { ...rules, id, name, version: version + 1 };
  const event = auditEvent(access, clock.now(), "certificate-template.changed", id, {
    name,
    before,
    after: rules,
    ...(acceptedRisks.length > 0 && { acceptedRisks }),
  });
  if (!(await templates.changeTemplate(access.tenantId, changed, event))) {
    return (
      (await networkGone(dependencies, access, rules)) ??
      conflict("Somebody else has changed this template at the same time.")
    );
  }
  await templatesChanged(dependencies, access, [id]);
  return ok(changed);
}

/** What this isolate has kept of them is old. */
export async function templatesChanged(
  { configurations, configurationChanges }: Needs<"configurations" | "configurationChanges">,
  access: TenantAccess,
  templateIds: readonly string[],
): Promise<void> {
  if (templateIds.length === 0) return;
  for (const { id, certificateTemplateId } of await configurations.listIssuingConfigurations(
    access.tenantId,
  )) {
    if (templateIds.includes(certificateTemplateId)) configurationChanges.changed(id);
  }
}

export async function findTemplate(
  { templates }: Needs<"templates">,
  access: TenantAccess<"template.read">,
  idOrName: string,
): Promise<Outcome<CertificateTemplate>> {
  const template = await templates.findTemplate(access.tenantId, idOrName);
  return template ? ok(template) : notFound("certificate template");
}

/** What the template said when it had this version: a certificate names the one it came from. */
export async function findTemplateVersion(
  { templates }: Needs<"templates">,
  access: TenantAccess<"template.read">,
  idOrName: string,
  version: number,
): Promise<Outcome<TemplateVersion>> {
  const found = await templates.findTemplateVersion(access.tenantId, idOrName, version);
  return found ? ok(found) : notFound("version of a certificate template");
}

/** Newest first. */
export async function listTemplateVersions(
  dependencies: Needs<"templates">,
  access: TenantAccess<"template.read">,
  idOrName: string,
  page: PageRequest,
): Promise<Outcome<Page<TemplateVersion>>> {
  const template = await findTemplate(dependencies, access, idOrName);
  if (!template.ok) return template;
  const { id } = template.value;
  return ok(await dependencies.templates.listTemplateVersions(access.tenantId, id, page));
}

export const listTemplates = (
  { templates }: Needs<"templates">,
  access: TenantAccess<"template.read">,
  page: PageRequest,
): Promise<Page<CertificateTemplate>> => templates.listTemplates(access.tenantId, page);
