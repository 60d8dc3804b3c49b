/**
 * What is revoked, in the CA's object. No row is ever deleted: each change gives its row the next revision, and a list
 * that was made for an earlier one is told by that to be out of date.
 */
import type { RecordedRevocation, Revocation } from "../ca/revocation.ts";
import type { RevocationReason } from "../pki/crl-reason.ts";
import type { CertificateStatus } from "../ports/certificate-revocation.ts";
import { asNumber, asText, optional } from "./sql-values.ts";

const nextRevision = "(SELECT coalesce(max(revision), 0) + 1 FROM revocations)";

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
  ): void {
    this.#sql.exec(
      `INSERT INTO revocations (serial, revoked_at, reason, not_after, revision) VALUES (?, ?, ?, ?, ${nextRevision})
       ON CONFLICT (serial) DO UPDATE SET revoked_at = excluded.revoked_at, reason = excluded.reason,
         revision = excluded.revision, released_at = NULL`,
      serialNumberHex,
      atSeconds,
      reason,
      notAfterSeconds,
    );
  }

  release(serialNumberHex: string, nowSeconds: number): void {
    this.#sql.exec(
      `UPDATE revocations SET released_at = ?, revision = ${nextRevision} WHERE serial = ?`,
      nowSeconds,
      serialNumberHex,
    );
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
