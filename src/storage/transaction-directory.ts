/** The timeline's reading side: transactions by their newest event, and one with all of its events. */
import { and, eq, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { fromBase64, toBase64Url } from "../pki/bytes.ts";
import { DecodeError } from "../pki/decode-error.ts";
import type { TransactionDirectory, TransactionEvent } from "../ports/transaction-log.ts";
import { type Database, withoutNulls } from "./database.ts";
import { rowsToRead } from "./paging.ts";
import { transactionEvents } from "./transaction-schema.ts";

const found = alias(transactionEvents, "found");

/** The lowest id of version 7 that a moment can have; ids are ordered by time. */
function lowestId(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** As the index over refusals says it. */
const wasRefused = sql`${transactionEvents.details} ->> '$.outcome' = 'refused'`;

export function createTransactionDirectory(db: Database): TransactionDirectory {
  return {
    async searchTransactions(tenantId, text, page, configurationId) {
      // Each transaction is found by its newest event that fits, and shown by its newest of all.
      const matches = (table: string): SQL => matchesText(table, text);
      const rows = await db
        .select({ found: found.id, latest: transactionEvents })
        .from(found)
        .innerJoin(
          transactionEvents,
          sql`${transactionEvents.id} = (select max(newer.id) from transaction_events newer
            where newer.configuration_id = ${found.configurationId} and newer.transaction_id = ${found.transactionId})`,
        )
        .where(
          and(
            eq(found.tenantId, tenantId),
            configurationId === undefined ? undefined : eq(found.configurationId, configurationId),
            page.cursor === undefined ? undefined : lt(found.id, page.cursor),
            matches("found"),
            sql`not exists (select 1 from transaction_events newer
              where newer.configuration_id = ${found.configurationId} and newer.transaction_id = ${found.transactionId}
                and newer.id > ${found.id} and ${matches("newer")})`,
          ),
        )
        .orderBy(sql`${found.id} desc`)
        .limit(rowsToRead(page));
      const items = rows
        .slice(0, page.limit)
        .map(({ latest }) => ({ id: transactionKey(latest), latest: eventOf(latest) }));
      const last = rows[page.limit - 1];
      return rows.length > page.limit && last ? { items, nextCursor: last.found } : { items };
    },

    async findTransaction(tenantId, id, limit) {
      const { configurationId, transactionID } = readKey(id);
      const rows = await db
        .select()
        .from(transactionEvents)
        .where(
          and(
            eq(transactionEvents.tenantId, tenantId),
            eq(transactionEvents.configurationId, configurationId),
            eq(transactionEvents.transactionId, transactionID),
          ),
        )
        .orderBy(sql`${transactionEvents.id} desc`)
        .limit(limit);
      return rows.toReversed().map(eventOf);
    },

    async listRefusals(tenantId, from, afterId, limit) {
      const { id } = transactionEvents;
      const rows = await db
        .select()
        .from(transactionEvents)
        .where(
          and(
            eq(transactionEvents.tenantId, tenantId),
            afterId === undefined ? gte(id, lowestId(from)) : gt(id, afterId),
            wasRefused,
          ),
        )
        .orderBy(id)
        .limit(limit);
      return rows.map(eventOf);
    },

    async countRefusals(tenantId, from, limit) {
      const { id, at, details } = transactionEvents;
      const newest = db
        .select({ at, reason: sql<string>`${details} ->> '$.reason'`.as("reason") })
        .from(transactionEvents)
        .where(and(eq(transactionEvents.tenantId, tenantId), gte(id, lowestId(from)), wasRefused))
        .orderBy(sql`${id} desc`)
        .limit(limit)
        .as("newest");
      const rows = await db
        .select({
          reason: sql<string | null>`${newest.reason}`,
          count: sql<number>`count(*)`,
          lastAt: sql<number>`max(${newest.at})`,
        })
        .from(newest)
        .groupBy(sql`${newest.reason}`)
        .orderBy(sql`count(*) desc`, sql`${newest.reason}`);
      return rows.map((row) => ({
        ...row,
        reason: row.reason ?? "unknown",
        lastAt: new Date(row.lastAt),
      }));
    },

    async findIntuneContacts(tenantId, configurationIds, limit) {
      const { id, at, configurationId, details } = transactionEvents;
      const newest = db
        .select({ at, configurationId, details })
        .from(transactionEvents)
        .where(eq(transactionEvents.tenantId, tenantId))
        .orderBy(sql`${id} desc`)
        .limit(limit)
        .as("newest");
      // SQLite takes the other columns from the row that has the maximum.
      const failed = sql<number>`${newest.details} ->> '$.reason' in ('intune_trouble', 'intune_misconfigured', 'intune_connection_missing')`;
      const rows = await db
        .select({
          configurationId: newest.configurationId,
          failed: sql<number>`coalesce(${failed}, 0)`,
          at: sql<number>`max(${newest.at})`,
          detail: sql<string | null>`${newest.details} ->> '$.detail'`,
        })
        .from(newest)
        .where(
          and(
            inArray(newest.configurationId, [...configurationIds]),
            sql`(${newest.details} -> '$.intuneCalls' is not null or ${failed})`,
          ),
        )
        .groupBy(newest.configurationId, sql`2`);
      return rows.map((row) => ({
        ...withoutNulls(row),
        failed: row.failed === 1,
        at: new Date(row.at),
      }));
    },

    async purgeTransactions(before, limit) {
      await db.run(
        sql`delete from ${transactionEvents} where id in (
          select id from ${transactionEvents} where id < ${lowestId(before)} order by id limit ${limit})`,
      );
    },
  };
}

/** @param table its name in the statement; a wish of nothing fits everything */
function matchesText(table: string, text: string | undefined): SQL {
  if (text === undefined) return sql`true`;
  const column = (name: string): SQL => sql.raw(`${table}.${name}`);
  return sql`(instr(${column("names")}, ${text.toLowerCase()}) > 0
    or instr(${column("serial_number_hex")}, ${text.toLowerCase()}) = 1
    or instr(${column("transaction_id")}, ${text}) = 1)`;
}

type Row = typeof transactionEvents.$inferSelect;

function eventOf(row: Row): TransactionEvent {
  const { details, names: _, transactionId: transactionID, ...columns } = withoutNulls(row);
  return { ...details, ...columns, transactionID };
}

/** A transactionID alone may be another configuration's as well, and have characters that an address has not. */
const transactionKey = ({ configurationId, transactionId }: Row): string =>
  toBase64Url(new TextEncoder().encode(`${configurationId}/${transactionId}`));

function readKey(id: string): { configurationId: string; transactionID: string } {
  try {
    const [configurationId = "", ...rest] = new TextDecoder().decode(fromBase64(id)).split("/");
    return { configurationId, transactionID: rest.join("/") };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { configurationId: "", transactionID: "" };
  }
}
