/** Networks in D1. Their domains stand in the templates' versions as well, so that a version says by itself what it wants. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Network, NetworkStore } from "../ports/network-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { newestVersion } from "./certificate-template-store.ts";
import { type Database, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { certificateTemplates, certificateTemplateVersions, networks } from "./schema.ts";

const one = (tenantId: string, name: string): SQL | undefined =>
  and(eq(networks.tenantId, tenantId), eq(networks.name, name));

/** Templates whose newest version refers to the network. */
const referring = (tenantId: string, name: string): SQL =>
  sql`${certificateTemplates.tenantId} = ${tenantId}
    and json_extract(${certificateTemplateVersions.rules}, '$.requiredDomain.network') = ${name}`;

export function createNetworkStore(db: Database): NetworkStore {
  return {
    async createNetwork(network, event) {
      const [inserted] = await db.batch([
        db.insert(networks).values(network).onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async changeNetwork({ tenantId, name }, change, event) {
      const domains = JSON.stringify(change.domains);
      await db.batch([
        db.update(networks).set(change).where(one(tenantId, name)),
        recordWhenChanged(db, event),
        db.insert(certificateTemplateVersions).select(
          // All columns, in the order of the table.
          sql`select ${certificateTemplates.id}, ${certificateTemplateVersions.version} + 1,
              json_set(${certificateTemplateVersions.rules}, '$.requiredDomain.domains', json(${domains})),
              ${event.at.getTime()}
            from ${certificateTemplates}
            inner join ${certificateTemplateVersions} on ${newestVersion}
            where ${referring(tenantId, name)}
              and json_extract(${certificateTemplateVersions.rules}, '$.requiredDomain.domains') <> ${domains}`,
        ),
      ]);
    },

    async deleteNetwork({ tenantId, name }, event) {
      const [deleted] = await db.batch([
        db.delete(networks).where(
          and(
            one(tenantId, name),
            sql`not exists (select 1 from ${certificateTemplates}
              inner join ${certificateTemplateVersions} on ${newestVersion}
              where ${referring(tenantId, name)})`,
          ),
        ),
        recordWhenChanged(db, event),
      ]);
      return wrote(deleted);
    },

    async findNetwork(tenantId, name) {
      return db.select().from(networks).where(one(tenantId, name)).get();
    },

    async listNetworks(tenantId, page) {
      const rows: Network[] = await db
        .select()
        .from(networks)
        .where(and(eq(networks.tenantId, tenantId), after(networks.id, page)))
        .orderBy(networks.id)
        .limit(rowsToRead(page));
      return toPage(rows, page);
    },

    async templatesOfNetwork(tenantId, name) {
      return db
        .select({ id: certificateTemplates.id, name: certificateTemplates.name })
        .from(certificateTemplates)
        .innerJoin(certificateTemplateVersions, newestVersion)
        .where(referring(tenantId, name));
    },
  };
}
