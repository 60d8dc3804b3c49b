/** The CAs whose place a CA has taken, out of the rows of the directory. */
import { and, eq, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { AuthorityStateName } from "../ports/certificate-authority-directory.ts";
import type { EnrolmentConfiguration } from "../ports/scep-configuration-store.ts";
import type { Database } from "./database.ts";
import { certificateAuthorities } from "./schema.ts";

type Former = EnrolmentConfiguration["predecessors"][number];

/** In a query of one table the columns have no table in front, so what is in a sub-query says it itself. */
export const formerColumns = {
  id: certificateAuthorities.id,
  state: certificateAuthorities.state,
  certificateDer: certificateAuthorities.certificateDer,
  notAfter: certificateAuthorities.notAfter,
  ownAgent: certificateAuthorities.ownAgent,
  successorId: sql<string>`(select next.id from certificate_authorities as next
    where next.predecessor_id = certificate_authorities.id and next.promoted_at is not null)`.as(
    "successor_id",
  ),
  succeededAt: sql<number>`(select next.promoted_at from certificate_authorities as next
    where next.predecessor_id = certificate_authorities.id and next.promoted_at is not null)`.as(
    "succeeded_at",
  ),
};

export const stagedSuccessorId = sql<
  string | null
>`(select next.id from certificate_authorities as next
  where next.predecessor_id = certificate_authorities.id and next.staged_at is not null
    and next.promoted_at is null and next.state = 'ready')`.as("staged_successor_id");

/** @param start a SELECT of the id of the CA that issues now */
export const formerOf = (start: SQL): SQL =>
  sql`${certificateAuthorities.id} in (
    with recursive former(id) as (
      select own.predecessor_id from certificate_authorities as own where own.id in (${start}) and own.promoted_at is not null
      union
      select earlier.predecessor_id from certificate_authorities as earlier join former on earlier.id = former.id
      where earlier.promoted_at is not null and earlier.predecessor_id is not null
    ) select id from former)`;

interface FormerRow extends Pick<Former, "id" | "ownAgent"> {
  readonly state: AuthorityStateName;
  readonly certificateDer: Uint8Array | null;
  readonly notAfter: Date | null;
  readonly successorId: string;
  readonly succeededAt: number;
}

/** The last one first. What a revoked CA has issued counts for nothing. */
export function orderFormer(rows: readonly FormerRow[], currentId: string): readonly Former[] {
  const former: Former[] = [];
  let row = rows.find(({ successorId }) => successorId === currentId);
  for (let steps = 0; row?.certificateDer && row.notAfter && steps < rows.length; steps++) {
    const { id, state, certificateDer, notAfter, ownAgent, succeededAt } = row;
    if (state !== "revoked")
      former.push({ id, certificateDer, notAfter, ownAgent, succeededAt: new Date(succeededAt) });
    row = rows.find(({ successorId }) => successorId === id);
  }
  return former;
}

/** CAs that have taken another one's place, and which. */
export const promotedAuthorities = (db: Database, tenantId: string) =>
  db
    .select({ id: certificateAuthorities.id, predecessorId: certificateAuthorities.predecessorId })
    .from(certificateAuthorities)
    .where(
      and(
        isNotNull(certificateAuthorities.promotedAt),
        or(eq(certificateAuthorities.tenantId, tenantId), isNull(certificateAuthorities.tenantId)),
      ),
    );

/** Each configuration with the CA that it issues through, and again with each that it has issued through before. */
export function withFormerAuthorities<
  Configuration extends { readonly certificateAuthorityId: string },
>(
  configurations: readonly Configuration[],
  promoted: readonly { readonly id: string; readonly predecessorId: string | null }[],
): Configuration[] {
  const before = new Map(promoted.map(({ id, predecessorId }) => [id, predecessorId]));
  return configurations.flatMap((configuration) => {
    const all = [configuration];
    let former = before.get(configuration.certificateAuthorityId);
    while (former && all.length <= before.size) {
      all.push({ ...configuration, certificateAuthorityId: former });
      former = before.get(former);
    }
    return all;
  });
}
