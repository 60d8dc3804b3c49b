/**
 * What is to be done about a request under a transactionID: answer it with what there is, refuse it, let it wait, or
 * record a certificate for it. Each call is one synchronous transaction of the object's SQLite, so equal requests at
 * once find one winner.
 */
import type { Issuer } from "../ca/issuance.ts";
import { judgeTransaction, repeatWindowSeconds } from "../ca/transaction.ts";
import { toHex } from "../pki/bytes.ts";
import type { RequestIdentity } from "../ports/certificate-delivery.ts";
import type {
  IssueRefusal,
  IssueRequest,
  PendingRequest,
  PollRefusal,
  PollRequest,
} from "../ports/certificate-issuing.ts";
import { err, ok, type Result } from "../result.ts";
import type { CertificateLedger, LedgerEntry } from "./certificate-ledger.ts";
import type { EnrolmentRequestLedger, WaitingRequest } from "./enrolment-request-ledger.ts";
import type { Issuing } from "./issuing.ts";
import type { Revocations } from "./revocations.ts";
import type { TokenLedger } from "./token-ledger.ts";

/** A certificate that is recorded and must be completed, or has been. */
export interface RecordedCertificate {
  readonly status: "recorded";
  readonly entry: LedgerEntry;
  readonly repeated: boolean;
  readonly wrappedReplyKey?: Uint8Array | undefined;
}

type TransactionConflict = Extract<IssueRefusal, { readonly reason: "transaction_conflict" }>;

const succeeded = err({ reason: "authority_closed", because: "succeeded" } as const);

export class EnrolmentTransactions {
  readonly #ledger: CertificateLedger;
  readonly #tokens: TokenLedger;
  readonly #requests: EnrolmentRequestLedger;
  readonly #issuing: Issuing;
  readonly #revocations: Revocations;

  constructor(
    ledger: CertificateLedger,
    tokens: TokenLedger,
    requests: EnrolmentRequestLedger,
    issuing: Issuing,
    revocations: Revocations,
  ) {
    this.#ledger = ledger;
    this.#tokens = tokens;
    this.#requests = requests;
    this.#issuing = issuing;
    this.#revocations = revocations;
  }

  findOrRecord(
    request: IssueRequest,
    issuer: Issuer,
    now: number,
  ): Result<RecordedCertificate | PendingRequest, IssueRefusal> {
    const { authorisation } = request;
    const revoked = this.#refuseRevokedSigner(request);
    if (revoked) return revoked;
    const earlier = this.answerOfEarlier(request, now);
    if (earlier) return earlier;
    if (authorisation.kind === "approval") return this.#findOrWait(request, issuer, now);
    // What Microsoft has validated for this CA was begun before, under a lease.
    if (authorisation.kind !== "intune" && this.#issuing.succeeded) return succeeded;
    if (authorisation.kind === "renewal" || authorisation.kind === "intune") {
      return ok(this.#recorded(request, issuer, authorisation, null, now));
    }
    const spent = this.#tokens.spend(authorisation.tokenId, authorisation.maxUses);
    if (!spent.ok) return spent;
    return ok(this.#recorded(request, issuer, authorisation, authorisation.tokenId, now));
  }

  /** It was good when it signed; it must be so when its wish is carried out, which may be days later. */
  #refuseRevokedSigner({
    signer,
  }: WaitingRequest["request"]): Result<never, IssueRefusal> | undefined {
    if (signer === "self-signed" || !this.#revocations.isRevoked(signer)) return undefined;
    return err({ reason: "signer_revoked", serialNumberHex: signer });
  }

  /** What was issued under the transactionID before may be the answer, or forbid one; undefined: neither. */
  answerOfEarlier(
    { configurationId, transactionID, requestDigest, signer }: RequestIdentity,
    now: number,
  ): Result<RecordedCertificate, TransactionConflict> | undefined {
    const earlier = this.#ledger.earlierIssues(configurationId, transactionID);
    const asked = { requestDigestHex: toHex(requestDigest), signer };
    const judgement = judgeTransaction(earlier, asked, now);
    if (judgement.kind === "new") return undefined;
    const { kind, serialNumberHex } = judgement;
    if (kind === "conflict") return err({ reason: "transaction_conflict", serialNumberHex });
    return ok({ status: "recorded", entry: this.#ledger.load(serialNumberHex), repeated: true });
  }

  #findOrWait(
    request: IssueRequest,
    issuer: Issuer,
    now: number,
  ): Result<RecordedCertificate | PendingRequest, IssueRefusal> {
    const { configurationId, transactionID, signer } = request;
    const known = this.#requests.findByTransaction(configurationId, transactionID, now);
    const requestDigestHex = toHex(request.requestDigest);
    const same = known.find(
      (waiting) =>
        waiting.requestDigestHex === requestDigestHex &&
        waiting.signer === signer &&
        waiting.status !== "issued",
    );
    // What is sent again is judged by what holds now: its content, and the token that came along.
    if (same) return this.#settle(same, request, issuer, now);
    if (this.#issuing.succeeded) return succeeded;
    // A key has one request at a time under one transactionID; after a rejection it may try another. Another key's is
    // another transaction: whoever has seen an id must not be able to keep its owner out.
    const keyDigestHex = toHex(request.requesterKeyDigest);
    const waits = known.some(
      ({ status, requesterKeyDigestHex }) =>
        (status === "pending" || status === "approved") && requesterKeyDigestHex === keyDigestHex,
    );
    if (waits) return err({ reason: "transaction_conflict" });
    const { limit, left } = this.#requests.places(request, now);
    if (left <= 0) return err({ reason: "too_many_pending", limit });
    const enrolmentRequestId = crypto.randomUUID();
    this.#requests.insert(enrolmentRequestId, request, now);
    this.#ledger.journal("enrolment-requested", enrolmentRequestId, now);
    return ok({ status: "pending", enrolmentRequestId });
  }

  /** The decision that was made is carried out by whoever asks next. */
  #settle(
    waiting: WaitingRequest,
    request: WaitingRequest["request"],
    issuer: Issuer,
    now: number,
  ): Result<RecordedCertificate | PendingRequest, IssueRefusal> {
    const { id, status, decidedBy, decisionReason, wrappedReplyKey } = waiting;
    if (status === "rejected") {
      return err({ reason: "request_rejected", decisionReason: decisionReason ?? "" });
    }
    if (status !== "approved") return ok({ status: "pending", enrolmentRequestId: id });
    // While it waited, something may have been issued without approval: the configuration can be changed.
    const earlier = this.answerOfEarlier(request, now);
    if (earlier?.ok) {
      this.#requests.markIssued(request, earlier.value.entry.serialNumberHex);
      return ok({ ...earlier.value, wrappedReplyKey });
    }
    if (earlier) return earlier;
    const { authorisation } = request;
    const token = authorisation.kind === "approval" ? authorisation.token : undefined;
    if (token) {
      if (token.expiresAtSeconds <= now) return err({ reason: "token_expired" });
      const spent = this.#tokens.spend(token.id, token.maxUses);
      if (!spent.ok) return spent;
    }
    const recorded = { kind: "approval", enrolmentRequestId: id, decidedBy, decisionReason, token };
    const certificate = this.#recorded(request, issuer, recorded, token?.id ?? null, now);
    return ok({ ...certificate, wrappedReplyKey });
  }

  poll(
    poll: PollRequest,
    issuer: Issuer,
    now: number,
  ): Result<RecordedCertificate | PendingRequest, PollRefusal> {
    const waiting = this.#requests.findForPoll(poll, now);
    if (waiting && waiting.status !== "issued" && waiting.status !== "expired") {
      const { templateId, templateVersion } = waiting.request;
      // A poll brings no request that could be held against the template as it is by now.
      const changed = templateId !== poll.templateId || templateVersion !== poll.templateVersion;
      if (waiting.status === "approved" && changed) return err({ reason: "template_changed" });
      const revoked = this.#refuseRevokedSigner(waiting.request);
      if (revoked) return revoked;
      return this.#settle(waiting, waiting.request, issuer, now);
    }
    const issued = this.#ledger.findForPoll(poll);
    const [earlier] = issued
      ? this.#ledger
          .earlierIssues(poll.configurationId, poll.transactionID)
          .filter(({ serialNumberHex }) => serialNumberHex === issued.serialNumberHex)
      : [];
    // What somebody outside must agree to leaves by its own way only.
    const delivery = issued?.record.delivery;
    if (delivery !== undefined && delivery !== "delivered")
      return err({ reason: "transaction_unknown" });
    // A poll after the answer was lost brings it again, as long as a repeated request would.
    if (!issued || !earlier || now >= earlier.recordedAtSeconds + repeatWindowSeconds(earlier)) {
      return err({ reason: "transaction_unknown" });
    }
    return ok({ status: "recorded", entry: issued, repeated: true });
  }

  #recorded(
    request: WaitingRequest["request"],
    issuer: Issuer,
    authorisation: object,
    tokenId: string | null,
    now: number,
  ): RecordedCertificate {
    const entry = this.#issuing.record(request, issuer, authorisation, tokenId, now);
    this.#requests.markIssued(request, entry.serialNumberHex);
    return { status: "recorded", entry, repeated: false };
  }
}
