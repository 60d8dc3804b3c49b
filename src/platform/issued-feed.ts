/** Certificates of devices in the order of their recording, for whoever tells others. */
import type { IssuedRow } from "../ports/issued-certificates.ts";
import { asNumber, asText } from "./sql-values.ts";

export class IssuedFeed {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  read(
    from: number | Date,
    limit: number,
  ): { readonly items: readonly IssuedRow[]; readonly position: number } {
    const afterPosition = typeof from === "number" ? from : this.#positionAt(from);
    const items = this.#rows(afterPosition, limit);
    return { items, position: items.at(-1)?.position ?? afterPosition };
  }

  #rows(afterPosition: number, limit: number): readonly IssuedRow[] {
    const seconds = (value: SqlStorageValue | undefined) => new Date(asNumber(value) * 1000);
    return this.#sql
      .exec(
        `SELECT id, serial, subject, configuration_id, transaction_id, not_before, not_after, recorded_at
         FROM certificates
         WHERE id > ? AND id < coalesce((SELECT min(id) FROM certificates WHERE status = 'intended'), ?)
           AND purpose = 'end-entity'
         ORDER BY id LIMIT ?`,
        afterPosition,
        Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray()
      .map((row) => ({
        position: asNumber(row["id"]),
        serialNumberHex: asText(row["serial"]),
        subject: asText(row["subject"]),
        configurationId: asText(row["configuration_id"]),
        transactionID: asText(row["transaction_id"]),
        notBefore: seconds(row["not_before"]),
        notAfter: seconds(row["not_after"]),
        recordedAt: seconds(row["recorded_at"]),
      }));
  }

  /** Walks back from the newest, which is near for whoever asks about a moment ago. */
  #positionAt(before: Date): number {
    const [row] = this.#sql
      .exec(
        "SELECT id FROM certificates WHERE recorded_at < ? ORDER BY id DESC LIMIT 1",
        Math.floor(before.getTime() / 1000),
      )
      .toArray();
    return row === undefined ? 0 : asNumber(row["id"]);
  }
}
