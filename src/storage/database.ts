/** D1 as drizzle sees it. */
import { getTableColumns, type InferInsertModel, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

export const openDatabase = (d1: D1Database) => drizzle(d1);

export type Database = ReturnType<typeof openDatabase>;

/** Whether the first statement of a batch wrote a row. */
export const wrote = (result: D1Result): boolean => result.meta.changes > 0;

/** Drops the columns that are NULL: an absent field is absent, not null. */
export function withoutNulls<Row extends object>(
  row: Row,
): { [Name in keyof Row]: Exclude<Row[Name], null> } {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as {
    [Name in keyof Row]: Exclude<Row[Name], null>;
  };
}

/**
 * A statement for a batch: inserts the row when, and only when, the statement right before it wrote something.
 * So a chain of them happens as a whole or, when its first statement came too late, not at all.
 */
export const insertWhenChanged = <Table extends SQLiteTable>(
  db: Database,
  table: Table,
  row: InferInsertModel<Table>,
) => insertWhen(db, table, row, sql`changes() > 0`);

/** Inserts the row if the condition holds in the same moment. */
export function insertWhen<Table extends SQLiteTable>(
  db: Database,
  table: Table,
  row: InferInsertModel<Table>,
  condition: SQL,
) {
  const given: Readonly<Record<string, unknown>> = row;
  // An INSERT from a SELECT names all columns, in the order of the table.
  const values = Object.entries(getTableColumns(table)).map(([name, column]) =>
    sql.param(given[name] ?? null, column),
  );
  return db.insert(table).select(sql`select ${sql.join(values, sql`, `)} where ${condition}`);
}
