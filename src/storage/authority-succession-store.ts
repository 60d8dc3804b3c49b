/** Successions of CAs in D1. */
import { and, desc, eq, exists, isNotNull, isNull, lte, notExists, or, sql } from "drizzle-orm";
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
const notBegun = (now: Date) =>
  and(
    isNull(predecessors.promotedAt),
    or(isNull(predecessors.promoteAt), sql`${predecessors.promoteAt} > ${now.getTime()}`),
  );

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

    async planPromotion({ successor }, promoteAt, now, event) {
      const [planned] = await db.batch([
        db
          .update(predecessors)
          .set({ promoteAt: promoteAt ?? null })
          .where(and(eq(predecessors.id, successor.id), notBegun(now))),
        recordWhenChanged(db, event),
      ]);
      return wrote(planned);
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

    async withdraw(successorId, now, event) {
      const [withdrawn] = await db.batch([
        db
          .update(predecessors)
          .set({ state: "retired", promoteAt: null })
          .where(and(eq(predecessors.id, successorId), notBegun(now))),
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
      await db.batch([
        db
          .update(predecessors)
          .set({ promotedAt: now })
          .where(and(eq(predecessors.id, successor.id), isNull(predecessors.promotedAt))),
        recordWhenChanged(db, event),
        db
          .update(predecessors)
          .set({ state: "succeeded", retireAt })
          .where(and(eq(predecessors.id, predecessor.id), eq(predecessors.state, "ready"))),
      ]);
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

    async listUnmoved(limit) {
      const rows = await succeeding()
        .where(isNotNull(successors.promotedAt))
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
