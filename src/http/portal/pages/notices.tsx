/** What the CAs had to tell, in words, with what to do. */
import { listNotices } from "../../../administration/notices.ts";
import { listCertificateAuthorities } from "../../../administration/certificate-authorities.ts";
import type { RecordedAuthorityEvent } from "../../../ports/authority-event-store.ts";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Time } from "../components/values.tsx";
import { tenantPage } from "../route.ts";
import type { TenantVisit } from "../visit.ts";

export const noticePages = [
  tenantPage("get", "/notices", ["certificate.read", "authority.read"], async (visit) => {
    const { notices: said } = visit.texts;
    const { dependencies, access } = visit;
    const [page, authorities] = await Promise.all([
      listNotices(dependencies, access, visit.page()),
      listCertificateAuthorities(dependencies, access, { limit: 100 }),
    ]);
    const names = new Map(authorities.items.map(({ id, name }) => [id, name]));
    return {
      title: said.title,
      content: (
        <>
          <p>{said.lead}</p>
          {page.items.length === 0 ? (
            <EmptyState title={said.empty} hint={said.emptyHint} />
          ) : (
            <Table
              label={said.title}
              items={page.items}
              columns={[
                { label: said.at, cell: ({ at }) => <Time at={at} /> },
                { label: said.what, cell: ({ event }) => said.events[event][0] },
                { label: said.about, cell: (notice) => about(visit, notice) },
                {
                  label: said.authority,
                  cell: ({ certificateAuthorityId: id }) => (
                    <a href={visit.href(`/certificate-authorities/${id}`)}>{names.get(id) ?? id}</a>
                  ),
                },
                { label: said.remedy, cell: ({ event }) => said.events[event][1] },
              ]}
            />
          )}
          <Pagination visit={visit} page={page} />
        </>
      ),
    };
  }),
];

const certificates = new Set([
  "certificate-revoked",
  "certificate-released",
  "certificate-undelivered",
]);

function about(visit: TenantVisit<never>, { event, subject, details }: RecordedAuthorityEvent) {
  const named = details["subject"];
  const text = typeof named === "string" && named !== "" ? named : subject;
  if (event === "enrolment-request-waiting") return <a href={visit.href("/approvals")}>{text}</a>;
  if (certificates.has(event)) return <a href={visit.href(`/certificates/${subject}`)}>{text}</a>;
  const ends = details["notAfter"];
  return typeof ends === "string" ? <Time at={new Date(ends)} /> : "";
}
