/** Enrolment agents (RA): the keys that open and sign SCEP messages of one configuration. */
import type { AuditEvent } from "./audit-log.ts";
import type { StoredEnrolmentAgent } from "./scep-configuration-store.ts";

export interface NewEnrolmentAgent extends StoredEnrolmentAgent {
  readonly tenantId: string;
  readonly configurationId: string;
  readonly serialNumberHex: string;
  readonly createdAt: Date;
}

/** An agent without its key. */
export type EnrolmentAgentEntry = Omit<NewEnrolmentAgent, "wrappedKey">;

export interface EnrolmentAgentStore {
  addAgent(agent: NewEnrolmentAgent, event: AuditEvent): Promise<void>;
  /** Newest first. */
  listAgents(tenantId: string, configurationId: string): Promise<readonly EnrolmentAgentEntry[]>;
}
