/**
 * What others must hear of: written in the transaction that made it a fact, read and confirmed by whoever carries it on.
 * A carrier that dies before it confirms carries it again, so its receiver knows an event by (CA, id).
 */
import type { AuthorityEvent, AuthorityEventKind } from "../ports/authority-upkeep.ts";
import { asNumber, asText } from "./sql-values.ts";

export class Outbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Call inside the transaction of the fact. @param details never a secret */
  put(
    event: AuthorityEventKind,
    subject: string,
    details: Readonly<Record<string, unknown>>,
    nowSeconds: number,
  ): void {
    this.#sql.exec(
      "INSERT INTO outbox (at, event, subject, details) VALUES (?, ?, ?, ?)",
      nowSeconds,
      event,
      subject,
      JSON.stringify(details),
    );
  }

  /** Oldest first. */
  read(limit: number): readonly AuthorityEvent[] {
    return this.#sql
      .exec("SELECT id, at, event, subject, details FROM outbox ORDER BY id LIMIT ?", limit)
      .toArray()
      .map((row) => ({
        id: asNumber(row["id"]),
        at: new Date(asNumber(row["at"]) * 1000),
        event: asText(row["event"]) as AuthorityEventKind,
        subject: asText(row["subject"]),
        details: JSON.parse(asText(row["details"])) as Readonly<Record<string, unknown>>,
      }));
  }

  /** Everything up to and including this id has arrived. */
  confirm(id: number): void {
    this.#sql.exec("DELETE FROM outbox WHERE id <= ?", id);
  }
}
