/** One transaction's timeline: each message, each call to Microsoft, and for a refusal why and what to do. */
import type { Child } from "hono/jsx";
import { type ExplainedEvent, findTransaction } from "../../../../administration/transactions.ts";
import type { IntuneCall } from "../../../../ports/intune-service.ts";
import { AlternativeNames, Details, ForeignName, Subject } from "../../components/names.tsx";
import { Table } from "../../components/table.tsx";
import { Facts, Time } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import { texts } from "../../texts/texts.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { TransactionOutcome, transactionsPath } from "./transactions.tsx";

const shownAtMost = 200;

type TransactionVisit = TenantVisit<"transaction.read">;

export const transactionPage = [
  tenantPage("get", `${transactionsPath}/:id`, ["transaction.read"], (visit) => detail(visit)),
];

async function detail(visit: TransactionVisit): Promise<View> {
  const said = visit.texts.transactions;
  const id = visit.parameter("id");
  const events = valueOf(await findTransaction(visit.dependencies, visit.access, id));
  const known = events.findLast(({ subject }) => subject !== undefined) ?? events.at(-1);
  const serial = events.findLast(({ serialNumberHex }) => serialNumberHex)?.serialNumberHex;
  const facts: (readonly [string, Child])[] = known
    ? [
        [
          said.device,
          known.subject === undefined ? said.unknownDevice : <Subject subject={known.subject} />,
        ],
        [visit.texts.certificates.names, <AlternativeNames names={known.subjectAltNames ?? []} />],
        [said.configuration, known.configurationName],
        [
          said.transaction,
          <code>
            <ForeignName name={known.transactionID} />
          </code>,
        ],
      ]
    : [];
  if (serial !== undefined)
    facts.push([
      said.certificate,
      visit.may("certificate.read") ? (
        <a href={visit.href(`/certificates/${serial}`)}>
          <code>{serial}</code>
        </a>
      ) : (
        <code>{serial}</code>
      ),
    ]);
  return {
    title: said.detailTitle,
    trail: [{ label: said.title, href: visit.href(transactionsPath) }],
    content: (
      <>
        <section class="card">
          <Facts facts={facts} />
        </section>
        <h2>{said.timeline}</h2>
        {events.length >= shownAtMost && <p class="quiet">{said.latestOnly}</p>}
        <ol class="timeline">
          {events.map((event) => (
            <li>
              <Event event={event} />
            </li>
          ))}
        </ol>
      </>
    ),
  };
}

const Event = ({ event }: { event: ExplainedEvent }) => {
  const said = texts.transactions;
  const { at, outcome, explanation, detail: says, intuneCode, intuneCalls = [], more } = event;
  return (
    <>
      <h3>
        <TransactionOutcome outcome={outcome} />{" "}
        <small>
          <Time at={at} />
        </small>
      </h3>
      {explanation && (
        <div class="warning">
          <Facts
            facts={[
              [said.meaning, explanation.meaning],
              [said.remedy, explanation.remedy],
              ...(says === undefined ? [] : [[said.detail, <ForeignName name={says} />] as const]),
              ...(intuneCode === undefined
                ? []
                : [[said.code, <ForeignName name={intuneCode} />] as const]),
            ]}
          />
        </div>
      )}
      {intuneCalls.length > 0 && <Calls calls={intuneCalls} />}
      <details>
        <summary>{said.technical}</summary>
        <Details details={more} />
      </details>
    </>
  );
};

const Calls = ({ calls }: { calls: readonly IntuneCall[] }) => {
  const said = texts.transactions;
  return (
    <Table<IntuneCall>
      label={said.microsoft}
      items={calls}
      columns={[
        { label: said.hop, cell: ({ hop }) => said.hops[hop] },
        { label: said.status, cell: ({ httpStatus }) => httpStatus ?? said.noAnswer },
        { label: said.took, cell: ({ milliseconds }) => said.milliseconds(milliseconds) },
        { label: said.activity, cell: ({ activityId }) => <code>{activityId}</code> },
        {
          label: said.said,
          cell: ({ detail: says }) => (says === undefined ? "" : <ForeignName name={says} />),
        },
      ]}
    />
  );
};
