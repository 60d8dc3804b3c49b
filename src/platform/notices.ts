/** What somebody should hear of before it hurts: told to the outbox once for each subject and threshold. */
import type { AuthorityEventKind } from "../ports/authority-upkeep.ts";
import type { Outbox } from "./outbox.ts";
import { asNumber, optional } from "./sql-values.ts";

export class Notices {
  readonly #storage: DurableObjectStorage;
  readonly #outbox: Outbox;

  constructor(storage: DurableObjectStorage, outbox: Outbox) {
    this.#storage = storage;
    this.#outbox = outbox;
  }

  /** Of a notice whose thresholds are days before an end: the last that was given. */
  lastDays(event: AuthorityEventKind, subject: string): number | undefined {
    const query =
      "SELECT min(CAST(threshold AS INTEGER)) AS days FROM notices WHERE event = ? AND subject = ?";
    return optional(this.#storage.sql.exec(query, event, subject).one()["days"], asNumber);
  }

  #given(event: AuthorityEventKind, subject: string, threshold: string): boolean {
    const query = "SELECT 1 FROM notices WHERE event = ? AND subject = ? AND threshold = ?";
    return this.#storage.sql.exec(query, event, subject, threshold).toArray().length > 0;
  }

  /** @param details never a secret */
  give(
    event: AuthorityEventKind,
    subject: string,
    threshold: string,
    details: Readonly<Record<string, unknown>>,
    nowSeconds: number,
  ): void {
    this.#storage.transactionSync(() => {
      if (this.#given(event, subject, threshold)) return;
      this.#storage.sql.exec(
        "INSERT INTO notices (event, subject, threshold, at) VALUES (?, ?, ?, ?)",
        event,
        subject,
        threshold,
        nowSeconds,
      );
      this.#outbox.put(event, subject, details, nowSeconds);
    });
  }
}
