/** Requests of devices that wait for a person. They and their decisions live in the CAs' objects. */
import type { EnrolmentRequestRecord } from "../ports/enrolment-requests.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { actorName } from "./actor.ts";
import { auditEvent } from "./audit-events.ts";
import type { WithConfigurationName } from "./configuration-names.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import {
  type InventoryNeeds,
  type IssuingAuthority,
  issuingAuthorities,
  ownRecord,
  searchIssuingAuthorities,
} from "./issuing-authorities.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

export type NamedEnrolmentRequest = WithConfigurationName<EnrolmentRequestRecord>;

export interface Decision {
  readonly approved: boolean;
  /** For the operator and the log; the device is not told. */
  readonly reason: string;
}

/** Newest first within each CA. */
export const listEnrolmentRequests = (
  dependencies: InventoryNeeds,
  access: TenantAccess<"enrolment-request.read">,
  status: EnrolmentRequestRecord["status"] | undefined,
  page: PageRequest,
): Promise<Page<NamedEnrolmentRequest>> =>
  searchIssuingAuthorities(dependencies, access, page, (authority, search) =>
    authority.searchEnrolmentRequests({ ...search, ...definedFields({ status }) }),
  );

export async function findEnrolmentRequest(
  dependencies: InventoryNeeds,
  access: TenantAccess<"enrolment-request.read">,
  id: string,
): Promise<Outcome<NamedEnrolmentRequest>> {
  const located = await locate(dependencies, access, id);
  return located ? ok(located.request) : notFound("enrolment request");
}

/**
 * The audit event goes first: a decision without one would be worse than an event whose decision came too late, which
 * a second event then says. The object is the one that decides between two people.
 */
export async function decideEnrolmentRequest(
  dependencies: InventoryNeeds & Needs<"auditLog" | "clock">,
  access: TenantAccess<"enrolment-request.decide">,
  id: string,
  { approved, reason }: Decision,
): Promise<Outcome<NamedEnrolmentRequest>> {
  const { auditLog, clock } = dependencies;
  const located = await locate(dependencies, access, id);
  if (!located) return notFound("enrolment request");
  const { authority, request } = located;
  if (request.status !== "pending") return alreadyDecided(request.status);

  const action = approved ? "enrolment-request.approved" : "enrolment-request.rejected";
  const { transactionID, subject, subjectAltNames, configurationName: configuration } = request;
  const details = { configuration, transactionID, subject, subjectAltNames, reason };
  const event = auditEvent(access, clock.now(), action, id, details);
  await auditLog.recordAuditEvent(event);
  const decided = await authority.client.decideEnrolmentRequest({
    id,
    configurationIds: [...authority.configurations.keys()],
    approved,
    by: actorName(access.actor),
    reason,
  });
  if (decided.ok) return ok({ ...decided.value, configurationName: configuration });

  await auditLog.recordAuditEvent(
    auditEvent(access, clock.now(), "enrolment-request.decision-refused", id, {
      decision: event.id,
      ...decided.error,
    }),
  );
  return decided.error.reason === "already_decided"
    ? alreadyDecided(decided.error.status)
    : notFound("enrolment request");
}

const alreadyDecided = (status: EnrolmentRequestRecord["status"]) =>
  conflict(`This request waits no longer: it is ${status}.`);

interface Located {
  readonly authority: IssuingAuthority;
  readonly request: NamedEnrolmentRequest;
}

async function locate(
  dependencies: InventoryNeeds,
  access: TenantAccess,
  id: string,
): Promise<Located | undefined> {
  for (const authority of await issuingAuthorities(dependencies, access)) {
    const { items } = await authority.client.searchEnrolmentRequests({
      id,
      configurationIds: [...authority.configurations.keys()],
      limit: 1,
    });
    const [request] = items.flatMap((record) => ownRecord(authority, record));
    if (request) return { authority, request };
  }
  return undefined;
}
