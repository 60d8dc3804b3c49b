/** A tenant's first page: what was issued, refused and ends, and what needs doing; where nothing is set up, the way there. */
import { searchCertificates } from "../../../../administration/certificate-filter.ts";
import { certificateStatistics } from "../../../../administration/certificate-statistics.ts";
import {
  countRefusals,
  listEndings,
  readConnectionHealth,
} from "../../../../administration/dashboard.ts";
import { listEnrolmentRequests } from "../../../../administration/enrolment-requests.ts";
import { listNotices } from "../../../../administration/notices.ts";
import type { TenantPermission } from "../../../../administration/permissions.ts";
import { listConfigurations } from "../../../../administration/scep-configurations.ts";
import { listTokenRequests } from "../../../../administration/token-requests.ts";
import type { Page } from "../../../../ports/page.ts";
import { EmptyState } from "../../components/table.tsx";
import { tenantPage, type View } from "../../route.ts";
import { TenantVisit } from "../../visit.ts";
import { ConnectionHealthTable, DailyChart, EndingsTable, RefusalTable } from "./figures.tsx";
import { SetupGuide, setupOf, setupPermissions } from "./setup.tsx";
import { type Task, TaskList } from "./tasks.tsx";

export const dashboardPermissions = [
  "tenant.read",
  "configuration.read",
  "authority.read",
  "token-request.read",
  "certificate.read",
  "transaction.read",
] as const satisfies readonly TenantPermission[];

export type DashboardVisit = TenantVisit<(typeof dashboardPermissions)[number]>;

const dayMilliseconds = 86_400_000;
const chartDays = 30;
const refusalDays = 7;
const noticeDays = 7;
const mostCounted = 100;
const troubles = new Set(["certificate-undelivered", "crl-trouble", "key-trouble"]);

export const dashboardPages = [
  tenantPage("get", "", dashboardPermissions, async (visit): Promise<View> => {
    const page = { limit: mostCounted };
    const { items } = await listConfigurations(visit.dependencies, visit.access, page);
    const title = visit.tenant.name;
    if (items.some(({ enabled }) => enabled)) return { title, content: await dashboard(visit) };
    const { setup: said } = visit.texts;
    const permitted = visit.permit(...setupPermissions);
    if (!permitted.ok)
      return { title, content: <EmptyState title={said.notYours} hint={said.notYoursHint} /> };
    const admin = new TenantVisit(visit, permitted.value, visit.tenant);
    return { title, content: <SetupGuide visit={admin} setup={await setupOf(admin)} /> };
  }),
];

async function dashboard(visit: DashboardVisit) {
  const { dependencies, access } = visit;
  const { dashboard: said } = visit.texts;
  const intune = visit.permit("intune.read", "transaction.read");
  const [counts, refusals, connections] = await Promise.all([
    certificateStatistics(dependencies, access, chartDays),
    countRefusals(dependencies, access, refusalDays),
    intune.ok ? readConnectionHealth(dependencies, intune.value) : [],
  ]);
  const endings = await listEndings(
    dependencies,
    access,
    connections.map(({ connection }) => connection),
  );
  const today = Math.floor(dependencies.clock.now().getTime() / dayMilliseconds);
  const daily = (what: "issued" | "expiring", from: number) =>
    Array.from({ length: chartDays }, (_, index) => {
      const day = new Date((from + index) * dayMilliseconds);
      const own = counts.filter((one) => one.what === what && one.date.getTime() === day.getTime());
      return { day, count: own.reduce((sum, { count }) => sum + count, 0) };
    });
  const issued = daily("issued", today - chartDays + 1);
  const ending = daily("expiring", today);
  const sum = (days: readonly { count: number }[]) =>
    days.reduce((total, { count }) => total + count, 0);
  const figure = (label: string, count: number) => (
    <div class="card">
      <div class="figure">{count}</div>
      <div class="quiet">{label}</div>
    </div>
  );
  return (
    <>
      <div class="cards figures">
        {figure(said.today, issued.at(-1)?.count ?? 0)}
        {figure(said.issuedMonth, sum(issued))}
        {figure(said.refusedWeek, sum(refusals))}
        {figure(said.endingMonth, sum(ending))}
      </div>
      <TaskList
        visit={visit}
        tasks={await waitingTasks(visit)}
        endings={endings}
        connections={connections}
      />
      <div class="halves">
        <DailyChart visit={visit} title={said.issuedTitle} empty={said.noneIssued} days={issued} />
        <DailyChart visit={visit} title={said.endingTitle} empty={said.noneEnding} days={ending} />
      </div>
      <RefusalTable visit={visit} refusals={refusals} />
      <EndingsTable visit={visit} endings={endings} />
      <ConnectionHealthTable visit={visit} connections={connections} />
    </>
  );
}

/** What waits for a person who may see it. */
async function waitingTasks(visit: DashboardVisit): Promise<readonly Task[]> {
  const { dependencies, access } = visit;
  const { dashboard: said } = visit.texts;
  const page = { limit: mostCounted };
  const decider = visit.permit("enrolment-request.read");
  const none: Page<never> = { items: [] };
  const [requests, devices, undelivered, notices] = await Promise.all([
    listTokenRequests(dependencies, access, { status: "pending" }, page),
    decider.ok ? listEnrolmentRequests(dependencies, decider.value, "pending", page) : none,
    searchCertificates(dependencies, access, { state: "undelivered" }, page),
    listNotices(dependencies, access, page),
  ]);
  const since = dependencies.clock.now().getTime() - noticeDays * dayMilliseconds;
  const recent = notices.items.filter(
    ({ event, at }) => troubles.has(event) && at.getTime() >= since,
  );
  const task = (found: Page<unknown>, words: (count: string) => string, path: string): Task[] => {
    const count = found.items.length;
    if (count === 0) return [];
    const text = found.nextCursor === undefined ? String(count) : said.atLeast(count);
    return [{ text: words(text), href: visit.href(path) }];
  };
  return [
    ...task(requests, said.tokenRequests, decider.ok ? "/approvals" : "/token-requests"),
    ...task(devices, said.enrolmentRequests, "/approvals"),
    ...task(undelivered, said.undelivered, "/certificates?state=undelivered"),
    ...task({ items: recent }, said.troubles, "/notices"),
  ];
}
