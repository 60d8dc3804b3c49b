/** "Approvals": people's requests for tokens and devices' requests for certificates, with all that a decision is about. */
import {
  decideEnrolmentRequest,
  listEnrolmentRequests,
  type NamedEnrolmentRequest,
} from "../../../../administration/enrolment-requests.ts";
import type { Outcome } from "../../../../administration/refusal.ts";
import {
  approveTokenRequest,
  listTokenRequests,
  rejectTokenRequest,
} from "../../../../administration/token-requests.ts";
import { keyUsageNamesOf } from "../../../../pki/key-usage.ts";
import { extendedKeyUsageNames } from "../../../api/extended-key-usages.ts";
import { actorTexts } from "../../actor-text.ts";
import { AlternativeNames, ForeignName, Subject } from "../../components/names.tsx";
import { EmptyState, Pagination } from "../../components/table.tsx";
import { Facts, Time } from "../../components/values.tsx";
import type { Fields } from "../../fields.ts";
import { type Reply, tenantPage, type View } from "../../route.ts";
import { texts } from "../../texts/texts.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { Decision, longestReason, TokenRequestDecision } from "./decisions.tsx";
import { factsOf, RequestScope } from "./token-requests.tsx";
import { transactionSearch } from "./transactions.tsx";

const path = "/approvals";
const reading = ["token-request.read", "enrolment-request.read"] as const;

type ApprovalVisit = TenantVisit<(typeof reading)[number]>;

export const approvalPages = [
  tenantPage("get", path, [...reading], (visit) => approvals(visit)),
  tenantPage(
    "post",
    `${path}/token-requests/:id/approve`,
    [...reading, "token-request.approve"],
    async (visit) => {
      const id = visit.parameter("id");
      return decided(visit, await approveTokenRequest(visit.dependencies, visit.access, id), true);
    },
  ),
  tenantPage(
    "post",
    `${path}/token-requests/:id/reject`,
    [...reading, "token-request.approve"],
    async (visit) => {
      const reason = reasonOf(await visit.fields());
      const id = visit.parameter("id");
      const rejected = await rejectTokenRequest(visit.dependencies, visit.access, id, reason);
      return decided(visit, rejected, false);
    },
  ),
  ...([true, false] as const).map((approved) =>
    tenantPage(
      "post",
      `${path}/enrolment-requests/:id/${approved ? "approve" : "reject"}`,
      [...reading, "enrolment-request.decide"],
      async (visit) => {
        const reason = reasonOf(await visit.fields()) ?? "";
        const id = visit.parameter("id");
        const decision = { approved, reason };
        const done = await decideEnrolmentRequest(visit.dependencies, visit.access, id, decision);
        return decided(visit, done, approved);
      },
    ),
  ),
];

/** Invisible characters would make the audit log lie. */
const reasonOf = (fields: Fields): string | undefined =>
  fields
    .text("reason")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "")
    .slice(0, longestReason) || undefined;

/** Of two people who decide at once, the slower one is told so, and sees what still waits. */
function decided(
  visit: ApprovalVisit,
  outcome: Outcome<unknown>,
  approved: boolean,
): Reply | Promise<Reply> {
  if (!outcome.ok && outcome.error.reason === "conflict")
    return approvals(visit, outcome.error.detail);
  valueOf(outcome);
  return visit.redirect(visit.href(path), approved ? "request-approved" : "request-rejected");
}

async function approvals(visit: ApprovalVisit, conflict?: string): Promise<View> {
  const said = visit.texts.approvals;
  const { dependencies, access } = visit;
  const [requests, devices] = await Promise.all([
    listTokenRequests(dependencies, access, { status: "pending" }, ofPart(visit, "people")),
    listEnrolmentRequests(dependencies, access, "pending", ofPart(visit, "devices")),
  ]);
  const actorText = await actorTexts(
    visit,
    requests.items.map(({ requestedBy }) => requestedBy),
  );
  return {
    title: said.title,
    status: conflict === undefined ? 200 : 409,
    content: (
      <>
        {conflict !== undefined && (
          <div class="problem" role="alert">
            <p>{conflict}</p>
            <p>{said.elsewhere}</p>
          </div>
        )}
        <p>{said.lead}</p>
        <h2>{said.tokenRequests}</h2>
        {requests.items.length === 0 && (
          <EmptyState title={said.noTokenRequests} hint={said.noTokenRequestsHint} />
        )}
        {requests.items.map((request) => (
          <section class="card">
            <Facts facts={factsOf(request, actorText)} />
            <RequestScope request={request} />
            <TokenRequestDecision visit={visit} request={request} />
          </section>
        ))}
        {conflict === undefined && <Pagination visit={visit} page={requests} cursor="people" />}
        <h2>{said.enrolmentRequests}</h2>
        {devices.items.length === 0 && (
          <EmptyState title={said.noEnrolmentRequests} hint={said.noEnrolmentRequestsHint} />
        )}
        {devices.items.map((request) => (
          <EnrolmentRequest visit={visit} request={request} />
        ))}
        {conflict === undefined && <Pagination visit={visit} page={devices} cursor="devices" />}
      </>
    ),
  };
}

/** Two lists on one page: each has a cursor of its own. */
const ofPart = (visit: ApprovalVisit, name: string) => ({
  cursor: visit.query(name),
  limit: 20,
});

const EnrolmentRequest = ({
  visit,
  request,
}: {
  visit: ApprovalVisit;
  request: NamedEnrolmentRequest;
}) => {
  const { approvals: said, tokenRequests } = texts;
  const usages = request.extendedKeyUsage.map((oid) => extendedKeyUsageNames.get(oid) ?? oid);
  return (
    <section class="card">
      <Facts
        facts={[
          [tokenRequests.subject, <Subject subject={request.subject} />],
          [tokenRequests.names, <AlternativeNames names={request.subjectAltNames} />],
          [tokenRequests.configuration, request.configurationName],
          [said.key, <code>{request.requesterKeyDigestHex}</code>],
          [said.keyUsage, keyUsageNamesOf(request.keyUsage).join(", ") || texts.common.none],
          [said.extendedKeyUsage, usages.join(", ") || texts.common.none],
          [said.validity, said.days((request.validitySeconds / 86_400).toFixed(0))],
          [
            said.token,
            request.tokenId === undefined ? (
              said.noToken
            ) : (
              <a href={visit.href(`/tokens/${request.tokenId}`)}>{request.tokenId}</a>
            ),
          ],
          [
            said.transaction,
            <a href={visit.href(transactionSearch(request.transactionID))}>
              <ForeignName name={request.transactionID} />
            </a>,
          ],
          [tokenRequests.requestedAt, <Time at={request.requestedAt} />],
          [said.waitsUntil, <Time at={request.expiresAt} />],
        ]}
      />
      {visit.may("enrolment-request.decide") && (
        <Decision
          id={request.id}
          base={visit.href(`${path}/enrolment-requests/${request.id}`)}
          what={request.subject}
          approval={said.approveDeviceText}
          rejection={said.rejectDeviceText}
        />
      )}
    </section>
  );
};
