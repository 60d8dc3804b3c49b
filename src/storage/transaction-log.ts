/**
 * The timeline's writing side. Events of one isolate are gathered for a moment and written as one statement after the
 * answers, so an enrolment pays for a row and not for a round trip. What an isolate gathered is lost when it ends; what is
 * more than the bounds here is not even gathered. Both are allowed, the latter is counted.
 */
import { sql } from "drizzle-orm";
import type { Clock } from "../ports/clock.ts";
import type { TransactionEvent, TransactionLog } from "../ports/transaction-log.ts";
import type { Database } from "./database.ts";
import { transactionEvents } from "./transaction-schema.ts";

const gatherMilliseconds = 1000;
const mostGathered = 500;
/** A request that was to write and was cancelled meanwhile has not written by then: another one does. */
const writerPatienceMilliseconds = 10_000;
/** What strangers can cause without a challenge: so many at once, and so many more a minute, for each configuration. */
const burst = 300;
const perMinute = 20;
const mostConfigurations = 1000;

export function createTransactionLog(db: Database, clock: Clock): TransactionLog {
  let gathered: TransactionEvent[] = [];
  let writingSince: number | undefined;
  let lost = 0;
  const allowance = createAllowance(clock);

  async function write(): Promise<void> {
    await new Promise((resolve) => void setTimeout(resolve, gatherMilliseconds));
    const events = gathered;
    gathered = [];
    writingSince = undefined;
    try {
      await insert(db, events);
    } catch (error) {
      lost += events.length;
      throw error;
    }
  }

  return {
    record(event, afterAnswer) {
      const free = event.outcome === "issued" || event.outcome === "pending";
      if (gathered.length >= mostGathered || !(free || allowance.take(event.configurationId))) {
        lost++;
        return;
      }
      gathered.push(event);
      const now = clock.now().getTime();
      if (writingSince !== undefined && now - writingSince < writerPatienceMilliseconds) return;
      writingSince = now;
      afterAnswer(write());
    },
    takeLost() {
      const count = lost;
      lost = 0;
      return count;
    },
  };
}

/** One statement with one parameter, however many rows there are. */
async function insert(db: Database, events: readonly TransactionEvent[]): Promise<void> {
  const rows = events.map(
    ({ id, tenantId, configurationId, transactionID, serialNumberHex, at, ...details }) => [
      id,
      tenantId,
      configurationId,
      transactionID,
      serialNumberHex ?? null,
      namesOf(details),
      at.getTime(),
      details,
    ],
  );
  const column = (index: number) => sql.raw(`value ->> '$[${index}]'`);
  const columns = sql.join([0, 1, 2, 3, 4, 5, 6, 7].map(column), sql`, `);
  await db.run(
    sql`insert into ${transactionEvents} (id, tenant_id, configuration_id, transaction_id, serial_number_hex, names, at, details)
      select ${columns} from json_each(${JSON.stringify(rows)})`,
  );
}

function namesOf({
  subject = "",
  subjectAltNames = [],
}: Pick<TransactionEvent, "subject" | "subjectAltNames">): string {
  return [subject, ...subjectAltNames.map(({ value }) => value)].join("\n").toLowerCase();
}

/** A bucket for each configuration that fills by the minute. */
function createAllowance(clock: Clock): { take(configurationId: string): boolean } {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(configurationId) {
      const now = clock.now().getTime();
      const bucket = buckets.get(configurationId) ?? { left: burst, at: now };
      const minutes = Math.max(0, now - bucket.at) / 60_000;
      const left = Math.min(burst, bucket.left + minutes * perMinute);
      const [oldest] = buckets.keys();
      if (buckets.size >= mostConfigurations && oldest !== undefined) buckets.delete(oldest);
      buckets.delete(configurationId);
      buckets.set(configurationId, { left: left < 1 ? left : left - 1, at: now });
      return left >= 1;
    },
  };
}
