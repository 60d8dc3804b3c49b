/** Who is signed in. A session is known by the SHA-256 of the secret in its cookie. */
import type { AuditEvent } from "./audit-log.ts";

export interface SignedInPerson {
  /** In lower case. */
  readonly mail: string;
  readonly name: string;
  /** As the identity provider names them. */
  readonly groups: readonly string[];
  /** The tenant whose own identity provider vouched; absent: the deployment's. */
  readonly providerTenantId?: string;
}

export interface Session extends SignedInPerson {
  readonly startedAt: Date;
  readonly expiresAt: Date;
}

export interface SessionStore {
  /** Sweeps out the sessions that have expired as well. */
  startSession(secretHash: Uint8Array, session: Session, event: AuditEvent): Promise<void>;
  /** Ended and expired ones are not found. */
  findSession(secretHash: Uint8Array, at: Date): Promise<Session | undefined>;
  endSession(secretHash: Uint8Array): Promise<void>;
}
