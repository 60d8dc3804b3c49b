/** The dashboard's charts and tables. */
import type {
  ConnectionHealth,
  Ending,
  ExplainedRefusals,
} from "../../../../administration/dashboard.ts";
import { BarChart } from "../../components/figures.tsx";
import { Table } from "../../components/table.tsx";
import { Badge, Time } from "../../components/values.tsx";
import type { TenantVisit } from "../../visit.ts";
import { connectionsPath } from "../configuration/shared.tsx";
import { daysLeft, endingPath, isFailing, warningDays } from "./tasks.tsx";

interface Day {
  readonly day: Date;
  readonly count: number;
}

const monthAndDay = (day: Date): string => day.toISOString().slice(5, 10);

export const DailyChart = ({
  visit,
  title,
  empty,
  days,
}: {
  visit: TenantVisit<never>;
  title: string;
  empty: string;
  days: readonly Day[];
}) => {
  const { dashboard: said } = visit.texts;
  const busy = days.filter(({ count }) => count > 0);
  return (
    <section class="card">
      <h2>{title}</h2>
      {busy.length === 0 ? (
        <p class="quiet">{empty}</p>
      ) : (
        <>
          <BarChart
            label={title}
            names={{ value: said.certificates }}
            bars={days.map(({ day, count }) => ({ label: monthAndDay(day), value: count }))}
          />
          <details>
            <summary>{said.numbers}</summary>
            <Table
              label={title}
              items={busy}
              columns={[
                { label: said.day, cell: ({ day }) => day.toISOString().slice(0, 10) },
                { label: said.count, cell: ({ count }) => count },
              ]}
            />
          </details>
        </>
      )}
    </section>
  );
};

export const RefusalTable = ({
  visit,
  refusals,
}: {
  visit: TenantVisit<never>;
  refusals: readonly ExplainedRefusals[];
}) => {
  const { dashboard: said } = visit.texts;
  const most = Math.max(1, ...refusals.map(({ count }) => count));
  return (
    <section>
      <h2>{said.refusedTitle}</h2>
      {refusals.length === 0 ? (
        <p class="quiet">{said.noneRefused}</p>
      ) : (
        <Table
          label={said.refusedTitle}
          items={refusals}
          columns={[
            {
              label: said.reason,
              cell: ({ reason, explanation }) => explanation?.meaning ?? reason,
            },
            {
              label: said.times,
              cell: ({ count }) => (
                <>
                  {count}
                  <svg
                    class="share"
                    viewBox="0 0 100 8"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                  >
                    <rect width={Math.max(2, (100 * count) / most)} height="8" />
                  </svg>
                </>
              ),
            },
            { label: said.lastAt, cell: ({ lastAt }) => <Time at={lastAt} /> },
            { label: said.remedy, cell: ({ explanation }) => explanation?.remedy },
          ]}
        />
      )}
    </section>
  );
};

export const EndingsTable = ({
  visit,
  endings,
}: {
  visit: TenantVisit<never>;
  endings: readonly Ending[];
}) => {
  const { dashboard: said } = visit.texts;
  const now = visit.dependencies.clock.now();
  if (endings.length === 0) return null;
  const toneOf = (ending: Ending) => {
    const days = daysLeft(ending, now);
    return days < 0 ? "bad" : days < warningDays[ending.what] ? "warn" : "good";
  };
  return (
    <section>
      <h2>{said.endingsTitle}</h2>
      <Table
        label={said.endingsTitle}
        items={endings}
        columns={[
          {
            label: said.name,
            cell: (ending) => <a href={visit.href(endingPath(ending))}>{ending.name}</a>,
          },
          { label: said.what, cell: ({ what }) => said.whats[what] },
          { label: said.endsAt, cell: ({ endsAt }) => <Time at={endsAt} /> },
          {
            label: said.state,
            cell: (ending) => {
              const tone = toneOf(ending);
              return <Badge tone={tone} label={said.states[tone]} />;
            },
          },
        ]}
      />
    </section>
  );
};

export const ConnectionHealthTable = ({
  visit,
  connections,
}: {
  visit: TenantVisit<never>;
  connections: readonly ConnectionHealth[];
}) => {
  const { dashboard: said } = visit.texts;
  if (connections.length === 0) return null;
  return (
    <section>
      <h2>{said.intuneTitle}</h2>
      <Table
        label={said.intuneTitle}
        items={connections}
        columns={[
          {
            label: said.connection,
            cell: ({ connection: { id, name } }) => (
              <a href={visit.href(`${connectionsPath}/${id}`)}>{name}</a>
            ),
          },
          { label: said.state, cell: (health) => <HealthBadge visit={visit} health={health} /> },
          { label: said.answeredAt, cell: ({ answeredAt }) => <Time at={answeredAt} /> },
          { label: said.failedAt, cell: ({ failedAt }) => <Time at={failedAt} /> },
          { label: said.failure, cell: ({ failure }) => failure },
        ]}
      />
    </section>
  );
};

const HealthBadge = ({
  visit,
  health,
}: {
  visit: TenantVisit<never>;
  health: ConnectionHealth;
}) => {
  const { dashboard: said } = visit.texts;
  if (isFailing(health)) return <Badge tone="bad" label={said.failing} />;
  return health.answeredAt ? (
    <Badge tone="good" label={said.healthy} />
  ) : (
    <Badge tone="neutral" label={said.unused} />
  );
};
