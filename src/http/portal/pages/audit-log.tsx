/** The audit log: filtered while one types, exported as it is filtered. */
import {
  listAuditEvents,
  listDeploymentEvents,
  type ShownAuditEvent,
} from "../../../administration/audit-events.ts";
import {
  type AuditVerification,
  verifyAuditLog,
  verifyDeploymentLog,
} from "../../../administration/audit-verification.ts";
import { toHex } from "../../../pki/bytes.ts";
import type { AuditFilter } from "../../../ports/audit-log.ts";
import type { Page, PageRequest } from "../../../ports/page.ts";
import { csvLine, csvResponse } from "../../csv.ts";
import { actorText } from "../actor-text.ts";
import { ForeignName } from "../components/names.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Facts, Time } from "../components/values.tsx";
import { readDay } from "../day.ts";
import { operatorPage, tenantPage, type View } from "../route.ts";
import type { Visit } from "../visit.ts";

type List = (filter: AuditFilter, page: PageRequest) => Promise<Page<ShownAuditEvent>>;

const operatorPath = "/portal/operator/audit-log";

/** What one file holds; older events are in the next one, with an end date. */
const exportedAtMost = 20_000;
const exportedAtOnce = 500;

export const auditLogPages = [
  tenantPage("get", "/audit-log", ["audit.read"], (visit) =>
    auditLog(visit, visit.texts.auditLog.lead, visit.href("/audit-log"), (filter, page) =>
      listAuditEvents(visit.dependencies, visit.access, filter, page),
    ),
  ),
  tenantPage("get", "/audit-log.csv", ["audit.read"], (visit) =>
    exported(visit, (filter, page) =>
      listAuditEvents(visit.dependencies, visit.access, filter, page),
    ),
  ),
  tenantPage("get", "/audit-log/verification", ["audit.read"], async (visit) =>
    verified(
      visit,
      visit.href("/audit-log"),
      await verifyAuditLog(visit.dependencies, visit.access),
    ),
  ),
  operatorPage("get", "/audit-log", "deployment.read", (visit) =>
    auditLog(visit, visit.texts.auditLog.operatorLead, operatorPath, (filter, page) =>
      listDeploymentEvents(visit.dependencies, visit.access, filter, page),
    ),
  ),
  operatorPage("get", "/audit-log/verification", "deployment.read", async (visit) =>
    verified(visit, operatorPath, await verifyDeploymentLog(visit.dependencies, visit.access)),
  ),
  operatorPage("get", "/audit-log.csv", "deployment.read", (visit) =>
    exported(visit, (filter, page) =>
      listDeploymentEvents(visit.dependencies, visit.access, filter, page),
    ),
  ),
];

/** A day that cannot be read is no filter. */
const dayOf = (visit: Visit, name: string): Date | undefined => readDay(visit.query(name) ?? "");

function filterOf(visit: Visit): AuditFilter {
  const until = dayOf(visit, "until");
  return {
    action: visit.query("action"),
    actor: visit.query("actor"),
    from: dayOf(visit, "from"),
    // The day that is named is meant whole.
    before: until && new Date(until.getTime() + 86_400_000),
  };
}

async function auditLog(visit: Visit, lead: string, base: string, list: List): Promise<View> {
  const said = visit.texts.auditLog;
  const page = await list(filterOf(visit), visit.page());
  const { search } = new URL(visit.context.req.url);
  return {
    title: said.title,
    actions: (
      <>
        <a class="button" href={`${base}/verification`}>
          {said.verify}
        </a>
        <a class="button" href={`${base}.csv${search}`}>
          {said.export}
        </a>
      </>
    ),
    content: (
      <>
        <p>{lead}</p>
        <Filter visit={visit} base={base} />
        <div id="results">
          {page.items.length === 0 ? (
            <EmptyState title={said.empty} hint={said.emptyHint} />
          ) : (
            <Table
              label={said.title}
              items={page.items}
              columns={[
                { label: said.at, cell: ({ at }) => <Time at={at} /> },
                { label: said.action, cell: ({ action }) => action },
                {
                  label: said.who,
                  cell: ({ actor, actorName }) => actorText(actor, actorName),
                },
                { label: said.target, cell: (event) => <Target event={event} /> },
                {
                  label: said.details,
                  cell: ({ details }) =>
                    Object.keys(details).length > 0 && (
                      <details>
                        <summary>{said.show}</summary>
                        <pre tabindex={0}>{JSON.stringify(details, undefined, 2)}</pre>
                      </details>
                    ),
                },
              ]}
            />
          )}
          <Pagination visit={visit} page={page} />
        </div>
      </>
    ),
  };
}

/** Many a thing has a name among its details, which says more than its id. */
const Target = ({ event: { targetId, details } }: { event: ShownAuditEvent }) => (
  <>
    {typeof details["name"] === "string" && (
      <>
        <ForeignName name={details["name"]} />
        <br />
      </>
    )}
    <code>{targetId}</code>
  </>
);

function verified(visit: Visit, base: string, found: AuditVerification): View {
  const { auditLog: said, common } = visit.texts;
  const { trouble, head, from, waiting, late } = found;
  return {
    title: said.verification,
    trail: [{ label: said.title, href: base }],
    content: (
      <>
        <p class={trouble ? "problem" : "notice"} role={trouble ? "alert" : "status"}>
          <strong>{trouble ? said.troubles[trouble.kind] : said.intact}</strong>
          {trouble && ` ${said.troubleAdvice}`}
        </p>
        {late && (
          <p class="warning">
            {said.late(late.count)} <Time at={late.lastAt} />. {said.lateHint}
          </p>
        )}
        <section class="card">
          <Facts
            facts={[
              ...(trouble?.sequence === undefined ? [] : [[said.place, trouble.sequence] as const]),
              ...(trouble?.eventId === undefined
                ? []
                : [[said.event, <code>{trouble.eventId}</code>] as const]),
              [said.verified, said.verifiedFrom(found.verified, from)],
              [said.waiting, waiting],
              [
                said.head,
                head ? <code>{`${head.sequence} ${toHex(head.hash)}`}</code> : common.none,
              ],
              [said.sealed, head ? <Time at={head.sealedAt} /> : common.none],
            ]}
          />
        </section>
        <p class="quiet">{said.headHint}</p>
      </>
    ),
  };
}

const Filter = ({ visit, base }: { visit: Visit; base: string }) => {
  const said = visit.texts.auditLog;
  const input = (name: string, label: string, type: "search" | "date") => (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        type={type}
        name={name}
        value={visit.query(name) ?? ""}
        maxlength={200}
      />
    </div>
  );
  return (
    <form
      class="filter"
      method="get"
      action={base}
      hx-get={base}
      hx-trigger="input changed delay:300ms, submit"
      hx-select="#results"
      hx-target="#results"
      hx-swap="outerHTML"
      hx-replace-url="true"
    >
      {input("action", said.filterAction, "search")}
      {input("actor", said.filterActor, "search")}
      {input("from", said.from, "date")}
      {input("until", said.until, "date")}
      <button type="submit">{said.filter}</button>
    </form>
  );
};

function exported(visit: Visit, list: List): Response {
  const filter = filterOf(visit);
  async function* lines(): AsyncGenerator<string> {
    yield csvLine([
      ...["at", "actorKind", "actor", "action", "target", "details"],
      ...["id", "sequence", "linkedAt", "hash"],
    ]);
    let cursor: string | undefined;
    let written = 0;
    do {
      const page = await list(filter, { cursor, limit: exportedAtOnce });
      for (const event of page.items) {
        const { id, at, actor, action, targetId, details, sequence, linkedAt, hash } = event;
        yield csvLine([
          at.toISOString(),
          actor.kind,
          actor.id,
          action,
          targetId,
          JSON.stringify(details),
          id,
          sequence === undefined ? "" : String(sequence),
          linkedAt?.toISOString() ?? "",
          hash ? toHex(hash) : "",
        ]);
      }
      written += page.items.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined && written < exportedAtMost);
  }
  const day = visit.dependencies.clock.now().toISOString().slice(0, 10);
  return csvResponse(`audit-log-${day}.csv`, lines());
}
