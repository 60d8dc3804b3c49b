/** Requests for SCEP tokens: one's own first, and each with what happens next. */
import type { Child } from "hono/jsx";
import { actorName } from "../../../../administration/actor.ts";
import { challengeShownAt, replaceTokenLink } from "../../../../administration/replaced-links.ts";
import {
  findTokenRequest,
  listTokenRequests,
  type NamedTokenRequest,
} from "../../../../administration/token-requests.ts";
import { formatDistinguishedName } from "../../../../pki/distinguished-name.ts";
import { isLocalDevelopment } from "../../../deployment.ts";
import { type ActorText, actorTexts } from "../../actor-text.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { AlternativeNames, ForeignName, Subject } from "../../components/names.tsx";
import { Tabs } from "../../components/navigation.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { Badge, Facts, Time } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import { texts } from "../../texts/texts.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { TokenRequestDecision } from "./decisions.tsx";
import { exampleName, ScopeExamples } from "./subject-examples.tsx";

const path = "/token-requests";

export const tokenRequestPages = [
  tenantPage("get", path, ["token-request.read"], (visit) => list(visit)),
  tenantPage("get", `${path}/:id`, ["token-request.read"], (visit) => detail(visit)),
  tenantPage("post", `${path}/:id/link`, ["token-request.approve"], async (visit) => {
    const id = visit.parameter("id");
    valueOf(await replaceTokenLink(visit.dependencies, visit.access, id));
    return visit.redirect(visit.href(`${path}/${id}`), "token-link-replaced");
  }),
];

type ListVisit = TenantVisit<"token-request.read">;

async function list(visit: ListVisit): Promise<View> {
  const said = visit.texts.tokenRequests;
  const all = visit.query("of") === "all";
  const requestedBy = all ? undefined : actorName(visit.actor);
  const page = await listTokenRequests(
    visit.dependencies,
    visit.access,
    { requestedBy },
    { ...visit.page(), newestFirst: true },
  );
  const request = visit.may("token-request.create") && (
    <a class="button add" href={visit.href("/request-scep-certificate")}>
      {said.request}
    </a>
  );
  const here = visit.href(path);
  return {
    title: said.title,
    actions: request,
    content: (
      <>
        <p>{said.lead}</p>
        <Tabs
          label={said.whose}
          tabs={[
            { href: here, label: said.mine },
            { href: `${here}?of=all`, label: said.all },
          ]}
          current={all ? `${here}?of=all` : here}
        />
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} action={request} />
        ) : (
          <Table<NamedTokenRequest>
            label={said.title}
            items={page.items}
            columns={[
              {
                label: said.subject,
                cell: ({ id, subject }) => (
                  <a href={visit.href(`${path}/${id}`)}>
                    <Subject subject={formatDistinguishedName(subject)} />
                  </a>
                ),
              },
              { label: said.status, cell: ({ status }) => <RequestState status={status} /> },
              {
                label: said.configuration,
                cell: ({ configurationName }) => configurationName,
              },
              {
                label: said.contact,
                cell: ({ contactEmail }) => <ForeignName name={contactEmail} />,
              },
              { label: said.requestedAt, cell: ({ createdAt }) => <Time at={createdAt} /> },
            ]}
          />
        )}
        <Pagination visit={visit} page={page} />
      </>
    ),
  };
}

const tones = { pending: "warn", approved: "good", rejected: "bad" } as const;
const RequestState = ({ status }: Pick<NamedTokenRequest, "status">) => (
  <Badge tone={tones[status]} label={texts.tokenRequests.states[status]} />
);

/** All that a decision is about. */
export function factsOf(
  request: NamedTokenRequest,
  actorText: ActorText,
): (readonly [string, Child])[] {
  const said = texts.tokenRequests;
  const { subject, subjectAltNames, maxUses, requestedBy } = request;
  return [
    [said.subject, <Subject subject={formatDistinguishedName(subject)} />],
    [said.names, <AlternativeNames names={subjectAltNames} />],
    [said.configuration, request.configurationName],
    [said.contact, <ForeignName name={request.contactEmail} />],
    [said.uses, maxUses ?? said.unlimited],
    [said.endsAt, <Time at={request.expiresAt} />],
    [
      said.requestedBy,
      requestedBy === undefined ? "" : <ForeignName name={actorText(requestedBy)} />,
    ],
    [said.requestedAt, <Time at={request.createdAt} />],
  ];
}

export const RequestScope = ({ request }: { request: NamedTokenRequest }) => (
  <ScopeExamples
    subject={request.subject}
    names={request.subjectAltNames.map(({ value }) => exampleName(value))}
  />
);

/** Of an approved request, while nobody has opened it. */
const LinkToChallenge = ({
  visit,
  request: { id },
}: {
  visit: ListVisit;
  request: NamedTokenRequest;
}) => {
  const said = visit.texts.tokenRequests;
  const { environment } = visit.dependencies;
  return (
    <>
      {isLocalDevelopment(new URL(visit.context.req.url), environment) && (
        <p>
          {said.mailbox} <a href="/mailbox">{said.mailboxLink}</a>
        </p>
      )}
      {visit.may("token-request.approve") ? (
        <ConfirmButton
          id="new-link"
          action={visit.href(`${path}/${id}/link`)}
          label={said.newLink}
          title={said.newLinkTitle}
          text={said.newLinkText}
        />
      ) : (
        <p class="quiet">{said.newLinkAsk}</p>
      )}
    </>
  );
};

async function detail(visit: ListVisit): Promise<View> {
  const said = visit.texts.tokenRequests;
  const id = visit.parameter("id");
  const request = valueOf(await findTokenRequest(visit.dependencies, visit.access, id));
  const shownAt = await challengeShownAt(visit.dependencies, visit.access, request);
  const { status, decidedBy, decisionReason, tokenId } = request;
  const actorText = await actorTexts(visit, [request.requestedBy, decidedBy]);
  const facts: (readonly [string, Child])[] = [
    [said.status, <RequestState status={status} />],
    ...factsOf(request, actorText),
  ];
  if (decidedBy !== undefined)
    facts.push([said.decidedBy, <ForeignName name={actorText(decidedBy)} />]);
  if (decisionReason !== undefined)
    facts.push([said.reason, <ForeignName name={decisionReason} />]);
  if (tokenId !== undefined && visit.may("token.read"))
    facts.push([said.token, <a href={visit.href(`/tokens/${tokenId}`)}>{tokenId}</a>]);
  return {
    title: said.detailTitle,
    trail: [{ label: said.title, href: visit.href(path) }],
    content: (
      <>
        <section class="card">
          {shownAt === undefined ? (
            <p>{said.next[status]}</p>
          ) : (
            <p>
              <strong>{said.challengeShown}</strong> <Time at={shownAt} />.{" "}
              {said.challengeShownNext}
            </p>
          )}
          {status === "approved" && shownAt === undefined && (
            <LinkToChallenge visit={visit} request={request} />
          )}
          {status === "pending" && <TokenRequestDecision visit={visit} request={request} />}
        </section>
        <section class="card">
          <Facts facts={facts} />
        </section>
        {status !== "rejected" && <RequestScope request={request} />}
      </>
    ),
  };
}
