/** Requests that wait for a person, in the CA's own object: they survive its restart and are decided once. */
import { fromBase64, toBase64, toHex } from "../pki/bytes.ts";
import type { SearchPage } from "../ports/certificate-inventory.ts";
import type { IssueRequest, PollRequest } from "../ports/certificate-issuing.ts";
import type {
  DecisionRefusal,
  EnrolmentDecision,
  EnrolmentRequestRecord,
  EnrolmentRequestSearch,
} from "../ports/enrolment-requests.ts";
import { err, ok, type Result } from "../result.ts";
import { Outbox } from "./outbox.ts";
import { asNumber, asOctets, asText, optional } from "./sql-values.ts";

/** How long a request waits for its decision, and how long a rejection answers the request's repeats. */
export const enrolmentRequestLifeSeconds = 7 * 86_400;
/** Per configuration: a bound against strangers who ask and never come back. */
const maximumPending = 10_000;
/** The same for those that brought no token: nobody vouches for them. */
const maximumPendingWithoutToken = 1_000;
/** Ended requests are shown this much longer, then removed, some at each new request. */
const keptSeconds = 30 * 86_400;
const removedAtOnce = 20;

export interface WaitingRequest extends EnrolmentRequestRecord {
  readonly requestDigestHex: string;
  readonly signer: string;
  readonly request: StoredRequest;
  readonly wrappedReplyKey: Uint8Array | undefined;
}

type StoredRequest = Omit<IssueRequest, "wrappedReplyKey">;

type Row = Record<string, SqlStorageValue>;

export class EnrolmentRequestLedger {
  readonly #sql: SqlStorage;
  readonly #outbox: Outbox;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#outbox = new Outbox(sql);
  }

  /** Under this transactionID, newest first, ended ones left out. */
  findByTransaction(configurationId: string, transactionID: string, now: number): WaitingRequest[] {
    return this.#sql
      .exec(
        `SELECT * FROM enrolment_requests
         WHERE configuration_id = ? AND transaction_id = ? AND expires_at > ? ORDER BY rowid DESC`,
        configurationId,
        transactionID,
        now,
      )
      .toArray()
      .map((row) => waitingRequest(row, now));
  }

  /** The newest request of this transactionID and this key. */
  findForPoll(poll: PollRequest, now: number): WaitingRequest | undefined {
    const keyDigestHex = toHex(poll.requesterKeyDigest);
    const [row] = this.#sql
      .exec(
        `SELECT * FROM enrolment_requests
         WHERE configuration_id = ? AND transaction_id = ? AND requester_key_digest = ?
         ORDER BY rowid DESC LIMIT 1`,
        poll.configurationId,
        poll.transactionID,
        keyDigestHex,
      )
      .toArray();
    return row && waitingRequest(row, now);
  }

  /** How many places there are, and how many are left; without a token there are fewer. */
  places(request: IssueRequest, now: number): { readonly limit: number; readonly left: number } {
    const row = this.#sql
      .exec(
        "SELECT count(*) AS pending FROM enrolment_requests WHERE configuration_id = ? AND status = 'pending' AND expires_at > ?",
        request.configurationId,
        now,
      )
      .one();
    const { authorisation } = request;
    const vouchedFor = authorisation.kind === "approval" && authorisation.token !== undefined;
    const limit = vouchedFor ? maximumPending : maximumPendingWithoutToken;
    return { limit, left: limit - asNumber(row["pending"]) };
  }

  /** A bound against strangers also over the years. */
  #removeOld(now: number): void {
    this.#sql.exec(
      "DELETE FROM enrolment_requests WHERE rowid IN (SELECT rowid FROM enrolment_requests WHERE expires_at < ? LIMIT ?)",
      now - keptSeconds,
      removedAtOnce,
    );
  }

  /** Somebody must hear of it: told in the same transaction. */
  insert(id: string, request: IssueRequest, now: number): void {
    this.#removeOld(now);
    const { wrappedReplyKey, ...stored } = request;
    const { configurationId, transactionID, subjectText: subject } = request;
    const about = { configurationId, transactionID, subject };
    this.#outbox.put("enrolment-request-waiting", id, about, now);
    this.#sql.exec(
      `INSERT INTO enrolment_requests (id, configuration_id, transaction_id, request_digest, requester_key_digest, signer,
         subject, request, wrapped_reply_key, status, requested_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)`,
      id,
      request.configurationId,
      request.transactionID,
      toHex(request.requestDigest),
      toHex(request.requesterKeyDigest),
      request.signer,
      request.subjectText,
      JSON.stringify(stored, octetsToText),
      wrappedReplyKey ?? null,
      now,
      now + enrolmentRequestLifeSeconds,
    );
  }

  /**
   * What waits for the same request as this certificate's is answered by it. The reply key goes with the answer.
   * Called in the transaction that records the certificate, whichever way it was authorised.
   */
  markIssued(request: StoredRequest, serialNumberHex: string): void {
    this.#sql.exec(
      `UPDATE enrolment_requests SET status = 'issued', serial = ?, wrapped_reply_key = NULL
       WHERE configuration_id = ? AND transaction_id = ? AND request_digest = ? AND signer = ?
         AND status IN ('pending', 'approved')`,
      serialNumberHex,
      request.configurationId,
      request.transactionID,
      toHex(request.requestDigest),
      request.signer,
    );
  }

  decide(
    decision: EnrolmentDecision,
    now: number,
  ): Result<EnrolmentRequestRecord, DecisionRefusal> {
    const found = this.#find(decision, now);
    if (!found) return err({ reason: "not_found" });
    if (found.status !== "pending") return err({ reason: "already_decided", status: found.status });
    const [row] = this.#sql
      .exec(
        `UPDATE enrolment_requests SET status = ?, decided_by = ?, decision_reason = ?, decided_at = ?,
           expires_at = ? WHERE id = ? RETURNING *`,
        decision.approved ? "approved" : "rejected",
        decision.by,
        decision.reason,
        now,
        now + enrolmentRequestLifeSeconds,
        decision.id,
      )
      .toArray();
    return row ? ok(recordOf(row, now)) : err({ reason: "not_found" });
  }

  #find(
    { id, configurationIds }: EnrolmentDecision,
    now: number,
  ): EnrolmentRequestRecord | undefined {
    const [row] = this.#sql.exec("SELECT * FROM enrolment_requests WHERE id = ?", id).toArray();
    const record = row && recordOf(row, now);
    return record && configurationIds.includes(record.configurationId) ? record : undefined;
  }

  /** Newest first. */
  search(search: EnrolmentRequestSearch, now: number): SearchPage<EnrolmentRequestRecord> {
    const { id, configurationIds, status, cursor, limit } = search;
    const rows = this.#sql
      .exec(
        `SELECT rowid, * FROM enrolment_requests
         WHERE rowid < ? AND configuration_id IN (SELECT value FROM json_each(?))
           AND (?3 IS NULL OR ?3 = CASE WHEN status IN ('pending', 'approved') AND expires_at <= ?4 THEN 'expired' ELSE status END)
           AND (?5 IS NULL OR ?5 = id)
         ORDER BY rowid DESC LIMIT ?6`,
        cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor),
        JSON.stringify(configurationIds),
        status ?? null,
        now,
        id ?? null,
        limit + 1,
      )
      .toArray();
    const items = rows.slice(0, limit).map((row) => recordOf(row, now));
    const last = rows[limit - 1];
    return rows.length > limit && last
      ? { items, nextCursor: String(asNumber(last["rowid"])) }
      : { items };
  }
}

const storedRequest = (row: Row): StoredRequest =>
  JSON.parse(asText(row["request"]), textToOctets) as StoredRequest;

function recordOf(row: Row, now: number): EnrolmentRequestRecord {
  const stored = asText(row["status"]) as EnrolmentRequestRecord["status"];
  const ended =
    asNumber(row["expires_at"]) <= now && (stored === "pending" || stored === "approved");
  const { content, subjectAltNames, authorisation } = storedRequest(row);
  const [decidedBy, decisionReason, serialNumberHex] = [
    "decided_by",
    "decision_reason",
    "serial",
  ].map((name) => optional(row[name], asText));
  return {
    id: asText(row["id"]),
    configurationId: asText(row["configuration_id"]),
    transactionID: asText(row["transaction_id"]),
    subject: asText(row["subject"]),
    subjectAltNames,
    requesterKeyDigestHex: asText(row["requester_key_digest"]),
    keyUsage: content.keyUsage,
    extendedKeyUsage: content.extendedKeyUsage,
    validitySeconds: content.validitySeconds,
    ...(authorisation.kind === "approval" &&
      authorisation.token && { tokenId: authorisation.token.id }),
    status: ended ? "expired" : stored,
    requestedAt: new Date(asNumber(row["requested_at"]) * 1000),
    expiresAt: new Date(asNumber(row["expires_at"]) * 1000),
    ...(decidedBy !== undefined && { decidedBy }),
    ...(decisionReason !== undefined && { decisionReason }),
    ...(serialNumberHex !== undefined && { serialNumberHex }),
  };
}

const waitingRequest = (row: Row, now: number): WaitingRequest => ({
  ...recordOf(row, now),
  requestDigestHex: asText(row["request_digest"]),
  signer: asText(row["signer"]),
  request: storedRequest(row),
  wrappedReplyKey: optional(row["wrapped_reply_key"], asOctets),
});

/** Octets in JSON, told from strings by a name that no field of a request has. */
const octetsToText = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: toBase64(value) } : value;

function textToOctets(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("base64" in value)) return value;
  return typeof value.base64 === "string" ? fromBase64(value.base64) : value;
}
