/** SCEP configurations in D1, as their administrators see them. */
import { and, eq, or, sql } from "drizzle-orm";
import type { ScepConfigurationDirectory } from "../ports/scep-configuration-directory.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { promotedAuthorities, withFormerAuthorities } from "./authority-succession.ts";
import { type Database, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { scepConfigurations } from "./schema.ts";

export function createScepConfigurationDirectory(db: Database): ScepConfigurationDirectory {
  return {
    async createConfiguration(entry, event) {
      const [inserted] = await db.batch([
        db.insert(scepConfigurations).values(entry).onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async changeConfiguration(tenantId, id, change, event) {
      await db.batch([
        db
          .update(scepConfigurations)
          .set(change)
          .where(and(eq(scepConfigurations.tenantId, tenantId), eq(scepConfigurations.id, id))),
        recordWhenChanged(db, event),
      ]);
    },

    async findConfiguration(tenantId, nameOrId) {
      return (
        db
          .select()
          .from(scepConfigurations)
          .where(
            and(
              eq(scepConfigurations.tenantId, tenantId),
              or(eq(scepConfigurations.name, nameOrId), eq(scepConfigurations.id, nameOrId)),
            ),
          )
          // No name that somebody gives takes over what is kept by id: links, mails, agents.
          .orderBy(sql`${scepConfigurations.id} = ${nameOrId} desc`)
          .limit(1)
          .get()
      );
    },

    async listConfigurations(tenantId, page) {
      const rows = await db
        .select()
        .from(scepConfigurations)
        .where(and(eq(scepConfigurations.tenantId, tenantId), after(scepConfigurations.id, page)))
        .orderBy(scepConfigurations.id)
        .limit(rowsToRead(page));
      return toPage(rows, page);
    },

    async listIssuingConfigurations(tenantId) {
      const { id, name, certificateAuthorityId, certificateTemplateId } = scepConfigurations;
      const [current, promoted] = await db.batch([
        db
          .select({ id, name, certificateAuthorityId, certificateTemplateId })
          .from(scepConfigurations)
          .where(eq(scepConfigurations.tenantId, tenantId)),
        promotedAuthorities(db, tenantId),
      ]);
      return withFormerAuthorities(current, promoted);
    },
  };
}
