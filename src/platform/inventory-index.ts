/**
 * Writes the inventory behind the ledger: certificates in the order in which they were recorded, some at a time, so that
 * issuing is never held up. Where it has got to is stored with what it wrote; it may stop anywhere.
 */
import type { Job } from "./alarms.ts";
import { searchedNames } from "./certificate-names.ts";
import { asNumber, asOctets, asText, optional } from "./sql-values.ts";

/** About ten milliseconds of work; issuing gets its turn between two batches. */
const batchSize = 100;
const batchesAtOnce = 50;

/** State of a certificate c with the revocation r that is in force. */
export const stateOfCertificate =
  "CASE WHEN r.serial IS NULL THEN c.status WHEN r.reason = 'certificateHold' THEN 'on-hold' ELSE 'revoked' END";
export const revocationInForce =
  "LEFT JOIN revocations r ON r.serial = c.serial AND r.released_at IS NULL";

export class InventoryIndex implements Job {
  readonly name = "inventory";
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #numbers = new Map<string, number>();

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** Certificates up to this id are in the inventory; those above it are only in the ledger. */
  get indexedUpTo(): number {
    return this.#number("SELECT indexed_up_to AS value FROM inventory_progress");
  }

  /** How many could be indexed now, at most. */
  get tail(): number {
    return this.#lastSettled() - this.indexedUpTo;
  }

  /** Overdue whenever there is something to index: the clock comes by every minute. */
  due(): number | undefined {
    return this.tail > 0 ? 0 : undefined;
  }

  async run(): Promise<void> {
    for (let batch = 0; batch < batchesAtOnce && this.due() !== undefined; batch++) {
      this.#storage.transactionSync(() => this.#indexBatch());
      await scheduler.wait(0);
    }
  }

  /** One that is being signed this moment is not indexed yet, nor is what was recorded after it. */
  #lastSettled(): number {
    return this.#number(
      `SELECT coalesce((SELECT min(id) - 1 FROM certificates WHERE status <> 'issued' AND status = 'intended'),
        (SELECT max(id) FROM certificates), 0) AS value`,
    );
  }

  #indexBatch(): void {
    const rows = this.#sql
      .exec(
        `SELECT c.id, c.configuration_id, c.token_id, ${stateOfCertificate} AS state, c.recorded_at, c.not_after,
           r.revoked_at, c.subject, c.tbs
         FROM certificates c ${revocationInForce} WHERE c.id > ? AND c.id <= ? ORDER BY c.id LIMIT ?`,
        this.indexedUpTo,
        this.#lastSettled(),
        batchSize,
      )
      .toArray();
    let longestLife = 0;
    for (const row of rows) {
      const configurationId = optional(row["configuration_id"], asText) ?? "";
      const names = searchedNames(asText(row["subject"]), asOctets(row["tbs"]));
      this.#sql.exec(
        `INSERT INTO inventory (id, configuration_id, token_id, state, recorded_at, not_after, revoked_at, names)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        asNumber(row["id"]),
        configurationId,
        row["token_id"] ?? null,
        asText(row["state"]),
        asNumber(row["recorded_at"]),
        asNumber(row["not_after"]),
        row["revoked_at"] ?? null,
        names,
      );
      this.#sql.exec(
        "INSERT INTO inventory_names (rowid, names) VALUES (?, ?)",
        asNumber(row["id"]),
        `${names}\n${configurationTrigram(this.#numberOf(configurationId))}`,
      );
      longestLife = Math.max(
        longestLife,
        asNumber(row["not_after"]) - asNumber(row["recorded_at"]),
      );
    }
    const last = rows.at(-1);
    if (!last) return;
    this.#sql.exec(
      "UPDATE inventory_progress SET indexed_up_to = ?, longest_life = max(longest_life, ?)",
      asNumber(last["id"]),
      longestLife,
    );
  }

  #numberOf(configurationId: string): number {
    const known = this.#numbers.get(configurationId);
    if (known !== undefined) return known;
    this.#sql.exec(
      "INSERT INTO inventory_configurations (configuration_id) VALUES (?) ON CONFLICT DO NOTHING",
      configurationId,
    );
    const number = this.#number(
      "SELECT number AS value FROM inventory_configurations WHERE configuration_id = ?",
      configurationId,
    );
    this.#numbers.set(configurationId, number);
    return number;
  }

  #number(query: string, ...values: SqlStorageValue[]): number {
    return asNumber(this.#sql.exec(query, ...values).one()["value"]);
  }
}

const [privateUse, digits] = [0xe100, 6000];

/** Three characters for private use, which no keyboard has: U+E000 and the number's two digits. */
export const configurationTrigram = (number: number): string =>
  String.fromCharCode(
    0xe000,
    privateUse + Math.floor(number / digits),
    privateUse + (number % digits),
  );
