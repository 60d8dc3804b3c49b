/** Who works on a request that somebody outside validates, and whether its certificate was delivered: the rows. */
import { toHex } from "../pki/bytes.ts";
import type { DeliveryState } from "../ports/certificate-inventory.ts";
import type { ConsentLease } from "../ports/certificate-issuing.ts";
import { leaseSeconds, type RequestIdentity } from "../ports/certificate-delivery.ts";
import { asNumber, asText, optional } from "./sql-values.ts";

/** Leases whose holders died are removed at the next ones, some at each. */
const removedAtOnce = 20;

export interface UndeliveredCertificate {
  readonly serialNumberHex: string;
  readonly undeliveredUntilSeconds: number;
}

export class DeliveryLedger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** False while somebody else has it. */
  lease(request: RequestIdentity, { holder }: ConsentLease, now: number): boolean {
    this.#sql.exec(
      "DELETE FROM leases WHERE request IN (SELECT request FROM leases WHERE until <= ? LIMIT ?)",
      now,
      removedAtOnce,
    );
    return (
      this.#sql
        .exec(
          `INSERT INTO leases (request, holder, until) VALUES (?, ?, ?)
           ON CONFLICT (request) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE until <= ? OR holder = excluded.holder
           RETURNING request`,
          nameOf(request),
          holder,
          now + leaseSeconds,
          now,
        )
        .toArray().length > 0
    );
  }

  holds(request: RequestIdentity, { holder }: ConsentLease, now: number): boolean {
    return (
      this.#sql
        .exec(
          "SELECT request FROM leases WHERE request = ? AND holder = ? AND until > ?",
          nameOf(request),
          holder,
          now,
        )
        .toArray().length > 0
    );
  }

  endLease(request: RequestIdentity, { holder }: ConsentLease): void {
    this.#sql.exec("DELETE FROM leases WHERE request = ? AND holder = ?", nameOf(request), holder);
  }

  /** Call inside the transaction that records the certificate, or that leases it for its notification. */
  putUndelivered(
    serialNumberHex: string,
    { octetsDigest }: ConsentLease,
    untilSeconds: number,
  ): void {
    this.#sql.exec(
      `UPDATE certificates SET delivery = 'undelivered', undelivered_until = max(coalesce(undelivered_until, 0), ?),
         validated_digest = coalesce(validated_digest, ?) WHERE serial = ?`,
      untilSeconds,
      toHex(octetsDigest),
      serialNumberHex,
    );
  }

  find(serialNumberHex: string): {
    readonly delivery: DeliveryState | undefined;
    readonly validatedDigestHex: string | undefined;
  } {
    const [row] = this.#sql
      .exec("SELECT delivery, validated_digest FROM certificates WHERE serial = ?", serialNumberHex)
      .toArray();
    return {
      delivery: optional(row?.["delivery"] ?? null, asText) as DeliveryState | undefined,
      validatedDigestHex: optional(row?.["validated_digest"] ?? null, asText),
    };
  }

  /** From `undelivered` only. False when it was something else. */
  settle(serialNumberHex: string, delivery: Exclude<DeliveryState, "undelivered">): boolean {
    return (
      this.#sql
        .exec(
          `UPDATE certificates SET delivery = ?, undelivered_until = NULL
           WHERE serial = ? AND delivery = 'undelivered' RETURNING serial`,
          delivery,
          serialNumberHex,
        )
        .toArray().length > 0
    );
  }

  /** The newest certificate of this very request that was refused at its notification, recorded after `sinceSeconds`. */
  findRefused(
    { configurationId, transactionID, requestDigest, signer }: RequestIdentity,
    sinceSeconds: number,
  ): string | undefined {
    const [row] = this.#sql
      .exec(
        `SELECT serial FROM certificates
         WHERE configuration_id = ? AND transaction_id = ? AND request_digest = ? AND signer = ?
           AND delivery = 'refused' AND recorded_at > ? ORDER BY id DESC LIMIT 1`,
        configurationId,
        transactionID,
        toHex(requestDigest),
        signer,
        sinceSeconds,
      )
      .toArray();
    return row && asText(row["serial"]);
  }

  /** The next one to be given up, and when. */
  firstUndelivered(): UndeliveredCertificate | undefined {
    const [row] = this.#sql
      .exec(
        `SELECT serial, undelivered_until FROM certificates
         WHERE delivery = 'undelivered' ORDER BY undelivered_until LIMIT 1`,
      )
      .toArray();
    return (
      row && {
        serialNumberHex: asText(row["serial"]),
        undeliveredUntilSeconds: asNumber(row["undelivered_until"]),
      }
    );
  }
}

const nameOf = ({
  configurationId,
  transactionID,
  requestDigest,
  signer,
}: RequestIdentity): string =>
  [configurationId, toHex(requestDigest), signer, transactionID].join("/");
