/** The CA directory in D1. */
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type {
  AuthorityOwner,
  CertificateAuthorityDirectory,
  CertificateAuthorityEntry,
} from "../ports/certificate-authority-directory.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, withoutNulls, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { certificateAuthorities } from "./schema.ts";

function toEntry(row: typeof certificateAuthorities.$inferSelect): CertificateAuthorityEntry {
  const { certificateDer, notAfter, ...rest } = row;
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

export function createCertificateAuthorityDirectory(db: Database): CertificateAuthorityDirectory {
  return {
    async createAuthority({ certificate, ...entry }, event) {
      const [inserted] = await db.batch([
        db
          .insert(certificateAuthorities)
          .values({
            ...entry,
            certificateDer: certificate?.der ?? null,
            notAfter: certificate?.notAfter ?? null,
          })
          .onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async completeAuthority(id, certificate, event) {
      await db.batch([
        db
          .update(certificateAuthorities)
          .set({ state: "ready", certificateDer: certificate.der, notAfter: certificate.notAfter })
          .where(
            and(eq(certificateAuthorities.id, id), eq(certificateAuthorities.state, "creating")),
          ),
        recordWhenChanged(db, event),
      ]);
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
        .select({ id: certificateAuthorities.id })
        .from(certificateAuthorities)
        .where(after(certificateAuthorities.id, page))
        .orderBy(certificateAuthorities.id)
        .limit(rowsToRead(page));
      return toPage(rows, page);
    },
  };
}
