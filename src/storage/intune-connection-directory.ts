/** Intune connections in D1; their secrets only wrapped. */
import { and, desc, eq, gt, inArray, isNull, lte, ne, or, sql } from "drizzle-orm";
import type {
  IntuneConnectionDirectory,
  IntuneConnectionEntry,
  IntuneCredentialEntry,
  NewIntuneCredential,
} from "../ports/intune-connection-directory.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhenChanged, withoutNulls, wrote } from "./database.ts";
import { connectionOf, type ConnectionRow, type CredentialRow } from "./intune-connection-rows.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import {
  intuneConnections,
  intuneCredentials,
  intuneRevocations,
  scepConfigurations,
} from "./schema.ts";

const ofTenant = (tenantId: string, id: string) =>
  and(eq(intuneConnections.tenantId, tenantId), eq(intuneConnections.id, id));
const credentialsOf = (tenantId: string, connectionId: string) =>
  and(eq(intuneCredentials.tenantId, tenantId), eq(intuneCredentials.connectionId, connectionId));
const unused = (connectionId: string) => sql`not exists (select 1 from ${scepConfigurations}
  where ${scepConfigurations.intuneConnectionId} = ${connectionId})`;

export function createIntuneConnectionDirectory(db: Database): IntuneConnectionDirectory {
  const credentialRows = (ids: readonly string[]) =>
    db
      .select()
      .from(intuneCredentials)
      .where(inArray(intuneCredentials.connectionId, [...ids]))
      .orderBy(desc(intuneCredentials.id));

  return {
    async createConnection(entry, credential, event) {
      const insert = db
        .insert(intuneConnections)
        .values({ ...entry, ...dueNow(entry.revocationEnabled, entry.createdAt) })
        .onConflictDoNothing();
      const record = recordWhenChanged(db, event);
      const row = credential && credentialRow(entry.tenantId, entry.id, credential);
      const [inserted] = row
        ? await db.batch([insert, insertWhenChanged(db, intuneCredentials, row), record])
        : await db.batch([insert, record]);
      return wrote(inserted);
    },

    async changeConnection(tenantId, id, change, event) {
      const isNameFree =
        change.name === undefined
          ? undefined
          : sql`not exists (select 1 from ${intuneConnections} as other where other.tenant_id = ${tenantId}
              and other.name = ${change.name} and other.id <> ${id})`;
      const due =
        change.revocationEnabled === undefined ? {} : dueNow(change.revocationEnabled, event.at);
      const [updated] = await db.batch([
        db
          .update(intuneConnections)
          .set({ ...change, ...due })
          .where(and(ofTenant(tenantId, id), isNameFree)),
        recordWhenChanged(db, event),
      ]);
      return wrote(updated);
    },

    async addCredential(tenantId, connectionId, credential, othersRetireAt, event) {
      await db.batch([
        db.insert(intuneCredentials).values(credentialRow(tenantId, connectionId, credential)),
        recordWhenChanged(db, event),
        db
          .update(intuneCredentials)
          .set({ retiresAt: othersRetireAt })
          .where(
            and(
              credentialsOf(tenantId, connectionId),
              eq(intuneCredentials.kind, credential.kind),
              ne(intuneCredentials.id, credential.id),
              isNull(intuneCredentials.retiresAt),
            ),
          ),
      ]);
    },

    async removeCredential(tenantId, connectionId, credentialId, event) {
      const [removed] = await db.batch([
        db
          .delete(intuneCredentials)
          .where(
            and(credentialsOf(tenantId, connectionId), eq(intuneCredentials.id, credentialId)),
          ),
        recordWhenChanged(db, event),
      ]);
      return wrote(removed);
    },

    async deleteConnection(tenantId, id, event) {
      const [, , removed] = await db.batch([
        db.delete(intuneCredentials).where(and(credentialsOf(tenantId, id), unused(id))),
        db
          .delete(intuneRevocations)
          .where(
            and(
              eq(intuneRevocations.tenantId, tenantId),
              eq(intuneRevocations.connectionId, id),
              unused(id),
            ),
          ),
        db.delete(intuneConnections).where(and(ofTenant(tenantId, id), unused(id))),
        recordWhenChanged(db, event),
      ]);
      return wrote(removed);
    },

    async findConnection(tenantId, nameOrId) {
      const row = await db
        .select()
        .from(intuneConnections)
        .where(
          and(
            eq(intuneConnections.tenantId, tenantId),
            or(eq(intuneConnections.name, nameOrId), eq(intuneConnections.id, nameOrId)),
          ),
        )
        .orderBy(sql`${intuneConnections.id} = ${nameOrId} desc`)
        .limit(1)
        .get();
      return row && entryOf(row, await credentialRows([row.id]));
    },

    async listConnections(tenantId, page) {
      const rows = await db
        .select()
        .from(intuneConnections)
        .where(and(eq(intuneConnections.tenantId, tenantId), after(intuneConnections.id, page)))
        .orderBy(intuneConnections.id)
        .limit(rowsToRead(page));
      const credentials = rows.length > 0 ? await credentialRows(rows.map(({ id }) => id)) : [];
      return toPage(
        rows.map((row) => entryOf(row, credentials)),
        page,
      );
    },

    async loadConnection(tenantId, id, now) {
      const row = await db.select().from(intuneConnections).where(ofTenant(tenantId, id)).get();
      return row && connectionOf(row, await credentialRows([row.id]), now);
    },

    async listEndingCredentials(now, days, limit) {
      const { expiresAt, retiresAt, toldDays } = intuneCredentials;
      const rows = await db
        .select({
          id: intuneCredentials.id,
          tenantId: intuneCredentials.tenantId,
          connectionName: intuneConnections.name,
          expiresAt,
        })
        .from(intuneCredentials)
        .innerJoin(intuneConnections, eq(intuneConnections.id, intuneCredentials.connectionId))
        .where(
          and(
            gt(expiresAt, now),
            lte(expiresAt, new Date(now.getTime() + days * 86_400_000)),
            isNull(retiresAt),
            or(isNull(toldDays), gt(toldDays, days)),
          ),
        )
        .limit(limit);
      return rows.flatMap((row) => (row.expiresAt ? [{ ...row, expiresAt: row.expiresAt }] : []));
    },

    async markCredentialTold(id, days) {
      await db
        .update(intuneCredentials)
        .set({ toldDays: days })
        .where(eq(intuneCredentials.id, id));
    },

    async listConfigurationIds(tenantId, id) {
      const rows = await db
        .select({ id: scepConfigurations.id })
        .from(scepConfigurations)
        .where(
          and(
            eq(scepConfigurations.tenantId, tenantId),
            eq(scepConfigurations.intuneConnectionId, id),
          ),
        );
      return rows.map((row) => row.id);
    },
  };
}

const dueNow = (enabled: boolean, at: Date) => ({ revocationDueAt: enabled ? at : null });

function credentialRow(
  tenantId: string,
  connectionId: string,
  credential: NewIntuneCredential,
): typeof intuneCredentials.$inferInsert {
  const { id, kind, expiresAt, createdAt } = credential;
  const common = { id, tenantId, connectionId, kind, expiresAt: expiresAt ?? null, createdAt };
  return credential.kind === "client-secret"
    ? { ...common, wrapped: credential.wrappedSecret }
    : { ...common, wrapped: credential.wrappedKey, certificateDer: credential.certificateDer };
}

function entryOf(row: ConnectionRow, credentials: readonly CredentialRow[]): IntuneConnectionEntry {
  const { id, tenantId, name, cloud, directoryId, clientId, revocationEnabled, createdAt } = row;
  return {
    ...{ id, tenantId, name, cloud, directoryId, clientId, revocationEnabled, createdAt },
    credentials: credentials
      .filter(({ connectionId }) => connectionId === row.id)
      .map(shownCredential),
  };
}

function shownCredential(row: CredentialRow): IntuneCredentialEntry {
  const { id, kind, certificateDer, expiresAt, retiresAt, createdAt } = row;
  return withoutNulls({ id, kind, certificateDer, expiresAt, retiresAt, createdAt });
}
