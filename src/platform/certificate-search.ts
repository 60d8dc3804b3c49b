/**
 * Searching a CA's certificates at the same speed however many there are: what is indexed by the inventory's indexes, the
 * tail that is not by looking at it. Every way of looking is a stream in the order of the answer, and is looked through
 * up to a bound: a page that comes out short goes on at its cursor.
 */
import type {
  CertificateRecord,
  CertificateSearch,
  SearchPage,
} from "../ports/certificate-inventory.ts";
import { type Candidate, firstOf } from "./candidates.ts";
import { searchedNames } from "./certificate-names.ts";
import type { CertificateLedger } from "./certificate-ledger.ts";
import {
  configurationTrigram,
  type InventoryIndex,
  revocationInForce,
  stateOfCertificate,
} from "./inventory-index.ts";
import {
  conditionsOf,
  type Order,
  orderOf,
  type Position,
  secondsOf,
  type SqlCondition,
} from "./search-conditions.ts";
import { asNumber, asOctets, asText, optional } from "./sql-values.ts";

type OwnSearch = CertificateSearch & { readonly configurationIds: readonly string[] };

/** How many rows one call looks at in each stream: some milliseconds. */
const budget = 20_000;
/** More than these with one beginning are not told apart by it. */
const mostWithPrefix = 1000;
/** A trigram index knows nothing of shorter texts. */
const shortestIndexed = 3;

export class CertificateSearching {
  readonly #sql: SqlStorage;
  readonly #ledger: CertificateLedger;
  readonly #index: InventoryIndex;

  constructor(sql: SqlStorage, ledger: CertificateLedger, index: InventoryIndex) {
    this.#sql = sql;
    this.#ledger = ledger;
    this.#index = index;
  }

  search(asked: CertificateSearch, now: number): SearchPage<CertificateRecord> {
    const search: OwnSearch = {
      ...asked,
      configurationIds: asked.configurationIds ?? this.#allConfigurations(),
    };
    const order = orderOf(search, now);
    const after = readCursor(search.cursor) ?? order.start;
    const conditions = conditionsOf(search, now);
    const streams = [
      this.#tail(search, order, conditions, after),
      ...this.#indexed(search, order, conditions, after, now),
    ];
    const { page, next } = firstOf(streams, order, search.limit, budget);
    const records = this.#ledger.records(page.map(({ id }) => id));
    const items = page.flatMap(({ id }) => records.get(id) ?? []);
    return next ? { items, nextCursor: `${next.key}-${next.id}` } : { items };
  }

  /** Of certificates for keys of ours among them: the empty one. */
  #allConfigurations(): string[] {
    return this.#sql
      .exec(
        `SELECT configuration_id AS id FROM inventory_configurations
         UNION SELECT coalesce(configuration_id, '') FROM certificates WHERE id > ?`,
        this.#index.indexedUpTo,
      )
      .toArray()
      .map((row) => asText(row["id"]));
  }

  /** What was recorded after the inventory was written last. */
  *#tail(
    { text, configurationIds }: OwnSearch,
    { column, direction, behind }: Order,
    conditions: SqlCondition,
    after: Position,
  ): Generator<Candidate> {
    const left = behind(after);
    const rows = this.#sql.exec(
      `SELECT i.id, i.${column} AS key, ${conditions.sql} AS fits, i.serial, i.transaction_id, i.subject, i.tbs
       FROM (SELECT c.id, c.token_id, ${stateOfCertificate} AS state, c.recorded_at, c.not_after, c.serial,
           c.transaction_id, c.subject, ${text === undefined ? "NULL" : "c.tbs"} AS tbs
         FROM certificates c ${revocationInForce}
         WHERE c.id > ? AND coalesce(c.configuration_id, '') IN (SELECT value FROM json_each(?))) AS i
       WHERE ${left.sql} ORDER BY i.${column} ${direction}, i.id ${direction}`,
      ...conditions.values,
      this.#index.indexedUpTo,
      JSON.stringify(configurationIds),
      ...left.values,
    );
    for (const row of rows) {
      const fits = row["fits"] === 1 && (text === undefined || rowHas(row, text));
      yield { ...positionOf(row), fits };
    }
  }

  #indexed(
    search: OwnSearch,
    order: Order,
    conditions: SqlCondition,
    after: Position,
    now: number,
  ): Generator<Candidate>[] {
    const { configurationIds, text } = search;
    const bounds = this.#bounds(search, now);
    if (text !== undefined && Array.from(text).length >= shortestIndexed) {
      return [
        this.#byNames(text.toLowerCase(), configurationIds, conditions, after, bounds),
        this.#byPrefix(text, configurationIds, conditions, after),
      ];
    }
    const named =
      text === undefined
        ? conditions
        : {
            sql: `(${conditions.sql} AND instr(i.names, ?) > 0)`,
            values: [...conditions.values, text.toLowerCase()],
          };
    return configurationIds.map((id) => this.#byColumns(search, order, named, after, bounds, id));
  }

  /** By the index that fits what is asked, in the order of the answer. */
  *#byColumns(
    search: OwnSearch,
    { column, direction, behind }: Order,
    conditions: SqlCondition,
    after: Position,
    [least, most]: Bounds,
    configurationId: string,
  ): Generator<Candidate> {
    const { index, sql, values } = column === "id" ? indexFor(search) : byEnd;
    const left = behind(after);
    yield* candidates(
      this.#sql.exec(
        `SELECT i.id, i.${column} AS key, ${conditions.sql} AS fits FROM inventory AS i ${index}
         WHERE i.configuration_id = ? AND ${sql} AND ${left.sql} AND i.id BETWEEN ? AND ?
         ORDER BY i.${column} ${direction}, i.id ${direction}`,
        ...conditions.values,
        configurationId,
        ...values,
        ...left.values,
        least,
        most,
      ),
    );
  }

  /** By trigrams, which tell who may have the text; the names themselves tell who has. */
  *#byNames(
    text: string,
    configurationIds: readonly string[],
    conditions: SqlCondition,
    after: Position,
    [least, most]: Bounds,
  ): Generator<Candidate> {
    const own = this.#trigramsOfConfigurations(configurationIds).map(quoted).join(" OR ");
    // No name has a NUL, which would end the question to the index.
    if (own === "" || text.includes("\0")) return;
    const trigrams = trigramsOf(text).map(quoted).join(" AND ");
    yield* candidates(
      this.#sql.exec(
        `SELECT i.id, i.id AS key, (${conditions.sql} AND instr(i.names, ?) > 0) AS fits
         FROM inventory_names CROSS JOIN inventory i ON i.id = inventory_names.rowid
         WHERE inventory_names MATCH ? AND inventory_names.rowid BETWEEN ? AND ?
         ORDER BY inventory_names.rowid DESC`,
        ...conditions.values,
        text,
        `(${own}) AND ${trigrams}`,
        least,
        Math.min(most, after.id - 1),
      ),
    );
  }

  #trigramsOfConfigurations(ids: readonly string[]): string[] {
    return this.#sql
      .exec(
        "SELECT number FROM inventory_configurations WHERE configuration_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(ids),
      )
      .toArray()
      .map((row) => configurationTrigram(asNumber(row["number"])));
  }

  /** Serial numbers and transactionIDs that begin with the text. */
  *#byPrefix(
    text: string,
    configurationIds: readonly string[],
    conditions: SqlCondition,
    after: Position,
  ): Generator<Candidate> {
    const own = JSON.stringify(configurationIds);
    yield* candidates(
      this.#sql.exec(
        `SELECT i.id, i.id AS key, ${conditions.sql} AS fits FROM inventory i WHERE i.id < ? AND i.id IN (
           SELECT * FROM (SELECT id FROM certificates
             WHERE serial >= ? AND serial < ? AND +configuration_id IN (SELECT value FROM json_each(?)) LIMIT ?)
           UNION SELECT * FROM (SELECT id FROM certificates
             WHERE configuration_id IN (SELECT value FROM json_each(?)) AND transaction_id >= ? AND transaction_id < ? LIMIT ?))
         ORDER BY i.id DESC`,
        ...conditions.values,
        after.id,
        ...prefixRange(text.toLowerCase()),
        own,
        mostWithPrefix,
        own,
        ...prefixRange(text),
        mostWithPrefix,
      ),
    );
  }

  /** Ids between which the answers lie: they were given in the order of time. */
  #bounds({ issuedAfter, issuedBefore, state }: CertificateSearch, now: number): Bounds {
    const { longest } = this.#sql
      .exec("SELECT longest_life AS longest FROM inventory_progress")
      .one();
    const oldest = Math.max(
      issuedAfter ? secondsOf(issuedAfter) : 0,
      state === "valid" ? now - asNumber(longest) : 0,
    );
    const [first] =
      oldest === 0
        ? [{ id: 0 }]
        : this.#sql
            .exec(
              "SELECT id FROM inventory WHERE recorded_at >= ? ORDER BY recorded_at, id LIMIT 1",
              oldest - clockSlackSeconds,
            )
            .toArray();
    const [last] = issuedBefore
      ? this.#sql
          .exec(
            "SELECT id FROM inventory WHERE recorded_at < ? ORDER BY recorded_at DESC, id DESC LIMIT 1",
            secondsOf(issuedBefore) + clockSlackSeconds,
          )
          .toArray()
      : [{ id: Number.MAX_SAFE_INTEGER }];
    return [
      first ? asNumber(first["id"]) : Number.MAX_SAFE_INTEGER,
      last ? asNumber(last["id"]) : 0,
    ];
  }
}

/** By as much may a clock have gone back while certificates were issued. */
const clockSlackSeconds = 3600;

type Bounds = readonly [least: number, most: number];
type Row = Record<string, SqlStorageValue>;

const positionOf = (row: Row): Position => ({ key: asNumber(row["key"]), id: asNumber(row["id"]) });

/** `undefined` for none, and for one that no page has handed out. */
function readCursor(cursor: string | undefined): Position | undefined {
  const [, key, id] = /^(\d{1,16})-(\d{1,16})$/.exec(cursor ?? "") ?? [];
  return key === undefined || id === undefined ? undefined : { key: Number(key), id: Number(id) };
}

const rowHas = (row: Row, text: string): boolean => {
  const wanted = text.toLowerCase();
  return (
    searchedNames(asText(row["subject"]), asOctets(row["tbs"])).includes(wanted) ||
    asText(row["serial"]).startsWith(wanted) ||
    (optional(row["transaction_id"], asText) ?? "").startsWith(text)
  );
};

function* candidates(rows: Iterable<Row>): Generator<Candidate> {
  for (const row of rows) yield { ...positionOf(row), fits: row["fits"] === 1 };
}

interface ChosenIndex {
  readonly index: string;
  /** What must hold of the index's columns besides the configuration. */
  readonly sql: string;
  readonly values: readonly SqlStorageValue[];
}

const byEnd: ChosenIndex = { index: "INDEXED BY inventory_by_end", sql: "1", values: [] };

function indexFor({ state, tokenId }: CertificateSearch): ChosenIndex {
  if (tokenId !== undefined)
    return { index: "INDEXED BY inventory_by_token", sql: "i.token_id = ?", values: [tokenId] };
  // By id, which needs no index: there are few of them.
  if (state === "undelivered") {
    const sql = "i.id IN (SELECT id FROM certificates WHERE delivery = 'undelivered')";
    return { index: "NOT INDEXED", sql, values: [] };
  }
  if (state !== undefined && state !== "valid" && state !== "expired")
    return { index: "INDEXED BY inventory_by_state", sql: "i.state = ?", values: [state] };
  return { index: "INDEXED BY inventory_by_configuration", sql: "1", values: [] };
}

/** All that begins with a text, by the order of code points. */
const prefixRange = (text: string): readonly [string, string] => [text, `${text}\u{10ffff}`];

/** Enough of them to find it: every third one, and the last. */
function trigramsOf(text: string): string[] {
  const characters = Array.from(text);
  const starts = Array.from(
    { length: Math.min(8, Math.floor(characters.length / 3)) },
    (_, n) => 3 * n,
  );
  return [...new Set([...starts, characters.length - 3])].map((start) =>
    characters.slice(start, start + 3).join(""),
  );
}

const quoted = (trigram: string): string => `"${trigram.replaceAll('"', '""')}"`;
