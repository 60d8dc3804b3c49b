/** A CA's key that does not open is told of once, in the outbox, and forgotten when it opens again. */
import type { Outbox } from "./outbox.ts";
import { asNumber } from "./sql-values.ts";

export class KeyTrouble {
  readonly #storage: DurableObjectStorage;
  readonly #outbox: Outbox;

  constructor(storage: DurableObjectStorage, outbox: Outbox) {
    this.#storage = storage;
    this.#outbox = outbox;
  }

  began(authorityId: string, version: number, nowSeconds: number): void {
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      const [known] = sql.exec("SELECT version FROM key_trouble").toArray();
      if (known && asNumber(known["version"]) === version) return;
      sql.exec("DELETE FROM key_trouble");
      sql.exec("INSERT INTO key_trouble (version, since) VALUES (?, ?)", version, nowSeconds);
      this.#outbox.put(
        "key-trouble",
        authorityId,
        {
          masterKeyVersion: version,
          remedy: `Put version ${version} back into MASTER_KEYS; nothing else is needed.`,
        },
        nowSeconds,
      );
    });
  }

  ended(): void {
    this.#storage.sql.exec("DELETE FROM key_trouble");
  }
}
