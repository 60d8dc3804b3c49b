/**
 * The Durable Object of one CA: a thin shell. It decides in one transaction what is to be signed, makes that durable,
 * signs, records again, answers. Nothing here waits for a network, and of strangers' octets
 * only those of a CA's own agent are looked at (own-agent.ts).
 * Methods without `#` are callable over RPC; private ones must be `#private`, because `private` is not.
 */
import { DurableObject } from "cloudflare:workers";
import type { Issuer } from "../ca/issuance.ts";
import { type Bindings, readEnvironment } from "../env.ts";
import type { DigestName } from "../pki/algorithms.ts";
import type { KeyTransport } from "../pki/rsa-key-transport.ts";
import type {
  AgentRequest,
  AuthorityState,
  ClosedBecause,
  CreateAuthority,
  ImportAuthority,
  SubordinateRequest,
} from "../ports/authority-hierarchy.ts";
import type { TokenTally } from "../ports/authority-succession.ts";
import type { AuthorityEvent, AuthorityNeeds } from "../ports/authority-upkeep.ts";
import type { CertificateAuthorityClient } from "../ports/certificate-authority.ts";
import type {
  ConsentRefusal,
  ConsentRequest,
  ConsentState,
} from "../ports/certificate-delivery.ts";
import type {
  CertificateRecord,
  CertificateSearch,
  CertificateStory,
  CountedDays,
  DailyCount,
  SearchPage,
} from "../ports/certificate-inventory.ts";
import type {
  IssuedCertificate,
  IssueRefusal,
  IssueRequest,
  PendingRequest,
  PollAnswer,
  PollRefusal,
  PollRequest,
} from "../ports/certificate-issuing.ts";
import type {
  CertificateStatus,
  CrlRefusal,
  CrlSummary,
  CurrentCrl,
  ReleaseRefusal,
  ReleaseRequest,
  RevocationRefusal,
  RevokeRequest,
} from "../ports/certificate-revocation.ts";
import type {
  DecisionRefusal,
  EnrolmentDecision,
  EnrolmentRequestRecord,
  EnrolmentRequestSearch,
} from "../ports/enrolment-requests.ts";
import { ok, type Result } from "../result.ts";
import type { RecordedCertificate } from "./enrolment-transactions.ts";
import { nowInSeconds } from "./issuing.ts";
import { assembleAuthority, type AuthorityParts } from "./authority-parts.ts";
import { IssuedFeed } from "./issued-feed.ts";

export class CertificateAuthority
  extends DurableObject<Bindings>
  implements CertificateAuthorityClient
{
  readonly #parts: AuthorityParts;

  constructor(context: DurableObjectState, bindings: Bindings) {
    super(context, bindings);
    this.#parts = assembleAuthority(context.storage, readEnvironment(bindings));
    this.#parts.issuing.settleUnfinished();
  }

  async create(request: CreateAuthority, as: "root" | "subordinate"): Promise<AuthorityState> {
    return await this.#parts.hierarchy.create(request, as);
  }

  async adopt(
    request: ImportAuthority,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>> {
    return await this.#parts.hierarchy.adopt(request);
  }

  async certificationRequest(): Promise<Uint8Array> {
    return await this.#parts.identity.certificationRequest();
  }

  async install(
    certificateDer: Uint8Array,
    mayRename = false,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>> {
    return this.#parts.hierarchy.install(certificateDer, mayRename);
  }

  async close(because: Exclude<ClosedBecause, "succeeded">): Promise<void> {
    this.#parts.hierarchy.close(because);
  }

  async issue(
    request: IssueRequest,
  ): Promise<Result<IssuedCertificate | PendingRequest, IssueRefusal>> {
    const now = nowInSeconds();
    return await this.#carryOut(now, (issuer) =>
      request.authorisation.kind === "intune"
        ? this.#parts.deliveries.findOrRecord(request, issuer, now)
        : this.#parts.transactions.findOrRecord(request, issuer, now),
    );
  }

  async beginConsent(request: ConsentRequest): Promise<Result<ConsentState, ConsentRefusal>> {
    const now = nowInSeconds();
    const issuer = await this.#parts.identity.openIssuer(now);
    return issuer.ok ? await this.#parts.deliveries.begin(request, now) : issuer;
  }

  async endConsent(request: ConsentRequest): Promise<void> {
    this.#parts.deliveries.end(request);
    await this.#parts.alarms.arm(nowInSeconds());
  }

  async recordDelivery(serialNumberHex: string): Promise<boolean> {
    return this.#parts.deliveries.recordDelivery(serialNumberHex, nowInSeconds());
  }

  async refuseDelivery(serialNumberHex: string, code: string): Promise<void> {
    const now = nowInSeconds();
    this.#parts.deliveries.refuse(serialNumberHex, code, now);
    await this.#parts.alarms.arm(now);
  }

  async poll(request: PollRequest): Promise<Result<PollAnswer, PollRefusal>> {
    const now = nowInSeconds();
    return await this.#carryOut(now, (issuer) =>
      this.#parts.transactions.poll(request, issuer, now),
    );
  }

  async issueEnrolmentAgent(
    request: AgentRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#parts.hierarchy.issueEnrolmentAgent(request);
  }

  async issueOcspResponder(
    request: SubordinateRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#parts.hierarchy.issueOcspResponder(request);
  }

  async issueSubordinate(
    request: SubordinateRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#parts.hierarchy.issueSubordinate(request);
  }

  async openContentKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    keyLength: number,
  ): Promise<Uint8Array> {
    return await this.#parts.ownAgent.openContentKey(transport, encryptedKey, keyLength);
  }

  async signCertRep(digest: DigestName, signedAttrsDer: Uint8Array): Promise<Uint8Array> {
    return await this.#parts.ownAgent.signCertRep(digest, signedAttrsDer);
  }

  async stageSuccessor(certificatesDer: readonly Uint8Array[], successorId?: string) {
    await this.#parts.succession.stage(certificatesDer, successorId);
  }

  async unstageSuccessor(): Promise<void> {
    this.#parts.succession.unstage();
  }

  async nextCaCertificates(): Promise<Uint8Array | undefined> {
    return this.#parts.succession.announced();
  }

  async handOver(successorId: string): Promise<void> {
    this.#parts.succession.handOver(successorId);
  }

  async readTokens(after: string, limit: number) {
    return this.#parts.succession.readTokens(after, limit);
  }

  async takeOverTokens(tallies: readonly TokenTally[]): Promise<void> {
    this.#parts.succession.takeOverTokens(tallies);
  }

  async lastCertificateEnd(): Promise<Date | undefined> {
    return this.#parts.succession.lastCertificateEnd();
  }

  async countValidCertificates(configurationIds: readonly string[]) {
    return this.#parts.succession.countValid(configurationIds);
  }

  async revoke(request: RevokeRequest): Promise<Result<CertificateRecord, RevocationRefusal>> {
    const now = nowInSeconds();
    const revoked = this.#parts.revocations.revoke(request, now);
    await this.#parts.alarms.arm(now);
    return revoked;
  }

  async release(request: ReleaseRequest): Promise<Result<CertificateRecord, ReleaseRefusal>> {
    const now = nowInSeconds();
    const released = this.#parts.revocations.release(request, now);
    await this.#parts.alarms.arm(now);
    return released;
  }

  async certificateStatuses(
    serialNumbersHex: readonly string[],
  ): Promise<readonly CertificateStatus[]> {
    return this.#parts.revocations.statuses(serialNumbersHex);
  }

  async currentCrl(): Promise<Result<CurrentCrl, CrlRefusal>> {
    return await this.#parts.revocationList.current(nowInSeconds());
  }

  async describeCrl(): Promise<CrlSummary | undefined> {
    return this.#parts.revocationList.describe();
  }

  async revokeToken(tokenId: string): Promise<void> {
    const now = nowInSeconds();
    this.#parts.storage.transactionSync(() => {
      this.#parts.tokens.revoke(tokenId, now);
      this.#parts.ledger.journal("token-revoked", tokenId, now);
    });
  }

  async countTokenUses(tokenId: string): Promise<number> {
    return this.#parts.tokens.countUses(tokenId);
  }

  async countUsesOfTokens(tokenIds: readonly string[]): Promise<readonly number[]> {
    return tokenIds.map((id) => this.#parts.tokens.countUses(id));
  }

  async findCertificate(serialNumberHex: string): Promise<CertificateRecord | undefined> {
    return this.#parts.issuing.find(serialNumberHex);
  }

  async searchCertificates(search: CertificateSearch): Promise<SearchPage<CertificateRecord>> {
    const now = nowInSeconds();
    const found = this.#parts.inventory.search(search, now);
    await this.#catchUp(now);
    return found;
  }

  async countCertificates(days: CountedDays): Promise<readonly DailyCount[]> {
    const counted = this.#parts.inventory.count(days);
    await this.#catchUp(nowInSeconds());
    return counted;
  }

  async certificateStory(serialNumberHex: string): Promise<CertificateStory | undefined> {
    return this.#parts.inventory.tell(serialNumberHex);
  }

  async searchEnrolmentRequests(
    search: EnrolmentRequestSearch,
  ): Promise<SearchPage<EnrolmentRequestRecord>> {
    return this.#parts.requests.search(search, nowInSeconds());
  }

  async decideEnrolmentRequest(
    decision: EnrolmentDecision,
  ): Promise<Result<EnrolmentRequestRecord, DecisionRefusal>> {
    const now = nowInSeconds();
    return this.#parts.storage.transactionSync(() => {
      const decided = this.#parts.requests.decide(decision, now);
      if (decided.ok)
        this.#parts.ledger.journal(`enrolment-${decided.value.status}`, decision.id, now);
      return decided;
    });
  }

  override async alarm(): Promise<void> {
    await this.#parts.alarms.ring(nowInSeconds());
  }

  async wake(): Promise<AuthorityNeeds> {
    await this.#parts.alarms.ring(nowInSeconds());
    return { keyVersions: this.#parts.keys.versions() };
  }

  async readIssued(from: number | Date, limit: number) {
    return new IssuedFeed(this.#parts.storage.sql).read(from, limit);
  }

  async readOutbox(limit: number): Promise<readonly AuthorityEvent[]> {
    return this.#parts.outbox.read(limit);
  }

  async confirmOutbox(id: number): Promise<void> {
    this.#parts.outbox.confirm(id);
  }

  /** Somebody looks at the inventory: what was issued since the clock came by is not left for its next minute. */
  async #catchUp(now: number): Promise<void> {
    if (this.#parts.inventory.isBehind) await this.#parts.alarms.arm(now);
  }

  /** Decides in one transaction; what was recorded is signed, what is pending or refused is said. */
  async #carryOut<Refusal>(
    now: number,
    decide: (issuer: Issuer) => Result<RecordedCertificate | PendingRequest, Refusal>,
  ): Promise<Result<PollAnswer, Refusal | IssueRefusal>> {
    const issuer = await this.#parts.identity.openIssuer(now, "succeeded");
    if (!issuer.ok) return issuer;
    const decided = this.#parts.storage.transactionSync(() => decide(issuer.value));
    if (!decided.ok || decided.value.status === "pending")
      return decided as Result<PendingRequest, Refusal>;
    const { entry, repeated, wrappedReplyKey } = decided.value;
    const issued = await this.#parts.issuing.complete(entry);
    return ok({ ...issued, repeated, ...(wrappedReplyKey && { wrappedReplyKey }) });
  }
}
