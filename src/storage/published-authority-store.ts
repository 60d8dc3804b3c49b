/** What is public of a CA, out of the directory in D1. */
import { sql } from "drizzle-orm";
import type {
  PublishedAuthorityStore,
  PublishedCertificate,
} from "../ports/published-authority-store.ts";
import type { Database } from "./database.ts";
import { certificateAuthorities } from "./schema.ts";

export function createPublishedAuthorityStore(db: Database): PublishedAuthorityStore {
  return {
    async findPublishedAuthority(id) {
      const rows = await db
        .select()
        .from(certificateAuthorities)
        .where(
          sql`${certificateAuthorities.id} in (with recursive line(id) as (
            values (${id}) union
            select upper.parent_id from certificate_authorities as upper join line on upper.id = line.id
            where upper.parent_id is not null
          ) select id from line)`,
        );
      const authority = rows.find((row) => row.id === id);
      if (!authority?.certificateDer) return undefined;
      const { tenantId, keyAlgorithm } = authority;
      const above: PublishedCertificate[] = [];
      let parent = rows.find((row) => row.id === authority.parentId);
      while (parent?.certificateDer) {
        above.push({ authorityId: parent.id, der: parent.certificateDer });
        const { parentId } = parent;
        parent = rows.find((row) => row.id === parentId);
      }
      return {
        id,
        ...(tenantId === null ? {} : { tenantId }),
        keyAlgorithm,
        chain: [{ authorityId: id, der: authority.certificateDer }, ...above],
      };
    },
  };
}
