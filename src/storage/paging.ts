/** Pages by id: `limit + 1` rows are read, and the extra one tells that there is more. */
import { asc, desc, gt, lt, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { OrderedPageRequest, Page, PageRequest } from "../ports/page.ts";

export const after = (column: SQLiteColumn, page: PageRequest): SQL | undefined =>
  page.cursor === undefined ? undefined : gt(column, page.cursor);

/** As `after`, in either direction; goes with `ordered`. */
export const beyond = (column: SQLiteColumn, page: OrderedPageRequest): SQL | undefined =>
  page.newestFirst && page.cursor !== undefined ? lt(column, page.cursor) : after(column, page);

export const ordered = (column: SQLiteColumn, { newestFirst = false }: OrderedPageRequest): SQL =>
  newestFirst ? desc(column) : asc(column);

export const rowsToRead = (page: PageRequest): number => page.limit + 1;

export function toPage<Item extends { readonly id: string }>(
  items: readonly Item[],
  page: PageRequest,
): Page<Item> {
  if (items.length <= page.limit) return { items };
  const shown = items.slice(0, page.limit);
  const last = shown.at(-1);
  return last ? { items: shown, nextCursor: last.id } : { items: shown };
}
