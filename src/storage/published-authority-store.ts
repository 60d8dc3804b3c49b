/** What is public of a CA, out of the directory in D1. */
import { and, eq, isNotNull, or, sql } from "drizzle-orm";
import type {
  PublishedAuthorityStore,
  PublishedCertificate,
} from "../ports/published-authority-store.ts";
import { inLineOf, lineColumns, orderLine } from "./authority-line.ts";
import type { Database } from "./database.ts";
import { certificateAuthorities } from "./schema.ts";

const publishedColumns = {
  ...lineColumns,
  tenantId: certificateAuthorities.tenantId,
  keyAlgorithm: certificateAuthorities.keyAlgorithm,
  predecessorId: certificateAuthorities.predecessorId,
  promoteAt: certificateAuthorities.promoteAt,
  promotedAt: certificateAuthorities.promotedAt,
};

export function createPublishedAuthorityStore(db: Database): PublishedAuthorityStore {
  const lines = (start: ReturnType<typeof sql>) =>
    db.select(publishedColumns).from(certificateAuthorities).where(inLineOf(start));
  return {
    async findPublishedAuthority(id) {
      const announced = and(
        eq(certificateAuthorities.predecessorId, id),
        isNotNull(certificateAuthorities.stagedAt),
        or(isNotNull(certificateAuthorities.promotedAt), eq(certificateAuthorities.state, "ready")),
      );
      const [rows, successorRows] = await db.batch([
        lines(sql`select ${id}`),
        lines(
          sql`select ${certificateAuthorities.id} from ${certificateAuthorities} where ${announced}`,
        ),
      ]);
      const authority = rows.find((row) => row.id === id);
      const chain = publishedChain(rows, id);
      if (!authority || !chain) return undefined;
      const next = successorRows.find(({ predecessorId }) => predecessorId === id);
      const nextChain = next && publishedChain(successorRows, next.id);
      const { tenantId, keyAlgorithm } = authority;
      return {
        id,
        ...(tenantId === null ? {} : { tenantId }),
        keyAlgorithm,
        chain,
        ...(next &&
          nextChain && {
            successor: {
              id: next.id,
              chain: nextChain,
              ...(next.promoteAt && { promoteAt: next.promoteAt }),
              ...(next.promotedAt && { promotedAt: next.promotedAt }),
            },
          }),
      };
    },
  };
}

type Rows = Parameters<typeof orderLine>[0];

function publishedChain(
  rows: Rows,
  id: string,
): readonly [PublishedCertificate, ...PublishedCertificate[]] | undefined {
  const line = orderLine(rows, id);
  const [first, ...above] = line.flatMap((row) =>
    row.certificateDer ? [{ authorityId: row.id, der: row.certificateDer }] : [],
  );
  if (first?.authorityId !== id) return undefined;
  const outside = line.at(-1)?.externalChain ?? [];
  return [first, ...above, ...outside.map((der) => ({ der }))];
}
