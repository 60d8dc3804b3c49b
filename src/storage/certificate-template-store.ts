/** Certificate templates and their versions in D1. */
import { and, desc, eq, lt, or, type SQL, sql } from "drizzle-orm";
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import type {
  CertificateTemplateStore,
  TemplateVersion,
} from "../ports/certificate-template-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhen, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import {
  certificateTemplates,
  certificateTemplateVersions,
  networks,
  type TemplateRules,
} from "./schema.ts";

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

const toVersion = ({
  createdAt,
  ...row
}: TemplateRow & Pick<TemplateVersion, "createdAt">): TemplateVersion => ({
  template: toTemplate(row),
  createdAt,
});

function rulesOf(template: CertificateTemplate): TemplateRules {
  const { id: _id, name: _name, version: _version, ...rules } = template;
  return rules;
}

/** In the moment in which the version is written: a network that is deleted meanwhile is referred to by none. */
const hasNetwork = (tenantId: string, { requiredDomain }: CertificateTemplate): SQL =>
  requiredDomain?.network === undefined
    ? sql`true`
    : sql`exists (select 1 from ${networks} where ${networks.tenantId} = ${tenantId} and ${networks.name} = ${requiredDomain.network})`;

/**
 * The network's domains are read in the statement that writes them, so that a change of the network at the same time is
 * not undone. Where the network is gone, nothing is written.
 */
function storedRules(tenantId: string, template: CertificateTemplate): SQL {
  const rules = JSON.stringify(rulesOf(template));
  const network = template.requiredDomain?.network;
  if (network === undefined) return sql`${rules}`;
  return sql`json_set(${rules}, '$.requiredDomain.domains', json(
    (select domains from ${networks} where tenant_id = ${tenantId} and name = ${network})))`;
}

/** Joins each template with its newest version. */
export const newestVersion: SQL = sql`${certificateTemplateVersions.templateId} = ${certificateTemplates.id}
  and ${certificateTemplateVersions.version} = (select max(newest.version) from ${certificateTemplateVersions} as newest
    where newest.template_id = ${certificateTemplates.id})`;

const named = (idOrName: string): SQL | undefined =>
  or(eq(certificateTemplates.id, idOrName), eq(certificateTemplates.name, idOrName));
const idFirst = (idOrName: string): SQL => sql`${certificateTemplates.id} = ${idOrName} desc`;

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

  const versions = (tenantId: string, more: SQL | undefined) =>
    db
      .select({
        id: certificateTemplates.id,
        name: certificateTemplates.name,
        version: certificateTemplateVersions.version,
        rules: certificateTemplateVersions.rules,
        createdAt: certificateTemplateVersions.createdAt,
      })
      .from(certificateTemplates)
      .innerJoin(
        certificateTemplateVersions,
        eq(certificateTemplateVersions.templateId, certificateTemplates.id),
      )
      .where(and(eq(certificateTemplates.tenantId, tenantId), more));

  return {
    async createTemplate(tenantId, template, event) {
      const [inserted] = await db.batch([
        insertWhen(
          db,
          certificateTemplates,
          { id: template.id, tenantId, name: template.name, createdAt: event.at },
          hasNetwork(tenantId, template),
        ).onConflictDoNothing(),
        db
          .insert(certificateTemplateVersions)
          // All columns, in the order of the table.
          .select(
            sql`select ${template.id}, ${template.version}, ${storedRules(tenantId, template)}, ${event.at.getTime()}
              where changes() > 0`,
          ),
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
            sql`select id, ${template.version}, ${storedRules(tenantId, template)}, ${event.at.getTime()}
              from ${certificateTemplates} where id = ${template.id} and tenant_id = ${tenantId}
                and ${hasNetwork(tenantId, template)}`,
          )
          .onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async findTemplate(tenantId, idOrName) {
      const row = await ofTenant(tenantId, named(idOrName))
        .orderBy(idFirst(idOrName))
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

    async findTemplateVersion(tenantId, idOrName, version) {
      const row = await versions(
        tenantId,
        and(named(idOrName), eq(certificateTemplateVersions.version, version)),
      )
        .orderBy(idFirst(idOrName))
        .limit(1)
        .get();
      return row && toVersion(row);
    },

    async listTemplateVersions(tenantId, templateId, page) {
      const rows = await versions(
        tenantId,
        and(
          eq(certificateTemplates.id, templateId),
          page.cursor === undefined
            ? undefined
            : lt(certificateTemplateVersions.version, Number(page.cursor)),
        ),
      )
        .orderBy(desc(certificateTemplateVersions.version))
        .limit(rowsToRead(page));
      const items = rows.slice(0, page.limit).map(toVersion);
      const last = items.at(-1);
      return rows.length > page.limit && last
        ? { items, nextCursor: String(last.template.version) }
        : { items };
    },
  };
}
