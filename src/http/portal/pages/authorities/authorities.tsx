/** The tenant's certificate authorities and the shared ones, as the tree that they are. */
import { listCertificateAuthorities } from "../../../../administration/certificate-authorities.ts";
import type { CertificateAuthorityEntry } from "../../../../ports/certificate-authority-directory.ts";
import { ButtonTo } from "../../components/navigation.tsx";
import { EmptyState, Table } from "../../components/table.tsx";
import { Badge, Time } from "../../components/values.tsx";
import { everyItem } from "../../every-item.ts";
import { tenantPage } from "../../route.ts";
import type { TenantVisit, Visit } from "../../visit.ts";

export const authoritiesPath = "/certificate-authorities";

interface Branch {
  readonly entry: CertificateAuthorityEntry;
  readonly depth: number;
}

/** Each CA before those below it; one whose issuer is not in the list stands at the left. */
function treeOf(entries: readonly CertificateAuthorityEntry[]): readonly Branch[] {
  const known = new Set(entries.map(({ id }) => id));
  const below = (parentId: string | undefined, depth: number): Branch[] =>
    entries
      .filter((entry) =>
        parentId === undefined
          ? entry.parentId === undefined || !known.has(entry.parentId)
          : entry.parentId === parentId,
      )
      .flatMap((entry) => [{ entry, depth }, ...below(entry.id, depth + 1)]);
  return below(undefined, 0);
}

const tones = {
  creating: "warn",
  "awaiting-certificate": "warn",
  ready: "good",
  succeeded: "neutral",
  retired: "neutral",
  revoked: "bad",
} as const;

/** A shared one is an operator's. */
export const mayChange = (
  visit: TenantVisit<"authority.read">,
  { tenantId }: CertificateAuthorityEntry,
): boolean =>
  visit.may("authority.manage") && (tenantId !== undefined || visit.actor.rank === "operator");

export const AuthorityState = ({
  visit,
  entry: { state },
}: {
  visit: Visit;
  entry: CertificateAuthorityEntry;
}) => <Badge tone={tones[state]} label={visit.texts.certificateAuthorities.states[state]} />;

export const authoritiesPages = [
  tenantPage("get", authoritiesPath, ["authority.read"], async (visit) => {
    const said = visit.texts.certificateAuthorities;
    const { dependencies, access } = visit;
    const entries = await everyItem((page) =>
      listCertificateAuthorities(dependencies, access, page),
    );
    return {
      title: said.title,
      actions: visit.may("authority.manage") && (
        <>
          <ButtonTo href={visit.href(`${authoritiesPath}/_import`)} label={said.import} />
          <ButtonTo href={visit.href(`${authoritiesPath}/_new`)} label={said.add} tone="add" />
        </>
      ),
      content:
        entries.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <>
            <p>{said.lead}</p>
            <Table<Branch>
              label={said.title}
              items={treeOf(entries)}
              columns={[
                {
                  label: said.name,
                  cell: ({ entry, depth }) => (
                    <span class={`depth-${Math.min(depth, 4)}`}>
                      {depth > 0 && <span aria-hidden="true">└ </span>}
                      <a href={visit.href(`${authoritiesPath}/${entry.id}`)}>{entry.name}</a>
                      {entry.tenantId === undefined && <small>{` (${said.shared})`}</small>}
                    </span>
                  ),
                },
                {
                  label: said.state,
                  cell: ({ entry }) => <AuthorityState {...{ visit, entry }} />,
                },
                { label: said.subject, cell: ({ entry }) => entry.subject },
                { label: said.key, cell: ({ entry }) => entry.keyAlgorithm },
                {
                  label: said.expires,
                  cell: ({ entry: { certificate } }) =>
                    certificate && <Time at={certificate.notAfter} />,
                },
              ]}
            />
          </>
        ),
    };
  }),
];
