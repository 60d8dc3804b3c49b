/**
 * What is revoked, in the CA's object. No row is ever deleted: each change gives its row the next revision, and a list
 * that was made for an earlier one is told by that to be out of date.
 */
import type { RecordedRevocation, Revocation } from "../ca/revocation.ts";
import type { RevocationReason } from "../pki/crl-reason.ts";
import type { CertificateStatus } from "../ports/certificate-revocation.ts";
import { asNumber, asText, optional } from "./sql-values.ts";

const nextRevision = "(SELECT coalesce(max(revision), 0) + 1 FROM revocations)";

export interface EntriesWanted {
  /** The last serial number of the slice before; empty: from the beginning. */
  readonly after: string;
  readonly limit: number;
  /** A certificate that had ended by then is left out, */
  readonly endedBeforeSeconds: number;
  /** unless it was revoked after this revision. */
  readonly upToRevision: number;
}

export interface Entry {
  readonly serialNumberHex: string;
  readonly revokedAtSeconds: number;
  readonly reason: RevocationReason;
}

export class RevocationLedger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(serialNumberHex: string): RecordedRevocation | undefined {
    const [row] = this.#sql
      .exec(
        "SELECT revoked_at, reason, released_at FROM revocations WHERE serial = ?",
        serialNumberHex,
      )
      .toArray();
    return (
      row && {
        atSeconds: asNumber(row["revoked_at"]),
        reason: asText(row["reason"]) as RevocationReason,
        releasedAtSeconds: optional(row["released_at"], asNumber),
      }
    );
  }

  put(
    serialNumberHex: string,
    { atSeconds, reason }: Revocation,
    notAfterSeconds: number | null,
    nowSeconds: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO revocations (serial, revoked_at, reason, not_after, changed_at, revision)
       VALUES (?, ?, ?, ?, ?, ${nextRevision})
       ON CONFLICT (serial) DO UPDATE SET revoked_at = excluded.revoked_at, reason = excluded.reason,
         changed_at = excluded.changed_at, revision = excluded.revision, released_at = NULL`,
      serialNumberHex,
      atSeconds,
      reason,
      notAfterSeconds,
      nowSeconds,
    );
  }

  release(serialNumberHex: string, nowSeconds: number): void {
    this.#sql.exec(
      `UPDATE revocations SET released_at = ?, changed_at = ?, revision = ${nextRevision} WHERE serial = ?`,
      nowSeconds,
      nowSeconds,
      serialNumberHex,
    );
  }

  /** Grows with each change. */
  revision(): number {
    return asNumber(
      this.#sql.exec("SELECT coalesce(max(revision), 0) AS revision FROM revocations").one()[
        "revision"
      ],
    );
  }

  /** Since when something has changed after this revision; undefined: nothing has. */
  changedSince(revision: number): number | undefined {
    const query = "SELECT changed_at FROM revocations WHERE revision > ? ORDER BY revision LIMIT 1";
    const [row] = this.#sql.exec(query, revision).toArray();
    return row && asNumber(row["changed_at"]);
  }

  /** The next entries of a list, in the order of their serial numbers. */
  entries({ after, limit, endedBeforeSeconds, upToRevision }: EntriesWanted): readonly Entry[] {
    return this.#sql
      .exec(
        `SELECT serial, revoked_at, reason FROM revocations WHERE serial > ? AND released_at IS NULL
           AND (not_after IS NULL OR not_after >= ? OR revision > ?)
         ORDER BY serial LIMIT ?`,
        after,
        endedBeforeSeconds,
        upToRevision,
        limit,
      )
      .toArray()
      .map((row) => ({
        serialNumberHex: asText(row["serial"]),
        revokedAtSeconds: asNumber(row["revoked_at"]),
        reason: asText(row["reason"]) as RevocationReason,
      }));
  }

  statuses(serialNumbersHex: readonly string[]): readonly CertificateStatus[] {
    return this.#sql
      .exec(
        `SELECT c.status, r.revoked_at, r.reason FROM json_each(?) AS asked
         LEFT JOIN certificates c ON c.serial = asked.value
         LEFT JOIN revocations r ON r.serial = asked.value AND r.released_at IS NULL
         ORDER BY asked.key`,
        JSON.stringify(serialNumbersHex),
      )
      .toArray()
      .map((row) => {
        const revokedAt = optional(row["revoked_at"], asNumber);
        if (revokedAt !== undefined) {
          const reason = asText(row["reason"]) as RevocationReason;
          return { status: "revoked", revokedAt: new Date(revokedAt * 1000), reason };
        }
        // What was recorded and never signed is not called good: nobody can have it.
        return { status: row["status"] === "issued" ? "good" : "unknown" };
      });
  }
}
