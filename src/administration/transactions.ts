/** The timeline of requests, and for each that came to nothing why, in plain words, and what to do. */
import type { Page, PageRequest } from "../ports/page.ts";
import type { TransactionEvent } from "../ports/transaction-log.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { type WithConfigurationName, withConfigurationNames } from "./configuration-names.ts";
import type { Needs } from "./dependencies.ts";
import { explain, type Explanation } from "./explanations.ts";
import { notFound, type Outcome } from "./refusal.ts";

export type ExplainedEvent = WithConfigurationName<TransactionEvent> & {
  /** Of a refusal or a postponement. */
  readonly explanation?: Explanation;
};

export interface ExplainedTransaction {
  readonly id: string;
  readonly latest: ExplainedEvent;
}

/** A device in a loop fills a transaction; the newest events tell its state. */
const mostEvents = 200;
export const transactionsKeptDays = 90;
/** At each run of the clock: more than a busy deployment writes in that time. */
const purgedAtOnce = 2000;

type TransactionNeeds = Needs<"transactionDirectory" | "configurations">;

export async function searchTransactions(
  dependencies: TransactionNeeds,
  access: TenantAccess<"transaction.read">,
  text: string | undefined,
  page: PageRequest,
  configurationId?: string,
): Promise<Page<ExplainedTransaction>> {
  const found = await dependencies.transactionDirectory.searchTransactions(
    access.tenantId,
    text,
    page,
    configurationId,
  );
  const latest = await explained(
    dependencies,
    access,
    found.items.map((item) => item.latest),
  );
  const items = latest.map((event, index) => ({ id: found.items[index]?.id ?? "", latest: event }));
  return { ...found, items };
}

/** Oldest event first. */
export async function findTransaction(
  dependencies: TransactionNeeds,
  access: TenantAccess<"transaction.read">,
  id: string,
): Promise<Outcome<readonly ExplainedEvent[]>> {
  const { transactionDirectory } = dependencies;
  const events = await transactionDirectory.findTransaction(access.tenantId, id, mostEvents);
  return events.length > 0
    ? ok(await explained(dependencies, access, events))
    : notFound("transaction");
}

async function explained(
  dependencies: TransactionNeeds,
  access: TenantAccess,
  events: readonly TransactionEvent[],
): Promise<ExplainedEvent[]> {
  const named = await withConfigurationNames(dependencies, access, events);
  return named.map((event) => {
    const explanation = explain(event.reason, event.intuneCode);
    return explanation ? { ...event, explanation } : event;
  });
}

/** Called by the clock. */
export async function purgeTransactions({
  transactionDirectory,
  clock,
}: Needs<"transactionDirectory" | "clock">): Promise<void> {
  const before = new Date(clock.now().getTime() - transactionsKeptDays * 86_400_000);
  await transactionDirectory.purgeTransactions(before, purgedAtOnce);
}
