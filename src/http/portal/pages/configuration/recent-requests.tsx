/** The newest requests of a configuration, asked for again every few seconds while somebody looks. */
import {
  type ExplainedTransaction,
  searchTransactions,
} from "../../../../administration/transactions.ts";
import type { ConfigurationEntry } from "../../../../ports/scep-configuration-directory.ts";
import { ForeignName } from "../../components/names.tsx";
import { EmptyState, Table } from "../../components/table.tsx";
import { Time } from "../../components/values.tsx";
import { TransactionOutcome, transactionsPath } from "../credentials/transactions.tsx";
import type { ReadingVisit } from "./shared.tsx";

const shownRequests = 10;

export async function recentRequests(
  visit: ReadingVisit,
  { id }: ConfigurationEntry,
): Promise<readonly ExplainedTransaction[]> {
  const page = { limit: shownRequests };
  return (await searchTransactions(visit.dependencies, visit.access, undefined, page, id)).items;
}

export const RecentRequests = ({
  visit,
  events,
  href,
}: {
  visit: ReadingVisit;
  events: readonly ExplainedTransaction[];
  href: string;
}) => {
  const { scepConfigurations: said } = visit.texts;
  return (
    <section
      id="recent"
      hx-get={href}
      hx-trigger="every 5s"
      hx-select="#recent"
      hx-swap="outerHTML"
    >
      <h2>{said.recent}</h2>
      {events.length === 0 ? (
        <EmptyState title={said.recentEmpty} hint={said.recentEmptyHint} />
      ) : (
        <Table
          label={said.recent}
          items={events}
          columns={[
            { label: said.at, cell: ({ latest }) => <Time at={latest.at} /> },
            {
              label: said.subject,
              cell: ({ id, latest }) => (
                <a href={visit.href(`${transactionsPath}/${id}`)}>
                  <ForeignName name={latest.subject ?? latest.transactionID} />
                </a>
              ),
            },
            {
              label: said.outcome,
              cell: ({ latest: { outcome } }) => <TransactionOutcome outcome={outcome} />,
            },
            {
              label: said.why,
              cell: ({ latest: { explanation } }) =>
                explanation && (
                  <>
                    {explanation.meaning} <small>{explanation.remedy}</small>
                  </>
                ),
            },
          ]}
        />
      )}
    </section>
  );
};
