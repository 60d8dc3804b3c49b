/** What is public of a CA, out of the directory in D1. */
import { sql } from "drizzle-orm";
import type { PublishedAuthorityStore } from "../ports/published-authority-store.ts";
import { inLineOf, lineColumns, orderLine } from "./authority-line.ts";
import type { Database } from "./database.ts";
import { certificateAuthorities } from "./schema.ts";

const publishedColumns = {
  ...lineColumns,
  tenantId: certificateAuthorities.tenantId,
  keyAlgorithm: certificateAuthorities.keyAlgorithm,
};

export function createPublishedAuthorityStore(db: Database): PublishedAuthorityStore {
  return {
    async findPublishedAuthority(id) {
      const rows = await db
        .select(publishedColumns)
        .from(certificateAuthorities)
        .where(inLineOf(sql`select ${id}`));
      const authority = rows.find((row) => row.id === id);
      if (!authority?.certificateDer) return undefined;
      const { tenantId, keyAlgorithm, certificateDer } = authority;
      const [, ...above] = orderLine(rows, id);
      const hosted = above.flatMap((row) =>
        row.certificateDer ? [{ authorityId: row.id, der: row.certificateDer }] : [],
      );
      const outside = (above.at(-1) ?? authority).externalChain ?? [];
      return {
        id,
        ...(tenantId === null ? {} : { tenantId }),
        keyAlgorithm,
        chain: [
          { authorityId: id, der: certificateDer },
          ...hosted,
          ...outside.map((der) => ({ der })),
        ],
      };
    },
  };
}
