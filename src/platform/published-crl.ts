/** The CRL that is served, in the object's SQLite: a head that says which it is, and its octets in chunks. */
import { concatenate } from "../pki/bytes.ts";
import type { CurrentCrl } from "../ports/certificate-revocation.ts";
import { asNumber, asOctets } from "./sql-values.ts";

export interface CrlHead {
  /** cRLNumber. */
  readonly number: number;
  readonly madeAtSeconds: number;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  /** What was revoked up to here is in it. */
  readonly revision: number;
}

/** A row holds 2 MB at most; to write that much takes too long in one piece. */
const chunkOctets = 250_000;

export class PublishedCrl {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  head(): CrlHead | undefined {
    const [row] = this.#sql.exec("SELECT * FROM crl ORDER BY number DESC LIMIT 1").toArray();
    return (
      row && {
        number: asNumber(row["number"]),
        madeAtSeconds: asNumber(row["made_at"]),
        thisUpdateSeconds: asNumber(row["this_update"]),
        nextUpdateSeconds: asNumber(row["next_update"]),
        revision: asNumber(row["revision"]),
      }
    );
  }

  /** Above every number that this CA has used, here or where it was imported from. */
  nextNumber(): number {
    const query = `SELECT max(coalesce((SELECT max(number) FROM crl), 0), imported_crl_number) + 1 AS number
      FROM authority`;
    return asNumber(this.#sql.exec(query).one()["number"]);
  }

  read({ number, thisUpdateSeconds, nextUpdateSeconds }: CrlHead): CurrentCrl {
    const chunks = this.#sql
      .exec("SELECT octets FROM crl_chunks WHERE number = ? ORDER BY position", number)
      .toArray()
      .map((row) => asOctets(row["octets"]));
    return {
      der: concatenate(chunks),
      number,
      thisUpdate: new Date(thisUpdateSeconds * 1000),
      nextUpdate: new Date(nextUpdateSeconds * 1000),
    };
  }

  /**
   * Chunk by chunk, with a pause after each: nobody sees them before the head names their number. What a life before
   * this one has left behind goes first.
   */
  async store(number: number, der: Uint8Array, pause: () => Promise<void>): Promise<void> {
    await this.clear(pause);
    for (let offset = 0; offset < der.length; offset += chunkOctets) {
      this.#sql.exec(
        "INSERT INTO crl_chunks (number, position, octets) VALUES (?, ?, ?)",
        number,
        offset,
        der.slice(offset, offset + chunkOctets),
      );
      await pause();
    }
  }

  /** Takes the place of the one before. Call inside a transaction; throws when its number is not a new one. */
  publish(head: CrlHead): void {
    if (head.number <= (this.head()?.number ?? 0))
      throw new Error(`A CRL with number ${head.number} or a higher one is published already.`);
    this.#sql.exec("DELETE FROM crl");
    this.#sql.exec(
      "INSERT INTO crl (number, made_at, this_update, next_update, revision) VALUES (?, ?, ?, ?, ?)",
      head.number,
      head.madeAtSeconds,
      head.thisUpdateSeconds,
      head.nextUpdateSeconds,
      head.revision,
    );
  }

  /** Removes the chunks of lists that are not, or no longer, published. */
  async clear(pause: () => Promise<void>): Promise<void> {
    const query =
      "SELECT number, position FROM crl_chunks WHERE number NOT IN (SELECT number FROM crl) LIMIT 1";
    for (;;) {
      const [row] = this.#sql.exec(query).toArray();
      if (!row) return;
      this.#sql.exec(
        "DELETE FROM crl_chunks WHERE number = ? AND position = ?",
        asNumber(row["number"]),
        asNumber(row["position"]),
      );
      await pause();
    }
  }
}
