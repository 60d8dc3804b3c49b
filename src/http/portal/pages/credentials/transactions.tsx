/** "Transactions": a device's name, a serial number or a transactionID is typed, and what came of it is shown. */
import {
  type ExplainedTransaction,
  searchTransactions,
} from "../../../../administration/transactions.ts";
import type { TransactionEvent } from "../../../../ports/transaction-log.ts";
import { ForeignName, Subject } from "../../components/names.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { Badge, Time } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import { texts } from "../../texts/texts.ts";
import type { TenantVisit } from "../../visit.ts";

export const transactionsPath = "/transactions";

/** The page as it finds this transactionID, for links from elsewhere. */
export const transactionSearch = (transactionID: string): string =>
  `${transactionsPath}?search=${encodeURIComponent(transactionID)}`;

export const transactionPages = [
  tenantPage("get", transactionsPath, ["transaction.read"], (visit) => list(visit)),
];

const tones = {
  issued: "good",
  repeated: "good",
  answered: "good",
  pending: "warn",
  postponed: "warn",
  refused: "bad",
} as const;

export const TransactionOutcome = ({ outcome }: Pick<TransactionEvent, "outcome">) => (
  <Badge tone={tones[outcome]} label={texts.transactions.outcomes[outcome]} />
);

async function list(visit: TenantVisit<"transaction.read">): Promise<View> {
  const said = visit.texts.transactions;
  const text = visit.query("search")?.trim() || undefined;
  const page = await searchTransactions(visit.dependencies, visit.access, text, visit.page());
  const here = visit.href(transactionsPath);
  return {
    title: said.title,
    content: (
      <>
        <p>{said.lead}</p>
        <form
          class="filter"
          method="get"
          action={here}
          role="search"
          hx-get={here}
          hx-trigger="input changed delay:300ms, submit"
          hx-select="#results"
          hx-target="#results"
          hx-swap="outerHTML"
          hx-replace-url="true"
        >
          <div class="field wide">
            <label for="search">{said.search}</label>
            <input id="search" type="search" name="search" value={text ?? ""} maxlength={200} />
          </div>
          <button type="submit">{said.filter}</button>
        </form>
        <div id="results">
          {page.items.length === 0 ? (
            <EmptyState title={said.empty} hint={said.emptyHint} />
          ) : (
            <Table<ExplainedTransaction>
              label={said.title}
              items={page.items}
              columns={[
                {
                  label: said.device,
                  cell: ({ id, latest }) => (
                    <>
                      <a href={`${here}/${id}`}>
                        {latest.subject === undefined ? (
                          said.unknownDevice
                        ) : (
                          <Subject subject={latest.subject} />
                        )}
                      </a>
                      <small>
                        <code>
                          <ForeignName name={latest.transactionID} />
                        </code>
                      </small>
                    </>
                  ),
                },
                {
                  label: said.outcome,
                  cell: ({ latest }) => <TransactionOutcome outcome={latest.outcome} />,
                },
                { label: said.why, cell: ({ latest }) => latest.explanation?.meaning ?? "" },
                {
                  label: said.configuration,
                  cell: ({ latest }) => latest.configurationName,
                },
                { label: said.at, cell: ({ latest }) => <Time at={latest.at} /> },
              ]}
            />
          )}
          <Pagination visit={visit} page={page} />
        </div>
      </>
    ),
  };
}
