/** Successions of CAs in D1. */
import {
  and,
  desc,
  eq,
  exists,
  inArray,
  isNotNull,
  isNull,
  lte,
  notExists,
  sql,
} from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type {
  AuthoritySuccessionStore,
  SucceedingConfiguration,
  SuccessionEntry,
} from "../ports/authority-succession-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { inLineOf, orderLine } from "./authority-line.ts";
import { toEntry } from "./certificate-authority-directory.ts";
import { type Database, wrote } from "./database.ts";
import { certifiedBy } from "./enrolment-agent-store.ts";
import {
  begunEnrolmentAgents,
  certificateAuthorities as predecessors,
  enrolmentAgents,
  scepConfigurations,
} from "./schema.ts";
import { certificateFetches } from "./succession-schema.ts";

const successors = alias(predecessors, "successor");
const atRandom = sql`random()`;
const notBegun = and(isNull(predecessors.promotedAt), isNull(predecessors.promotionBegunAt));
/** Not withdrawn and not promoted yet. */
const waits = and(
  inArray(predecessors.state, ["creating", "awaiting-certificate", "ready"]),
  notBegun,
);

/** Of those that took the place of the configuration's CA, one behind the other, the first that issues. */
const issuesNow = sql`(
  with recursive followers(id, state, place) as (
    select id, state, 1 from certificate_authorities
      where predecessor_id = ${scepConfigurations.certificateAuthorityId} and promoted_at is not null
    union all
    select later.id, later.state, place + 1 from certificate_authorities as later
      join followers on later.predecessor_id = followers.id where later.promoted_at is not null
  ) select id from followers where state = 'ready' order by place limit 1)`;

export function createAuthoritySuccessionStore(db: Database): AuthoritySuccessionStore {
  const successions = () =>
    db
      .select({ predecessor: predecessors, successor: successors })
      .from(predecessors)
      .innerJoin(successors, eq(successors.predecessorId, predecessors.id));
  const succeeding = () =>
    db
      .select({
        configuration: scepConfigurations,
        predecessor: predecessors,
        successor: successors,
      })
      .from(scepConfigurations)
      .innerJoin(predecessors, eq(predecessors.id, scepConfigurations.certificateAuthorityId))
      .innerJoin(successors, eq(successors.predecessorId, predecessors.id));

  return {
    async findSuccession(predecessorId) {
      const row = await successions()
        .where(eq(predecessors.id, predecessorId))
        .orderBy(desc(successors.id))
        .limit(1)
        .get();
      return row && entriesOf(row);
    },

    async listLine(id) {
      const rows = await db
        .select()
        .from(predecessors)
        .where(inLineOf(sql`select ${id}`));
      return orderLine(rows, id).flatMap((one) =>
        rows.filter((row) => row.id === one.id).map(toEntry),
      );
    },

    async planPromotion({ successor }, promoteAt, event) {
      const [planned] = await db.batch([
        db
          .update(predecessors)
          .set({ promoteAt: promoteAt ?? null })
          .where(and(eq(predecessors.id, successor.id), waits)),
        recordWhenChanged(db, event),
      ]);
      return wrote(planned);
    },

    async beginPromotion({ successor }, occasion, event) {
      const [begun] = await db.batch([
        db
          .update(predecessors)
          .set({
            promotionBegunAt: event.at,
            ...(occasion === "asked" && { promoteAt: event.at }),
          })
          .where(
            and(
              eq(predecessors.id, successor.id),
              eq(predecessors.state, "ready"),
              notBegun,
              occasion === "date" ? lte(predecessors.promoteAt, event.at) : undefined,
            ),
          ),
        recordWhenChanged(db, event),
      ]);
      return wrote(begun);
    },

    async markStaged(successorId, event) {
      await db.batch([
        db
          .update(predecessors)
          .set({ stagedAt: event.at })
          .where(
            and(
              eq(predecessors.id, successorId),
              eq(predecessors.state, "ready"),
              isNull(predecessors.stagedAt),
            ),
          ),
        recordWhenChanged(db, event),
      ]);
    },

    async withdraw(successorId, event) {
      const [withdrawn] = await db.batch([
        db
          .update(predecessors)
          .set({ state: "retired", promoteAt: null })
          .where(and(eq(predecessors.id, successorId), waits)),
        recordWhenChanged(db, event),
        db
          .delete(enrolmentAgents)
          .where(
            and(
              eq(enrolmentAgents.certificateAuthorityId, successorId),
              whereWithdrawn(successorId),
            ),
          ),
        db
          .delete(begunEnrolmentAgents)
          .where(
            and(
              eq(begunEnrolmentAgents.certificateAuthorityId, successorId),
              whereWithdrawn(successorId),
            ),
          ),
      ]);
      return wrote(withdrawn);
    },

    async markPromoted({ predecessor, successor }, now, retireAt, event) {
      const [promoted] = await db.batch([
        db
          .update(predecessors)
          .set({ promotedAt: now })
          .where(
            and(
              eq(predecessors.id, successor.id),
              eq(predecessors.state, "ready"),
              isNull(predecessors.promotedAt),
            ),
          ),
        recordWhenChanged(db, event),
        db
          .update(predecessors)
          .set({ state: "succeeded", retireAt })
          .where(
            and(
              eq(predecessors.id, predecessor.id),
              eq(predecessors.state, "ready"),
              exists(
                db
                  .select({ one: sql`1` })
                  .from(successors)
                  .where(and(eq(successors.id, successor.id), isNotNull(successors.promotedAt))),
              ),
            ),
          ),
      ]);
      return wrote(promoted);
    },

    async moveConfiguration({ configuration, predecessor, successor }, chain, event) {
      const [moved] = await db.batch([
        db
          .update(scepConfigurations)
          .set({ certificateAuthorityId: successor.id, chain })
          .where(
            and(
              eq(scepConfigurations.id, configuration.id),
              eq(scepConfigurations.certificateAuthorityId, predecessor.id),
            ),
          ),
        recordWhenChanged(db, event),
        db
          .update(enrolmentAgents)
          .set({ renewAt: null, certificateAuthorityId: predecessor.id })
          .where(
            and(eq(enrolmentAgents.configurationId, configuration.id), certifiedBy(predecessor.id)),
          ),
      ]);
      return wrote(moved);
    },

    async listConfigurationIds(certificateAuthorityId) {
      const rows = await db
        .select({ id: scepConfigurations.id })
        .from(scepConfigurations)
        .where(eq(scepConfigurations.certificateAuthorityId, certificateAuthorityId));
      return rows.map(({ id }) => id);
    },

    async listConfigurations(certificateAuthorityId, tenantId) {
      return await db
        .select()
        .from(scepConfigurations)
        .where(
          and(
            eq(scepConfigurations.certificateAuthorityId, certificateAuthorityId),
            eq(scepConfigurations.tenantId, tenantId),
          ),
        )
        .orderBy(scepConfigurations.id);
    },

    async listUnannounced(limit) {
      const rows = await successions()
        .where(
          and(
            eq(successors.state, "ready"),
            isNull(successors.stagedAt),
            isNull(successors.promotedAt),
          ),
        )
        .orderBy(atRandom)
        .limit(limit);
      return rows.map(entriesOf);
    },

    async listDuePromotions(now, limit) {
      const rows = await successions()
        .where(
          and(
            lte(successors.promoteAt, now),
            isNotNull(successors.stagedAt),
            isNull(successors.promotedAt),
            eq(successors.state, "ready"),
          ),
        )
        .orderBy(atRandom)
        .limit(limit);
      return rows.map(entriesOf);
    },

    async listUnprepared(limit, predecessorId) {
      const prepared = db
        .select({ one: sql`1` })
        .from(enrolmentAgents)
        .where(
          and(
            eq(enrolmentAgents.configurationId, scepConfigurations.id),
            eq(enrolmentAgents.certificateAuthorityId, successors.id),
          ),
        );
      const rows = await succeeding()
        .where(
          and(
            predecessorId === undefined ? undefined : eq(predecessors.id, predecessorId),
            isNotNull(successors.stagedAt),
            isNull(successors.promotedAt),
            eq(successors.state, "ready"),
            eq(successors.ownAgent, false),
            notExists(prepared),
          ),
        )
        .orderBy(atRandom)
        .limit(limit);
      return rows.map(movingOf);
    },

    async listUnmoved(limit, except) {
      const rows = await db
        .select({
          configuration: scepConfigurations,
          predecessor: predecessors,
          successor: successors,
        })
        .from(scepConfigurations)
        .innerJoin(predecessors, eq(predecessors.id, scepConfigurations.certificateAuthorityId))
        .innerJoin(successors, eq(successors.id, issuesNow))
        .where(
          sql`${scepConfigurations.id} not in (select value from json_each(${JSON.stringify(except)}))`,
        )
        .orderBy(atRandom)
        .limit(limit);
      return rows.map(movingOf);
    },

    async listDueRetirements(now, limit) {
      const rows = await db
        .select()
        .from(predecessors)
        .where(and(eq(predecessors.state, "succeeded"), lte(predecessors.retireAt, now)))
        .orderBy(atRandom)
        .limit(limit);
      return rows.map(toEntry);
    },

    async postponeRetirement(id, retireAt) {
      await db.update(predecessors).set({ retireAt }).where(eq(predecessors.id, id));
    },

    async markRetired(id, event) {
      await db.batch([
        db
          .update(predecessors)
          .set({ state: "retired" })
          .where(and(eq(predecessors.id, id), eq(predecessors.state, "succeeded"))),
        recordWhenChanged(db, event),
      ]);
    },

    async recordFetches({ configurationId, operation, count: number, lastAt }, successorId) {
      await db
        .insert(certificateFetches)
        .values({ successorId, configurationId, operation, count: number, lastAt })
        .onConflictDoUpdate({
          target: [
            certificateFetches.successorId,
            certificateFetches.configurationId,
            certificateFetches.operation,
          ],
          set: {
            count: sql`${certificateFetches.count} + ${number}`,
            lastAt: sql`max(${certificateFetches.lastAt}, ${lastAt.getTime()})`,
          },
        });
    },

    async listFetches(successorId) {
      return await db
        .select()
        .from(certificateFetches)
        .where(eq(certificateFetches.successorId, successorId));
    },
  };

  /** For the statements behind the one that withdraws: only when it did. */
  function whereWithdrawn(successorId: string) {
    return exists(
      db
        .select({ one: sql`1` })
        .from(predecessors)
        .where(
          and(
            eq(predecessors.id, successorId),
            eq(predecessors.state, "retired"),
            isNull(predecessors.promotedAt),
          ),
        ),
    );
  }
}

type AuthorityRow = Parameters<typeof toEntry>[0];
interface SuccessionRow {
  readonly predecessor: AuthorityRow;
  readonly successor: AuthorityRow;
}

const entriesOf = ({ predecessor, successor }: SuccessionRow): SuccessionEntry => ({
  predecessor: toEntry(predecessor),
  successor: toEntry(successor),
});

const movingOf = ({
  configuration,
  ...succession
}: SuccessionRow & {
  readonly configuration: typeof scepConfigurations.$inferSelect;
}): SucceedingConfiguration => ({ configuration, ...entriesOf(succession) });
