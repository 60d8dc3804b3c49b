/** D1 as drizzle sees it. */
import { drizzle } from "drizzle-orm/d1";

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
