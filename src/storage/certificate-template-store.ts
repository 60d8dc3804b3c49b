/** Certificate templates and their versions in D1. */
import { and, eq, or, type SQL, sql } from "drizzle-orm";
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import type { CertificateTemplateStore } from "../ports/certificate-template-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhenChanged, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { certificateTemplates, certificateTemplateVersions, type TemplateRules } from "./schema.ts";

interface TemplateRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly rules: TemplateRules;
}

export const toTemplate = ({ rules, id, name, version }: TemplateRow): CertificateTemplate => ({
  ...rules,
  id,
  name,
  version,
});

function rulesOf(template: CertificateTemplate): TemplateRules {
  const { id: _id, name: _name, version: _version, ...rules } = template;
  return rules;
}

/** Joins each template with its newest version. */
export const newestVersion: SQL = sql`${certificateTemplateVersions.templateId} = ${certificateTemplates.id}
  and ${certificateTemplateVersions.version} = (select max(newest.version) from ${certificateTemplateVersions} as newest
    where newest.template_id = ${certificateTemplates.id})`;

export function createCertificateTemplateStore(db: Database): CertificateTemplateStore {
  const ofTenant = (tenantId: string, more: SQL | undefined) =>
    db
      .select({
        id: certificateTemplates.id,
        name: certificateTemplates.name,
        version: certificateTemplateVersions.version,
        rules: certificateTemplateVersions.rules,
      })
      .from(certificateTemplates)
      .innerJoin(certificateTemplateVersions, newestVersion)
      .where(and(eq(certificateTemplates.tenantId, tenantId), more));

  return {
    async createTemplate(tenantId, template, event) {
      const [inserted] = await db.batch([
        db
          .insert(certificateTemplates)
          .values({ id: template.id, tenantId, name: template.name, createdAt: event.at })
          .onConflictDoNothing(),
        insertWhenChanged(db, certificateTemplateVersions, {
          templateId: template.id,
          version: template.version,
          rules: rulesOf(template),
          createdAt: event.at,
        }),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async changeTemplate(tenantId, template, event) {
      const [inserted] = await db.batch([
        db
          .insert(certificateTemplateVersions)
          // All columns, in the order of the table.
          .select(
            sql`select id, ${template.version}, ${JSON.stringify(rulesOf(template))}, ${event.at.getTime()}
              from ${certificateTemplates} where id = ${template.id} and tenant_id = ${tenantId}`,
          )
          .onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async findTemplate(tenantId, idOrName) {
      const row = await ofTenant(
        tenantId,
        or(eq(certificateTemplates.id, idOrName), eq(certificateTemplates.name, idOrName)),
      )
        .orderBy(sql`${certificateTemplates.id} = ${idOrName} desc`)
        .limit(1)
        .get();
      return row && toTemplate(row);
    },

    async listTemplates(tenantId, page) {
      const rows = await ofTenant(tenantId, after(certificateTemplates.id, page))
        .orderBy(certificateTemplates.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(toTemplate), page);
    },
  };
}
