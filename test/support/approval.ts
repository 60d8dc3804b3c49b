/** Requests that wait for a person: what a device sends meanwhile, and what the person does, through the API. */
import type { Tenant } from "./deployment.ts";
import * as scep from "./scep-client/index.ts";

export interface EnrolmentRequestItem {
  readonly id: string;
  readonly transactionID: string;
  readonly subject: string;
  readonly status: string;
  readonly configuration: string;
  readonly decidedBy?: string;
  readonly decisionReason?: string;
  readonly serialNumber?: string;
}

/** Of one transactionID, newest first. */
export async function enrolmentRequests(
  tenant: Tenant,
  transactionID: string,
): Promise<EnrolmentRequestItem[]> {
  const { items } = await tenant.api.get<{ items: EnrolmentRequestItem[] }>(
    tenant.path("enrolment-requests?limit=100"),
  );
  return items.filter((item) => item.transactionID === transactionID);
}

export async function waitingRequest(
  tenant: Tenant,
  transactionID: string,
): Promise<EnrolmentRequestItem> {
  const found = await enrolmentRequests(tenant, transactionID);
  const [waiting, ...more] = found.filter(({ status }) => status === "pending");
  if (!waiting || more.length > 0)
    throw new Error(`${found.length} requests, none or several wait`);
  return waiting;
}

/** Approves or rejects what waits under a transactionID. */
export async function decide(
  tenant: Tenant,
  transactionID: string,
  verb: "approve" | "reject",
  reason?: string,
): Promise<EnrolmentRequestItem> {
  const { id } = await waitingRequest(tenant, transactionID);
  return await tenant.api.post<EnrolmentRequestItem>(
    tenant.path(`enrolment-requests/${id}/${verb}`),
    reason === undefined ? {} : { reason },
  );
}

type Plan = Omit<scep.PkiMessagePlan, "recipient">;

/** A CertPoll with a new senderNonce (RFC 8894, section 3.3.3), for what an earlier plan asked for. */
export function certPoll(plan: Plan, issuer: scep.Bytes, subject: scep.Bytes): Plan {
  const { senderNonce: _, ...asked } = plan;
  return {
    ...asked,
    messageType: scep.messageTypes.CertPoll,
    payload: scep.sequence(issuer, subject),
  };
}
