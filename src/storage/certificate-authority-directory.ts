/** The CA directory in D1. */
import { and, eq, inArray, isNull, notExists, or, type SQL, sql } from "drizzle-orm";
import type {
  AuthorityOwner,
  AuthorityStateName,
  CertificateAuthorityDirectory,
  CertificateAuthorityEntry,
} from "../ports/certificate-authority-directory.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhen, withoutNulls, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { chainOf, inLineOf, lineColumns, orderLine } from "./authority-line.ts";
import { certificateAuthorities, scepConfigurations } from "./schema.ts";

export function toEntry(
  row: typeof certificateAuthorities.$inferSelect,
): CertificateAuthorityEntry {
  const { certificateDer, notAfter, keyVersions: _, ...rest } = row;
  return {
    ...withoutNulls(rest),
    ...(certificateDer && notAfter ? { certificate: { der: certificateDer, notAfter } } : {}),
  };
}

const ownedBy = (owner: AuthorityOwner): SQL =>
  owner === "shared"
    ? isNull(certificateAuthorities.tenantId)
    : eq(certificateAuthorities.tenantId, owner.tenantId);

const visibleTo = (tenantId: string): SQL | undefined =>
  or(ownedBy({ tenantId }), ownedBy("shared"));

const inState = (id: string, ...states: AuthorityStateName[]): SQL | undefined =>
  and(eq(certificateAuthorities.id, id), inArray(certificateAuthorities.state, states));

/** Or is to move to it: it issues through the CA whose place this one has taken. */
const issuesThrough = (id: string): SQL =>
  sql`${scepConfigurations.enabled} and (${scepConfigurations.certificateAuthorityId} = ${id}
    or ${scepConfigurations.certificateAuthorityId} in (select predecessor_id from certificate_authorities as promoted
      where promoted.id = ${id} and promoted.promoted_at is not null))`;

const hasPlace = sql`(predecessor_id is null or promoted_at is not null)`;

/** In the moment in which a successor is inserted: nobody ends the CA at the same time. */
const mayBeFollowed = (predecessorId: string | undefined): SQL =>
  predecessorId === undefined
    ? sql`true`
    : sql`exists (select 1 from certificate_authorities as predecessor where predecessor.id = ${predecessorId} and ${hasPlace}
        and (state in ('ready', 'revoked') or (state = 'retired' and promoted_at is not null)))`;

export function createCertificateAuthorityDirectory(db: Database): CertificateAuthorityDirectory {
  return {
    async createAuthority({ certificate, ...entry }, event) {
      const [inserted] = await db.batch([
        insertWhen(
          db,
          certificateAuthorities,
          {
            ...entry,
            certificateDer: certificate?.der ?? null,
            notAfter: certificate?.notAfter ?? null,
          },
          mayBeFollowed(entry.predecessorId),
        ).onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async awaitCertificate(id, event) {
      await db.batch([
        db
          .update(certificateAuthorities)
          .set({ state: "awaiting-certificate" })
          .where(inState(id, "creating")),
        recordWhenChanged(db, event),
      ]);
    },

    async completeAuthority(id, { der, ...completion }, event) {
      await db.batch([
        db
          .update(certificateAuthorities)
          .set({ state: "ready", certificateDer: der, ...completion })
          .where(inState(id, "creating", "awaiting-certificate")),
        recordWhenChanged(db, event),
      ]);
    },

    async retireAuthority(id, event) {
      const [retired] = await db.batch([
        db
          .update(certificateAuthorities)
          .set({ state: "retired" })
          .where(
            and(
              inState(id, "ready"),
              hasPlace,
              notExists(db.select().from(scepConfigurations).where(issuesThrough(id))),
            ),
          ),
        recordWhenChanged(db, event),
      ]);
      return wrote(retired);
    },

    async markRevoked(id) {
      await db
        .update(certificateAuthorities)
        .set({ state: "revoked" })
        .where(inState(id, "ready", "succeeded", "retired"));
    },

    async listEnabledConfigurations(id) {
      return db
        .select({ tenantId: scepConfigurations.tenantId, name: scepConfigurations.name })
        .from(scepConfigurations)
        .where(issuesThrough(id))
        .orderBy(scepConfigurations.id);
    },

    async findChain(id) {
      const rows = await db
        .select(lineColumns)
        .from(certificateAuthorities)
        .where(inLineOf(sql`select ${id}`));
      const line = orderLine(rows, id);
      return line[0]?.certificateDer ? chainOf(line) : undefined;
    },

    async findOwnAuthority(owner, name) {
      const row = await db
        .select()
        .from(certificateAuthorities)
        .where(and(ownedBy(owner), eq(certificateAuthorities.name, name)))
        .get();
      return row && toEntry(row);
    },

    async findAuthority(tenantId, idOrName) {
      const row = await db
        .select()
        .from(certificateAuthorities)
        .where(
          and(
            visibleTo(tenantId),
            or(eq(certificateAuthorities.id, idOrName), eq(certificateAuthorities.name, idOrName)),
          ),
        )
        .orderBy(
          sql`${certificateAuthorities.id} = ${idOrName} desc`,
          sql`${certificateAuthorities.tenantId} is null`,
        )
        .limit(1)
        .get();
      return row && toEntry(row);
    },

    async listAuthorities(tenantId, page) {
      const rows = await db
        .select()
        .from(certificateAuthorities)
        .where(and(visibleTo(tenantId), after(certificateAuthorities.id, page)))
        .orderBy(certificateAuthorities.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(toEntry), page);
    },

    async listAllAuthorityIds(page) {
      const rows = await db
        .select({
          id: certificateAuthorities.id,
          keyVersions: certificateAuthorities.keyVersions,
        })
        .from(certificateAuthorities)
        .where(after(certificateAuthorities.id, page))
        .orderBy(certificateAuthorities.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(withoutNulls), page);
    },

    async noteKeyVersions(id, keyVersions) {
      await db
        .update(certificateAuthorities)
        .set({ keyVersions })
        .where(eq(certificateAuthorities.id, id));
    },

    async countKeyVersions() {
      const { keyVersions } = certificateAuthorities;
      const versions = await db
        .select({ version: sql<number>`said.value`, count: sql<number>`count(*)` })
        .from(sql`${certificateAuthorities}, json_each(${keyVersions}) as said`)
        .groupBy(sql`said.value`);
      const [row] = await db
        .select({ unheard: sql<number>`count(*)` })
        .from(certificateAuthorities)
        .where(isNull(keyVersions));
      return { versions, unheard: row?.unheard ?? 0 };
    },
  };
}
