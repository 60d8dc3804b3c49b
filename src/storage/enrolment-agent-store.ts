/** Enrolment agents in D1; their keys only wrapped. */
import { and, desc, eq } from "drizzle-orm";
import type { EnrolmentAgentStore } from "../ports/enrolment-agent-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { enrolmentAgents } from "./schema.ts";

/** All but the key. */
const shownColumns = {
  id: enrolmentAgents.id,
  tenantId: enrolmentAgents.tenantId,
  configurationId: enrolmentAgents.configurationId,
  serialNumberHex: enrolmentAgents.serialNumberHex,
  certificateDer: enrolmentAgents.certificateDer,
  notAfter: enrolmentAgents.notAfter,
  createdAt: enrolmentAgents.createdAt,
};

export function createEnrolmentAgentStore(db: Database): EnrolmentAgentStore {
  return {
    async addAgent(agent, event) {
      await db.batch([db.insert(enrolmentAgents).values(agent), recordWhenChanged(db, event)]);
    },

    async listAgents(tenantId, configurationId) {
      return db
        .select(shownColumns)
        .from(enrolmentAgents)
        .where(
          and(
            eq(enrolmentAgents.tenantId, tenantId),
            eq(enrolmentAgents.configurationId, configurationId),
          ),
        )
        .orderBy(desc(enrolmentAgents.id));
    },
  };
}
