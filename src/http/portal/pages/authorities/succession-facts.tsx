/** How far a succession has come: who follows whom, what has to be deployed, and who has not noticed yet. */
import {
  adviceOf,
  type SuccessionOfConfiguration,
  type SuccessionReport,
} from "../../../../administration/succession-report.ts";
import { publicationPaths } from "../../../../ca/publication-addresses.ts";
import { toHex } from "../../../../pki/bytes.ts";
import { sha256 } from "../../../../pki/digest.ts";
import type {
  CertificateFetches,
  FetchOperation,
} from "../../../../ports/authority-succession-store.ts";
import type { CertificateAuthorityEntry } from "../../../../ports/certificate-authority-directory.ts";
import { Table } from "../../components/table.tsx";
import { Badge, Facts, Time } from "../../components/values.tsx";
import type { TenantVisit } from "../../visit.ts";
import { authoritiesPath } from "./authorities.tsx";

interface Shown {
  readonly visit: TenantVisit<"authority.read">;
  readonly report: SuccessionReport;
}

const tones = {
  creating: "warn",
  "awaiting-certificate": "warn",
  ready: "neutral",
  staged: "good",
  promoting: "warn",
  promoted: "good",
  withdrawn: "neutral",
} as const;

export const SuccessionFacts = ({ visit, report }: Shown) => {
  const said = visit.texts.succession;
  const { predecessor, successor, state } = report;
  const link = ({ id, name }: CertificateAuthorityEntry) => (
    <a href={visit.href(`${authoritiesPath}/${id}`)}>{name}</a>
  );
  return (
    <>
      <section class="card">
        <Facts
          facts={[
            [said.name, link(successor)],
            [said.predecessor, link(predecessor)],
            [said.state, <Badge tone={tones[state]} label={said.states[state]} />],
            ...(successor.stagedAt
              ? [[said.stagedAt, <Time at={successor.stagedAt} />] as const]
              : []),
            successor.promotedAt
              ? [said.promotedAt, <Time at={successor.promotedAt} />]
              : [
                  said.planned,
                  successor.promoteAt ? <Time at={successor.promoteAt} /> : said.byHand,
                ],
          ]}
        />
      </section>
      {successor.promotedAt === undefined && <Before visit={visit} report={report} />}
      <Configurations visit={visit} report={report} />
    </>
  );
};

const Before = async ({ visit, report }: Shown) => {
  const said = visit.texts.succession;
  const { successor, deployFirst } = report;
  return (
    <section class="card">
      <h2>{deployFirst ? said.rootTitle : said.adviceTitle}</h2>
      <p>{adviceOf(report)}</p>
      {successor.state === "awaiting-certificate" && (
        <p>
          {said.installLead}{" "}
          <a href={visit.href(`${authoritiesPath}/${successor.id}`)}>{said.installLink}</a>.
        </p>
      )}
      {deployFirst && (
        <>
          <Facts facts={[[said.rootPrint, <code>{toHex(await sha256(deployFirst))}</code>]]} />
          <p>
            <a class="button primary" href={publicationPaths(successor.id).page}>
              {said.rootFile}
            </a>
          </p>
        </>
      )}
    </section>
  );
};

const Configurations = ({ visit, report }: Shown) => {
  const said = visit.texts.succession;
  const { configurations, otherConfigurations } = report;
  return (
    <section class="card">
      <h2>{said.configurations}</h2>
      {configurations.length === 0 ? (
        <p>{said.noConfigurations}</p>
      ) : (
        <>
          <Table<SuccessionOfConfiguration>
            label={said.configurations}
            items={configurations}
            columns={[
              {
                label: said.configuration,
                cell: ({ name }) => <a href={visit.href(`/scep-configurations/${name}`)}>{name}</a>,
              },
              {
                label: said.moved,
                cell: ({ moved }) => (moved ? said.movedYes : said.movedNo),
              },
              {
                label: said.agent,
                cell: ({ agentReady }) => (agentReady ? said.agentReady : said.agentWaits),
              },
              {
                label: said.nextAsked,
                cell: ({ fetches }) => <Fetched {...{ visit, fetches, of: "GetNextCACert" }} />,
              },
              {
                label: said.caAsked,
                cell: ({ fetches }) => <Fetched {...{ visit, fetches, of: "GetCACert" }} />,
              },
              { label: said.certificatesBefore, cell: (one) => one.certificatesOfPredecessor },
              { label: said.certificatesAfter, cell: (one) => one.certificatesOfSuccessor },
            ]}
          />
          <p class="quiet">{said.fetchHint}</p>
        </>
      )}
      {otherConfigurations > 0 && <p>{said.others(otherConfigurations)}</p>}
    </section>
  );
};

const Fetched = ({
  visit,
  fetches,
  of,
}: {
  visit: Shown["visit"];
  fetches: readonly CertificateFetches[];
  of: FetchOperation;
}) => {
  const said = visit.texts.succession;
  const found = fetches.find(({ operation }) => operation === of);
  return found ? (
    <>
      {said.asked(found.count)} <Time at={found.lastAt} />
    </>
  ) : (
    <>{said.never}</>
  );
};
