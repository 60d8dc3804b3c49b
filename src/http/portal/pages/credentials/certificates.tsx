/** The inventory: searched while one types, counted, and exported as it is filtered. */
import {
  exportCertificates,
  type NamedCertificate,
  searchCertificates,
} from "../../../../administration/certificate-filter.ts";
import { certificateStatistics } from "../../../../administration/certificate-statistics.ts";
import { listConfigurations } from "../../../../administration/scep-configurations.ts";
import { exportResponse } from "../../../api/certificate-export.ts";
import { Subject } from "../../components/names.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { Time } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import type { TenantVisit } from "../../visit.ts";
import { CertificateFilterForm, filterOf } from "./certificate-filter.tsx";
import { CertificateState } from "./certificate-state.tsx";

export const certificatesPath = "/certificates";
const countedDays = 30;

export const certificatePages = [
  tenantPage("get", certificatesPath, ["certificate.read", "configuration.read"], (visit) =>
    list(visit),
  ),
  ...(["csv", "json"] as const).map((format) =>
    tenantPage("get", `${certificatesPath}.${format}`, ["certificate.read"], (visit) => {
      const pages = exportCertificates(visit.dependencies, visit.access, filterOf(visit));
      return exportResponse(pages, format, visit.dependencies.reportFault);
    }),
  ),
];

async function list(visit: TenantVisit<"certificate.read" | "configuration.read">): Promise<View> {
  const said = visit.texts.certificates;
  const { dependencies, access } = visit;
  const [page, { items: configurations }] = await Promise.all([
    searchCertificates(dependencies, access, filterOf(visit), visit.page()),
    listConfigurations(dependencies, access, { limit: 200 }),
  ]);
  const here = visit.href(certificatesPath);
  const { search } = new URL(visit.context.req.url);
  const now = dependencies.clock.now();
  return {
    title: said.title,
    actions: (
      <>
        <a class="button" href={`${here}.csv${search}`}>
          {said.csv}
        </a>
        <a class="button" href={`${here}.json${search}`}>
          {said.json}
        </a>
      </>
    ),
    content: (
      <>
        <p>{said.lead}</p>
        <Counts visit={visit} counts={await countsOf(visit)} now={now} />
        <CertificateFilterForm
          visit={visit}
          action={here}
          configurations={configurations.map(({ name }) => name)}
        />
        <div id="results">
          {page.items.length === 0 ? (
            <EmptyState
              title={said.empty}
              hint={page.nextCursor === undefined ? said.emptyHint : said.more}
            />
          ) : (
            <Table<NamedCertificate>
              label={said.title}
              items={page.items}
              columns={[
                {
                  label: said.subject,
                  cell: ({ serialNumberHex, subject }) => (
                    <>
                      <a href={`${here}/${serialNumberHex}`}>
                        <Subject subject={subject} />
                      </a>
                      <small>
                        <code>{serialNumberHex}</code>
                      </small>
                    </>
                  ),
                },
                {
                  label: said.state,
                  cell: (certificate) => <CertificateState certificate={certificate} now={now} />,
                },
                {
                  label: said.configuration,
                  cell: ({ configurationName }) => configurationName,
                },
                { label: said.from, cell: ({ notBefore }) => <Time at={notBefore} /> },
                { label: said.until, cell: ({ notAfter }) => <Time at={notAfter} /> },
              ]}
            />
          )}
          <Pagination visit={visit} page={page} />
        </div>
      </>
    ),
  };
}

type Counted = Readonly<Record<"issued" | "revoked" | "expiring", number>>;

async function countsOf(visit: TenantVisit<"certificate.read">): Promise<Counted> {
  const counts = await certificateStatistics(visit.dependencies, visit.access, countedDays);
  const sum = (wanted: keyof Counted) =>
    counts.filter(({ what }) => what === wanted).reduce((total, { count }) => total + count, 0);
  return { issued: sum("issued"), revoked: sum("revoked"), expiring: sum("expiring") };
}

const Counts = ({
  visit,
  counts,
  now,
}: {
  visit: TenantVisit<"certificate.read">;
  counts: Counted;
  now: Date;
}) => {
  const said = visit.texts.certificates;
  const day = (after: number) =>
    new Date(now.getTime() + after * 86_400_000).toISOString().slice(0, 10);
  const ending = `?state=valid&from=${day(0)}&until=${day(countedDays - 1)}`;
  const figure = (count: number, label: string, query: string) => (
    <div class="card">
      <div class="figure">{count}</div>
      <a href={visit.href(`${certificatesPath}${query}`)}>{label}</a>
    </div>
  );
  return (
    <div class="cards">
      {figure(counts.issued, said.issued(countedDays), "")}
      {figure(counts.revoked, said.revoked(countedDays), "?state=revoked")}
      {figure(counts.expiring, said.expiring(countedDays), ending)}
    </div>
  );
};
