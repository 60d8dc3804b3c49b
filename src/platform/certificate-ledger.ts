/**
 * The certificates of one CA in its object's SQLite. Each method is one synchronous step; what must happen together is
 * called inside the object's `transactionSync`.
 */
import { toHex } from "../pki/bytes.ts";
import type { EarlierIssue } from "../ca/transaction.ts";
import type { RevocationReason } from "../pki/crl-reason.ts";
import type { CertificateRecord, DeliveryState } from "../ports/certificate-inventory.ts";
import type { PollRequest } from "../ports/certificate-issuing.ts";
import { asNumber, asOctets, asText, optional } from "./sql-values.ts";

/** What is written down before anything is signed. */
export interface Intent {
  readonly serialNumberHex: string;
  readonly purpose: CertificateRecord["purpose"];
  readonly configurationId: string | null;
  readonly transactionID: string | null;
  readonly requestDigestHex: string;
  /** Of the key that signed the message. */
  readonly requesterKeyDigestHex: string;
  readonly signer: string;
  /** JSON: why this may be signed. */
  readonly authorisation: string;
  readonly tokenId: string | null;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
  readonly subject: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly tbsDer: Uint8Array;
}

/** A certificate on its way: with a signature it is whole. */
export interface LedgerEntry {
  readonly serialNumberHex: string;
  readonly tbsDer: Uint8Array;
  readonly signature: Uint8Array | undefined;
}

type Row = Record<string, SqlStorageValue>;

/** Certificates with what revokes them now. */
const selectRecords = `SELECT certificates.*, revoked_at, reason FROM certificates
  LEFT JOIN revocations ON revocations.serial = certificates.serial AND released_at IS NULL`;

export class CertificateLedger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  record(intent: Intent, nowSeconds: number): void {
    this.#sql.exec(
      `INSERT INTO certificates (serial, status, purpose, configuration_id, transaction_id, request_digest,
         requester_key_digest, signer,
         authorisation, token_id, template_id, template_version, subject, not_before, not_after, recorded_at, tbs)
       VALUES (?, 'intended', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      intent.serialNumberHex,
      intent.purpose,
      intent.configurationId,
      intent.transactionID,
      intent.requestDigestHex,
      intent.requesterKeyDigestHex,
      intent.signer,
      intent.authorisation,
      intent.tokenId,
      intent.templateId,
      intent.templateVersion,
      intent.subject,
      intent.notBeforeSeconds,
      intent.notAfterSeconds,
      nowSeconds,
      intent.tbsDer,
    );
  }

  /** The certificate exists from here on, also when its answer is lost. */
  markIssued(serialNumberHex: string, signature: Uint8Array, nowSeconds: number): void {
    this.#sql.exec(
      "UPDATE certificates SET status = 'issued', signature = ?, issued_at = ? WHERE serial = ? AND signature IS NULL",
      signature,
      nowSeconds,
      serialNumberHex,
    );
  }

  /** Died between record and signature: each may exist, so each stays, revocable and open for its retry. */
  settleUnfinished(nowSeconds: number): readonly string[] {
    const serials = this.#sql
      .exec(
        "UPDATE certificates SET status = 'abandoned' WHERE status = 'intended' RETURNING serial",
      )
      .toArray()
      .map((row) => asText(row["serial"]));
    for (const serial of serials) this.journal("abandoned", serial, nowSeconds);
    return serials;
  }

  load(serialNumberHex: string): LedgerEntry {
    const row = this.#sql
      .exec("SELECT serial, tbs, signature FROM certificates WHERE serial = ?", serialNumberHex)
      .one();
    return entryOf(row);
  }

  /** Without those that are revoked or on hold: they answer nothing and stand in nobody's way. */
  earlierIssues(configurationId: string, transactionID: string): EarlierIssue[] {
    return this.#sql
      .exec(
        `SELECT serial, request_digest, signer, recorded_at, not_before, not_after FROM certificates
         WHERE configuration_id = ? AND transaction_id = ? AND NOT EXISTS (
           SELECT 1 FROM revocations WHERE revocations.serial = certificates.serial AND released_at IS NULL)
         ORDER BY id DESC`,
        configurationId,
        transactionID,
      )
      .toArray()
      .map((row) => ({
        serialNumberHex: asText(row["serial"]),
        requestDigestHex: asText(row["request_digest"]),
        signer: asText(row["signer"]),
        recordedAtSeconds: asNumber(row["recorded_at"]),
        notBeforeSeconds: asNumber(row["not_before"]),
        notAfterSeconds: asNumber(row["not_after"]),
      }));
  }

  /** The newest certificate of this transactionID that this key asked for. */
  findForPoll(
    poll: PollRequest,
  ): (LedgerEntry & { readonly record: CertificateRecord }) | undefined {
    const [row] = this.#sql
      .exec(
        `${selectRecords} WHERE configuration_id = ? AND transaction_id = ? AND requester_key_digest = ?
         ORDER BY id DESC LIMIT 1`,
        poll.configurationId,
        poll.transactionID,
        toHex(poll.requesterKeyDigest),
      )
      .toArray();
    return row && { ...entryOf(row), record: recordOf(row) };
  }

  /** What was made for a key of ours: no transaction, found by the key's digest. */
  findByKey(purpose: CertificateRecord["purpose"], keyDigestHex: string): LedgerEntry | undefined {
    const [row] = this.#sql
      .exec(
        `SELECT serial, tbs, signature FROM certificates
         WHERE request_digest = ? AND transaction_id IS NULL AND purpose = ? ORDER BY id LIMIT 1`,
        keyDigestHex,
        purpose,
      )
      .toArray();
    return row && entryOf(row);
  }

  find(
    serialNumberHex: string,
  ): (LedgerEntry & { readonly record: CertificateRecord }) | undefined {
    const [row] = this.#sql
      .exec(`${selectRecords} WHERE certificates.serial = ?`, serialNumberHex)
      .toArray();
    return row && { ...entryOf(row), record: recordOf(row) };
  }

  /** By row id. */
  records(ids: readonly number[]): ReadonlyMap<number, CertificateRecord> {
    return new Map(
      this.#sql
        .exec(
          `${selectRecords} WHERE certificates.id IN (SELECT value FROM json_each(?))`,
          JSON.stringify(ids),
        )
        .toArray()
        .map((row) => [asNumber(row["id"]), recordOf(row)]),
    );
  }

  /** @param details by whom and why; never a secret */
  journal(event: string, subject: string, nowSeconds: number, details?: object): void {
    this.#sql.exec(
      "INSERT INTO journal (at, event, subject, details) VALUES (?, ?, ?, ?)",
      nowSeconds,
      event,
      subject,
      details ? JSON.stringify(details) : null,
    );
  }
}

function entryOf(row: Row): LedgerEntry {
  return {
    serialNumberHex: asText(row["serial"]),
    tbsDer: asOctets(row["tbs"]),
    signature: optional(row["signature"], asOctets),
  };
}

function recordOf(row: Row): CertificateRecord {
  const [configurationId, transactionID, tokenId, templateId, delivery] = [
    "configuration_id",
    "transaction_id",
    "token_id",
    "template_id",
    "delivery",
  ].map((name) => optional(row[name], asText));
  return {
    serialNumberHex: asText(row["serial"]),
    subject: asText(row["subject"]),
    notBefore: new Date(asNumber(row["not_before"]) * 1000),
    notAfter: new Date(asNumber(row["not_after"]) * 1000),
    ...statusOf(row),
    purpose: asText(row["purpose"]) as CertificateRecord["purpose"],
    ...(configurationId !== undefined && { configurationId }),
    ...(transactionID !== undefined && { transactionID }),
    ...(tokenId !== undefined && { tokenId }),
    ...(templateId !== undefined && {
      template: { id: templateId, version: asNumber(row["template_version"]) },
    }),
    ...(delivery !== undefined && { delivery: delivery as DeliveryState }),
  };
}

function statusOf(row: Row): Pick<CertificateRecord, "status" | "revocation"> {
  const revokedAt = optional(row["revoked_at"], asNumber);
  if (revokedAt === undefined)
    return { status: asText(row["status"]) as CertificateRecord["status"] };
  const reason = asText(row["reason"]) as RevocationReason;
  const status = reason === "certificateHold" ? "on-hold" : "revoked";
  return { status, revocation: { at: new Date(revokedAt * 1000), reason } };
}
