/** Enrolment agents in D1; their keys only wrapped. */
import {
  and,
  between,
  desc,
  eq,
  inArray,
  isNotNull,
  isNull,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type {
  AgentOccasion,
  BegunEnrolmentAgent,
  EnrolmentAgentEntry,
  EnrolmentAgentStore,
} from "../ports/enrolment-agent-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhen, withoutNulls, wrote } from "./database.ts";
import { begunEnrolmentAgents, enrolmentAgents, scepConfigurations } from "./schema.ts";

/** The configuration's, for rows from before it was recorded. */
const authorityOf = sql<string>`coalesce(${enrolmentAgents.certificateAuthorityId}, (
  select certificate_authority_id from ${scepConfigurations} as own where own.id = ${enrolmentAgents.configurationId}))`;

/** All but the key. */
const shownColumns = {
  id: enrolmentAgents.id,
  tenantId: enrolmentAgents.tenantId,
  configurationId: enrolmentAgents.configurationId,
  certificateAuthorityId: authorityOf,
  serialNumberHex: enrolmentAgents.serialNumberHex,
  certificateDer: enrolmentAgents.certificateDer,
  notAfter: enrolmentAgents.notAfter,
  renewAt: enrolmentAgents.renewAt,
  createdAt: enrolmentAgents.createdAt,
};

export const certifiedBy = (certificateAuthorityId: string): SQL | undefined =>
  or(
    isNull(enrolmentAgents.certificateAuthorityId),
    eq(enrolmentAgents.certificateAuthorityId, certificateAuthorityId),
  );

function isOccasion(
  { configurationId, certificateAuthorityId }: BegunEnrolmentAgent,
  occasion: AgentOccasion,
): SQL {
  switch (occasion.kind) {
    case "wished":
      return sql`true`;
    case "renewal":
      return sql`exists (select 1 from ${enrolmentAgents} where id = ${occasion.agentId} and renew_at is not null)`;
    case "first":
      return sql`not exists (select 1 from ${enrolmentAgents} where configuration_id = ${configurationId}
        and certificate_authority_id = ${certificateAuthorityId})`;
  }
}

export function createEnrolmentAgentStore(db: Database): EnrolmentAgentStore {
  async function listAgents(tenantId: string, ofWhich: SQL) {
    const rows = await db
      .select(shownColumns)
      .from(enrolmentAgents)
      .where(and(eq(enrolmentAgents.tenantId, tenantId), ofWhich))
      .orderBy(desc(enrolmentAgents.id));
    return rows.map((row): EnrolmentAgentEntry => withoutNulls(row));
  }

  const findBegun = (configurationId: string, certificateAuthorityId: string) =>
    db
      .select()
      .from(begunEnrolmentAgents)
      .where(
        and(
          eq(begunEnrolmentAgents.configurationId, configurationId),
          eq(begunEnrolmentAgents.certificateAuthorityId, certificateAuthorityId),
        ),
      )
      .get();

  return {
    async beginAgent(agent, occasion) {
      const inserted = await insertWhen(
        db,
        begunEnrolmentAgents,
        agent,
        isOccasion(agent, occasion),
      ).onConflictDoNothing();
      if (wrote(inserted)) return agent;
      return await findBegun(agent.configurationId, agent.certificateAuthorityId);
    },

    findBegunAgent: findBegun,

    async completeAgent(begun, { certificateDer, serialNumberHex, notAfter, renewAt }, event) {
      const { id, configurationId, certificateAuthorityId } = begun;
      const isBegun = eq(begunEnrolmentAgents.id, id);
      // Of several who finish the same key, the first finds it begun. The key is taken as it is wrapped by now.
      const agent = sql`select ${begunEnrolmentAgents.id}, ${begunEnrolmentAgents.tenantId},
        ${begunEnrolmentAgents.configurationId}, ${begunEnrolmentAgents.certificateAuthorityId}, ${serialNumberHex},
        ${sql.param(certificateDer, enrolmentAgents.certificateDer)}, ${begunEnrolmentAgents.wrappedKey},
        ${notAfter.getTime()}, ${renewAt?.getTime() ?? null}, ${begunEnrolmentAgents.createdAt}
        from ${begunEnrolmentAgents} where ${isBegun}`;
      await db.batch([
        db.insert(enrolmentAgents).select(agent),
        recordWhenChanged(db, event),
        db
          .update(enrolmentAgents)
          .set({ renewAt: null })
          .where(
            and(
              eq(enrolmentAgents.configurationId, configurationId),
              certifiedBy(certificateAuthorityId),
              ne(enrolmentAgents.id, id),
            ),
          ),
        db.delete(begunEnrolmentAgents).where(isBegun),
      ]);
    },

    listAgents: (tenantId, configurationId) =>
      listAgents(tenantId, eq(enrolmentAgents.configurationId, configurationId)),

    async listAgentsOf(tenantId, configurationIds) {
      // A page's ids lie together: their range is two parameters, where D1 takes a hundred at most.
      const [first, ...others] = configurationIds.toSorted();
      if (first === undefined) return [];
      const range = between(enrolmentAgents.configurationId, first, others.at(-1) ?? first);
      const wanted = new Set(configurationIds);
      const agents = await listAgents(tenantId, range);
      return agents.filter(({ configurationId }) => wanted.has(configurationId));
    },

    async claimDueAgents(now, until, limit) {
      const due = db
        .select({ id: enrolmentAgents.id })
        .from(enrolmentAgents)
        .where(and(isNotNull(enrolmentAgents.renewAt), lte(enrolmentAgents.renewAt, now)))
        .orderBy(enrolmentAgents.renewAt)
        .limit(limit);
      const rows = await db
        .update(enrolmentAgents)
        .set({ renewAt: until })
        .where(inArray(enrolmentAgents.id, due))
        .returning(shownColumns);
      return rows.map((row): EnrolmentAgentEntry => withoutNulls(row));
    },

    async stopRenewing(id) {
      await db.update(enrolmentAgents).set({ renewAt: null }).where(eq(enrolmentAgents.id, id));
    },

    async forgetEndedAgents(now, limit) {
      const ended = db
        .select({ id: enrolmentAgents.id })
        .from(enrolmentAgents)
        .where(and(lte(enrolmentAgents.notAfter, now), isNull(enrolmentAgents.renewAt)))
        .limit(limit);
      await db.delete(enrolmentAgents).where(inArray(enrolmentAgents.id, ended));
    },
  };
}
