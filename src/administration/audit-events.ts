/** What people did: the events that go with each action, and the list of them. */
import type { AuditActor, AuditEvent, AuditFilter, LoggedAuditEvent } from "../ports/audit-log.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { OperatorAccess, TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";

/** Whose act it is, and which tenant it is told to; absent: the operators. */
export interface ActingParty {
  readonly actor: AuditActor;
  readonly tenantId?: string;
}

/** What the clock does for a tenant, or for the deployment. */
export const systemOf = (tenantId: string | undefined): ActingParty => ({
  actor: { kind: "system", id: "clock" },
  ...(tenantId !== undefined && { tenantId }),
});

/** @param details never a secret */
export function auditEvent(
  by: ActingParty | TenantAccess | OperatorAccess,
  at: Date,
  action: string,
  targetId: string,
  details: Readonly<Record<string, unknown>>,
): AuditEvent {
  return {
    id: createId(at),
    ...("tenantId" in by ? { tenantId: by.tenantId } : {}),
    at,
    actor: { kind: by.actor.kind, id: by.actor.id },
    action,
    targetId,
    details,
  };
}

export const listAuditEvents = (
  { auditLog }: Needs<"auditLog">,
  access: TenantAccess<"audit.read">,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<LoggedAuditEvent>> => auditLog.listAuditEvents(access.tenantId, filter, page);

/** What concerns the deployment and no single tenant. */
export const listDeploymentEvents = (
  { auditLog }: Needs<"auditLog">,
  _access: OperatorAccess,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<LoggedAuditEvent>> => auditLog.listAuditEvents(undefined, filter, page);
