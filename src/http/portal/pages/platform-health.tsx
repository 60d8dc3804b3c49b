/** The operators' page about the deployment: bindings, the clock, what waits, CAs with trouble, versions of MASTER_KEYS. */
import type { MasterKeyState } from "../../../administration/master-keys.ts";
import {
  type PlatformHealth,
  readPlatformHealth,
} from "../../../administration/platform-health.ts";
import type { Backlog, PlatformTrouble } from "../../../ports/platform-record.ts";
import { Table } from "../components/table.tsx";
import { Badge, Facts, Time } from "../components/values.tsx";
import { operatorPage } from "../route.ts";
import { type OperatorVisit, valueOf } from "../visit.ts";

export const platformHealthPages = [
  operatorPage("get", "/health", "deployment.read", async (visit) => {
    const { platform: said } = visit.texts;
    const health = valueOf(await readPlatformHealth(visit.dependencies, visit.access));
    return {
      title: said.title,
      content: (
        <>
          <p>{said.lead}</p>
          <Bindings visit={visit} health={health} />
          <Clock visit={visit} health={health} />
          <Backlogs visit={visit} health={health} />
          <Troubles visit={visit} health={health} />
          <MasterKeys visit={visit} health={health} />
        </>
      ),
    };
  }),
];

interface Part {
  readonly visit: OperatorVisit;
  readonly health: PlatformHealth;
}

const Bindings = ({ visit, health }: Part) => {
  const { platform: said } = visit.texts;
  return (
    <section>
      <h2>{said.bindings}</h2>
      <Table
        label={said.bindings}
        items={Object.entries(health.bindings)}
        columns={[
          {
            label: said.binding,
            cell: ([name]) =>
              Object.entries(said.names).find(([known]) => known === name)?.[1] ?? name,
          },
          {
            label: said.state,
            cell: ([, state]) => (
              <Badge tone={state === "ok" ? "good" : "bad"} label={said[state]} />
            ),
          },
        ]}
      />
    </section>
  );
};

const Clock = ({ visit, health: { upkeep, isUpkeepLate } }: Part) => {
  const { platform: said } = visit.texts;
  return (
    <section class="card">
      <h2>
        {said.clock}{" "}
        <Badge
          tone={isUpkeepLate ? "bad" : "good"}
          label={isUpkeepLate ? said.overdue : said.onTime}
        />
      </h2>
      <p class="quiet">{said.clockHint}</p>
      {isUpkeepLate && <p class="warning">{upkeep ? said.late : said.neverRan}</p>}
      {upkeep && (
        <Facts
          facts={[
            [said.lastRun, <Time at={upkeep.startedAt} />],
            [
              said.took,
              said.seconds((upkeep.endedAt.getTime() - upkeep.startedAt.getTime()) / 1000),
            ],
            [said.failedParts, upkeep.failedParts.join(", ") || said.none],
          ]}
        />
      )}
    </section>
  );
};

const Backlogs = ({ visit, health }: Part) => {
  const { platform: said } = visit.texts;
  return (
    <section>
      <h2>{said.backlog}</h2>
      <Table<Backlog>
        label={said.backlog}
        items={health.backlogs}
        columns={[
          { label: said.backlogKind, cell: ({ kind }) => said.kinds[kind] },
          { label: said.waiting, cell: ({ waiting }) => waiting },
          {
            label: said.oldest,
            cell: ({ oldestDueAt }) => (oldestDueAt ? <Time at={oldestDueAt} /> : said.none),
          },
          { label: said.failed, cell: ({ failed }) => failed },
        ]}
      />
    </section>
  );
};

const Troubles = ({ visit, health: { troubles } }: Part) => {
  const { platform: said, notices } = visit.texts;
  return (
    <section>
      <h2>{said.troubles}</h2>
      {troubles.length === 0 ? (
        <p class="quiet">{said.noTroubles}</p>
      ) : (
        <Table<PlatformTrouble>
          label={said.troubles}
          items={troubles}
          columns={[
            {
              label: said.authority,
              cell: ({ authorityName, certificateAuthorityId }) =>
                authorityName ?? certificateAuthorityId,
            },
            { label: said.tenant, cell: ({ tenantName }) => tenantName ?? said.shared },
            { label: said.at, cell: ({ at }) => <Time at={at} /> },
            { label: said.trouble, cell: ({ event }) => notices.events[event][0] },
            { label: said.remedy, cell: ({ event }) => notices.events[event][1] },
          ]}
        />
      )}
    </section>
  );
};

const MasterKeys = ({ visit, health: { masterKeys } }: Part) => {
  const { platform: said } = visit.texts;
  const { versions, authoritiesUnheard } = masterKeys;
  return (
    <section>
      <h2>{said.keys}</h2>
      <Table<MasterKeyState>
        label={said.keys}
        items={versions}
        columns={[
          { label: said.version, cell: ({ version }) => version },
          { label: said.state, cell: (state) => <KeyBadge visit={visit} state={state} /> },
          {
            label: said.uses,
            cell: ({ uses }) =>
              said.usesOf(Object.values(uses).reduce((sum, count) => sum + count, 0)),
          },
        ]}
      />
      {authoritiesUnheard > 0 && <p class="quiet">{said.unheard(authoritiesUnheard)}</p>}
    </section>
  );
};

const KeyBadge = ({ visit, state }: { visit: OperatorVisit; state: MasterKeyState }) => {
  const { platform: said } = visit.texts;
  if (!state.configured) return <Badge tone="bad" label={said.missing} />;
  if (state.current) return <Badge tone="good" label={said.current} />;
  return state.removable ? (
    <Badge tone="neutral" label={said.removable} />
  ) : (
    <Badge tone="warn" label={said.old} />
  );
};
