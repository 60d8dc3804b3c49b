/** Enrolment agents (RA): the keys that open and sign SCEP messages of one configuration. */
import type { AuditEvent } from "./audit-log.ts";

/** A key that waits for its certificate; at most one for each configuration and CA. */
export interface BegunEnrolmentAgent {
  readonly id: string;
  readonly tenantId: string;
  readonly configurationId: string;
  readonly certificateAuthorityId: string;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** PKCS #8, wrapped with kind `enrolment-agent-key`, the configuration's tenant and this row's id. */
  readonly wrappedKey: Uint8Array;
  readonly createdAt: Date;
}

/**
 * When a key may be begun: always; instead of an agent that has no successor yet; as the first agent that the
 * configuration has from this CA.
 */
export type AgentOccasion =
  | { readonly kind: "wished" }
  | { readonly kind: "renewal"; readonly agentId: string }
  | { readonly kind: "first" };

export interface AgentCertificate {
  readonly certificateDer: Uint8Array;
  readonly serialNumberHex: string;
  readonly notAfter: Date;
  /** When its successor is due; absent: it ends with its CA and has none. */
  readonly renewAt?: Date;
}

/** An agent without its key. */
export interface EnrolmentAgentEntry extends AgentCertificate {
  readonly id: string;
  readonly tenantId: string;
  readonly configurationId: string;
  /** By which it was certified. It signs, and stands in GetCACert, while its configuration issues through that CA. */
  readonly certificateAuthorityId: string;
  readonly createdAt: Date;
}

export interface EnrolmentAgentStore {
  /** The key that is under way: this one, or one that was begun before. Undefined: it is not the occasion any more. */
  beginAgent(
    agent: BegunEnrolmentAgent,
    occasion: AgentOccasion,
  ): Promise<BegunEnrolmentAgent | undefined>;
  findBegunAgent(
    configurationId: string,
    certificateAuthorityId: string,
  ): Promise<BegunEnrolmentAgent | undefined>;
  /** It takes over from those before it of the same CA, once; they need no successor any more. */
  completeAgent(
    begun: BegunEnrolmentAgent,
    certificate: AgentCertificate,
    event: AuditEvent,
  ): Promise<void>;
  /** Newest first. */
  listAgents(tenantId: string, configurationId: string): Promise<readonly EnrolmentAgentEntry[]>;
  /** The same for a page of configurations, by one question. */
  listAgentsOf(
    tenantId: string,
    configurationIds: readonly string[],
  ): Promise<readonly EnrolmentAgentEntry[]>;
  /** The longest due first. Whoever dies over them leaves them to be claimed again at `until`. */
  claimDueAgents(now: Date, until: Date, limit: number): Promise<readonly EnrolmentAgentEntry[]>;
  /** It ends with its CA. */
  stopRenewing(id: string): Promise<void>;
  /** Those that have ended and have a successor or need none; with them their keys. */
  forgetEndedAgents(now: Date, limit: number): Promise<void>;
}
