/** What people did. Events are only ever added, and each is written in one batch with the action it tells about. */
import type { Page, PageRequest } from "./page.ts";

export const auditActorKinds = [
  "person",
  "api-key",
  "bootstrap-key",
  "one-time-link",
  "system",
] as const;

/**
 * Who acted: a person (by mail address), or a holder of an API key, of the bootstrap key, or of a one-time link; or the
 * system itself, when its clock said so.
 */
export interface AuditActor {
  readonly kind: (typeof auditActorKinds)[number];
  readonly id: string;
}

export interface AuditEvent {
  readonly id: string;
  /** Absent for what concerns the deployment, not one tenant. */
  readonly tenantId?: string;
  readonly at: Date;
  readonly actor: AuditActor;
  /** `<what>.<done>`, for example `token.revoked`. */
  readonly action: string;
  readonly targetId: string;
  /** What a reader needs to understand the event, old and new values included. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** As it is read: with its place in the chain, absent for a minute. */
export interface LoggedAuditEvent extends AuditEvent {
  readonly sequence?: number;
  readonly linkedAt?: Date;
  readonly hash?: Uint8Array;
}

/** All of what is given must hold. */
export interface AuditFilter {
  /** A part of the action's name. */
  readonly action?: string | undefined;
  /** A part of the actor's id: of a mail address, say. */
  readonly actor?: string | undefined;
  readonly from?: Date | undefined;
  readonly before?: Date | undefined;
}

export interface AuditLog {
  /** For actions that happen outside D1: on its own, and before the action. */
  recordAuditEvent(event: AuditEvent): Promise<void>;
  /** @param tenantId undefined: what concerns the deployment as a whole */
  listAuditEvents(
    tenantId: string | undefined,
    filter: AuditFilter,
    page: PageRequest,
  ): Promise<Page<LoggedAuditEvent>>;
}
