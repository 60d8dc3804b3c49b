/** What people did: the events that go with each action, and the list of them. */
import type { AuditEvent, AuditFilter } from "../ports/audit-log.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { OperatorAccess, TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";

/** @param details never a secret */
export function auditEvent(
  access: TenantAccess | OperatorAccess,
  at: Date,
  action: string,
  targetId: string,
  details: Readonly<Record<string, unknown>>,
): AuditEvent {
  return {
    id: createId(at),
    ...("tenantId" in access ? { tenantId: access.tenantId } : {}),
    at,
    actor: { kind: access.actor.kind, id: access.actor.id },
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
): Promise<Page<AuditEvent>> => auditLog.listAuditEvents(access.tenantId, filter, page);

/** What concerns the deployment and no single tenant. */
export const listDeploymentEvents = (
  { auditLog }: Needs<"auditLog">,
  _access: OperatorAccess,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEvent>> => auditLog.listAuditEvents(undefined, filter, page);
