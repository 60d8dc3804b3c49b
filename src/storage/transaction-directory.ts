/** The timeline's reading side: transactions by their newest event, and one with all of its events. */
import { and, eq, lt, type SQL, sql } from "drizzle-orm";
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
