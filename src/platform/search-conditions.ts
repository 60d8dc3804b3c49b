/** A search as SQL: what must hold of a row `i`, and the order of the answer. Values are always bound. */
import type { CertificateFilter } from "../ports/certificate-inventory.ts";

export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly SqlStorageValue[];
}

/** Where a certificate stands in the order of the answer. */
export interface Position {
  readonly key: number;
  readonly id: number;
}

export interface Order {
  readonly column: "id" | "not_after";
  readonly direction: "ASC" | "DESC";
  readonly compare: (one: Position, other: Position) => number;
  /** The first page begins behind it. */
  readonly start: Position;
  /** What holds of the rows behind a position, as far as the order goes at all. */
  readonly behind: (position: Position) => SqlCondition;
}

const ascending = (one: Position, other: Position): number =>
  one.key - other.key || one.id - other.id;
const descending = (one: Position, other: Position): number => ascending(other, one);
const farthest = Number.MAX_SAFE_INTEGER;

const newestFirst: Order = {
  column: "id",
  direction: "DESC",
  compare: descending,
  start: { key: farthest, id: farthest },
  behind: ({ id }) => ({ sql: "i.id < ?", values: [id] }),
};

/** @param from to `until`, seconds: the first is included, the second is not */
const byEnd = (direction: Order["direction"], from: number, until: number): Order =>
  direction === "ASC"
    ? {
        column: "not_after",
        direction,
        compare: ascending,
        start: { key: from - 1, id: farthest },
        behind: ({ key, id }) => ({
          sql: "(i.not_after, i.id) > (?, ?) AND i.not_after < ?",
          values: [key, id, until],
        }),
      }
    : {
        column: "not_after",
        direction,
        compare: descending,
        start: { key: until, id: 0 },
        behind: ({ key, id }) => ({
          sql: "(i.not_after, i.id) < (?, ?) AND i.not_after >= ?",
          values: [key, id, from],
        }),
      };

export function orderOf(
  { text, state, expiresAfter, expiresBefore }: CertificateFilter,
  now: number,
): Order {
  const bounded = expiresAfter !== undefined || expiresBefore !== undefined;
  if (text !== undefined || !(bounded || state === "expired")) return newestFirst;
  const from = Math.max(expiresAfter ? secondsOf(expiresAfter) : 0, state === "valid" ? now : 0);
  const until = Math.min(
    expiresBefore ? secondsOf(expiresBefore) : farthest,
    state === "expired" ? now : farthest,
  );
  return byEnd(bounded ? "ASC" : "DESC", from, until);
}

export const secondsOf = (time: Date): number => Math.floor(time.getTime() / 1000);

export function conditionsOf(filter: CertificateFilter, now: number): SqlCondition {
  const { state, tokenId, issuedAfter, issuedBefore, expiresAfter, expiresBefore } = filter;
  const conditions: (readonly [string, SqlStorageValue])[] = [];
  if (state === "valid" || state === "expired") {
    conditions.push(["i.state = ?", "issued"]);
    conditions.push([state === "valid" ? "i.not_after >= ?" : "i.not_after < ?", now]);
  } else if (state === "undelivered") {
    conditions.push(["i.id IN (SELECT id FROM certificates WHERE delivery = ?)", state]);
  } else if (state !== undefined) {
    conditions.push(["i.state = ?", state]);
  }
  if (tokenId !== undefined) conditions.push(["i.token_id = ?", tokenId]);
  if (issuedAfter) conditions.push(["i.recorded_at >= ?", secondsOf(issuedAfter)]);
  if (issuedBefore) conditions.push(["i.recorded_at < ?", secondsOf(issuedBefore)]);
  if (expiresAfter) conditions.push(["i.not_after >= ?", secondsOf(expiresAfter)]);
  if (expiresBefore) conditions.push(["i.not_after < ?", secondsOf(expiresBefore)]);
  return conditions.length === 0
    ? { sql: "1", values: [] }
    : {
        sql: `coalesce((${conditions.map(([sql]) => sql).join(" AND ")}), 0)`,
        values: conditions.map(([, value]) => value),
      };
}
