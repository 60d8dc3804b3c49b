/** Certificate templates. A change makes a new version; the old ones stay, for certificates name the one they came from. */
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";

export interface TemplateVersion {
  readonly template: CertificateTemplate;
  readonly createdAt: Date;
}

/** A template that refers to a network is stored with the domains that the network has at that moment. */
export interface CertificateTemplateStore {
  /** False when the tenant has a template of this name. */
  createTemplate(
    tenantId: string,
    template: CertificateTemplate,
    event: AuditEvent,
  ): Promise<boolean>;
  /** Stores the next version; false when somebody else has stored that version meanwhile. */
  changeTemplate(
    tenantId: string,
    template: CertificateTemplate,
    event: AuditEvent,
  ): Promise<boolean>;
  /** The newest version, by id or name. */
  findTemplate(tenantId: string, idOrName: string): Promise<CertificateTemplate | undefined>;
  listTemplates(tenantId: string, page: PageRequest): Promise<Page<CertificateTemplate>>;
  /** @param idOrName of the template */
  findTemplateVersion(
    tenantId: string,
    idOrName: string,
    version: number,
  ): Promise<TemplateVersion | undefined>;
  /** Newest first. */
  listTemplateVersions(
    tenantId: string,
    templateId: string,
    page: PageRequest,
  ): Promise<Page<TemplateVersion>>;
}
