/** Multi-use tokens: what each is bound to, how often it was used, and its end. */
import {
  countUses,
  findToken,
  listTokens,
  type NamedToken,
  revokeToken,
} from "../../../../administration/tokens.ts";
import { formatDistinguishedName } from "../../../../pki/distinguished-name.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { AlternativeNames, Subject } from "../../components/names.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { Badge, Facts, Time } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import { texts } from "../../texts/texts.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { exampleName, ScopeExamples } from "./subject-examples.tsx";

const path = "/tokens";

type TokenVisit = TenantVisit<"token.read">;

export const tokenPages = [
  tenantPage("get", path, ["token.read"], (visit) => list(visit)),
  tenantPage("get", `${path}/:id`, ["token.read"], (visit) => detail(visit)),
  tenantPage("post", `${path}/:id/revoke`, ["token.revoke"], async (visit) => {
    const id = visit.parameter("id");
    valueOf(await revokeToken(visit.dependencies, visit.access, id));
    return visit.redirect(visit.href(path), "token-revoked");
  }),
];

const tones = {
  active: "good",
  unopened: "warn",
  "used-up": "neutral",
  expired: "neutral",
  revoked: "bad",
} as const;

function stateOf(
  { revokedAt, expiresAt, maxUses, redeemed }: NamedToken,
  uses: number,
  now: Date,
): keyof typeof tones {
  if (revokedAt !== undefined) return "revoked";
  if (expiresAt <= now) return "expired";
  if (maxUses !== undefined && uses >= maxUses) return "used-up";
  return redeemed ? "active" : "unopened";
}

const TokenState = ({ token, uses, now }: { token: NamedToken; uses: number; now: Date }) => {
  const state = stateOf(token, uses, now);
  return <Badge tone={tones[state]} label={texts.tokens.states[state]} />;
};

const RevokeToken = ({ visit, token }: { visit: TokenVisit; token: NamedToken }) => {
  const said = texts.tokens;
  if (!visit.may("token.revoke") || token.revokedAt !== undefined) return null;
  return (
    <ConfirmButton
      id={token.id}
      action={visit.href(`${path}/${token.id}/revoke`)}
      label={said.revoke}
      accessibleLabel={said.revokeOf(formatDistinguishedName(token.subject))}
      title={said.revokeTitle}
      text={said.revokeText}
    />
  );
};

async function list(visit: TokenVisit): Promise<View> {
  const { tokens: said, common } = visit.texts;
  const { dependencies, access } = visit;
  const page = await listTokens(dependencies, access, { ...visit.page(), newestFirst: true });
  const counted = await countUses(dependencies, access, page.items);
  const usesOf = ({ id }: NamedToken) => counted.get(id) ?? 0;
  const now = dependencies.clock.now();
  return {
    title: said.title,
    content: (
      <>
        <p>{said.lead}</p>
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <Table<NamedToken>
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
              {
                label: said.state,
                cell: (token) => <TokenState token={token} uses={usesOf(token)} now={now} />,
              },
              { label: said.uses, cell: (token) => said.usesOf(usesOf(token), token.maxUses) },
              {
                label: said.configuration,
                cell: ({ configurationName }) => configurationName,
              },
              { label: said.endsAt, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
              {
                label: common.actions,
                actions: true,
                cell: (token) => <RevokeToken visit={visit} token={token} />,
              },
            ]}
          />
        )}
        <Pagination visit={visit} page={page} />
      </>
    ),
  };
}

async function detail(visit: TokenVisit): Promise<View> {
  const { tokens: said, tokenRequests } = visit.texts;
  const { dependencies, access } = visit;
  const token = valueOf(await findToken(dependencies, access, visit.parameter("id")));
  const { subject, subjectAltNames, uses, maxUses, revokedAt } = token;
  return {
    title: said.detailTitle,
    trail: [{ label: said.title, href: visit.href(path) }],
    actions: <RevokeToken visit={visit} token={token} />,
    content: (
      <>
        <section class="card">
          <Facts
            facts={[
              [said.state, <TokenState token={token} uses={uses} now={dependencies.clock.now()} />],
              [said.subject, <Subject subject={formatDistinguishedName(subject)} />],
              [tokenRequests.names, <AlternativeNames names={subjectAltNames} />],
              [said.uses, said.usesOf(uses, maxUses)],
              [said.configuration, token.configurationName],
              [said.madeAt, <Time at={token.createdAt} />],
              [said.endsAt, <Time at={token.expiresAt} />],
              ...(revokedAt === undefined
                ? []
                : [[said.revokedAt, <Time at={revokedAt} />] as const]),
            ]}
          />
          <p>
            <a href={visit.href(`/certificates?token=${token.id}`)}>{said.certificates}</a>
          </p>
        </section>
        <ScopeExamples
          subject={subject}
          names={subjectAltNames.map(({ value }) => exampleName(value))}
        />
      </>
    ),
  };
}
