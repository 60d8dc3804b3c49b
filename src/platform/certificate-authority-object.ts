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
import { Alarms } from "./alarms.ts";
import { AuthorityIdentity } from "./authority-identity.ts";
import { CertificateLedger } from "./certificate-ledger.ts";
import { Deliveries } from "./deliveries.ts";
import { DeliveryLedger } from "./delivery-ledger.ts";
import { EnrolmentRequestLedger } from "./enrolment-request-ledger.ts";
import { EnrolmentTransactions, type RecordedCertificate } from "./enrolment-transactions.ts";
import { ExpiryNotices } from "./expiry-notices.ts";
import { Hierarchy } from "./hierarchy.ts";
import { Inventory } from "./inventory.ts";
import { Issuing, nowInSeconds } from "./issuing.ts";
import { KeyTrouble } from "./key-trouble.ts";
import { KeyUpkeep } from "./key-upkeep.ts";
import { createKeyWrapping } from "./key-wrapping.ts";
import { migrateLedger } from "./ledger-schema.ts";
import { IssuedFeed } from "./issued-feed.ts";
import { Notices } from "./notices.ts";
import { Outbox } from "./outbox.ts";
import { OwnAgent } from "./own-agent.ts";
import { RevocationList } from "./revocation-list.ts";
import { Revocations } from "./revocations.ts";
import { Succession } from "./succession.ts";
import { TokenLedger } from "./token-ledger.ts";

export class CertificateAuthority
  extends DurableObject<Bindings>
  implements CertificateAuthorityClient
{
  readonly #storage: DurableObjectStorage;
  readonly #ledger: CertificateLedger;
  readonly #tokens: TokenLedger;
  readonly #requests: EnrolmentRequestLedger;
  readonly #identity: AuthorityIdentity;
  readonly #issuing: Issuing;
  readonly #hierarchy: Hierarchy;
  readonly #transactions: EnrolmentTransactions;
  readonly #revocations: Revocations;
  readonly #succession: Succession;
  readonly #deliveries: Deliveries;
  readonly #revocationList: RevocationList;
  readonly #ownAgent: OwnAgent;
  readonly #outbox: Outbox;
  readonly #keys: KeyUpkeep;
  readonly #inventory: Inventory;
  readonly #alarms: Alarms;

  constructor(context: DurableObjectState, bindings: Bindings) {
    super(context, bindings);
    this.#storage = context.storage;
    const { sql } = this.#storage;
    migrateLedger(this.#storage);
    this.#ledger = new CertificateLedger(sql);
    this.#tokens = new TokenLedger(sql);
    this.#requests = new EnrolmentRequestLedger(sql);
    const { masterKeys, publicHttpOrigin } = readEnvironment(bindings);
    const keyWrapping = createKeyWrapping(masterKeys);
    this.#outbox = new Outbox(sql);
    this.#identity = new AuthorityIdentity(
      sql,
      keyWrapping,
      publicHttpOrigin,
      new KeyTrouble(this.#storage, this.#outbox),
    );
    this.#issuing = new Issuing(this.#storage, this.#ledger, this.#identity);
    this.#revocations = new Revocations(this.#storage, this.#ledger, this.#outbox);
    this.#hierarchy = new Hierarchy(
      this.#storage,
      this.#ledger,
      this.#identity,
      this.#issuing,
      this.#revocations,
    );
    this.#transactions = new EnrolmentTransactions(
      this.#ledger,
      this.#tokens,
      this.#requests,
      this.#issuing,
      this.#revocations,
    );
    this.#succession = new Succession(this.#storage, this.#ledger, this.#identity, this.#outbox);
    const notices = new Notices(this.#storage, this.#outbox);
    this.#revocationList = new RevocationList(this.#storage, this.#identity, notices);
    this.#ownAgent = new OwnAgent(this.#identity);
    this.#deliveries = new Deliveries(
      this.#storage,
      this.#ledger,
      new DeliveryLedger(sql),
      this.#transactions,
      this.#issuing,
      this.#revocations,
      this.#outbox,
    );
    this.#keys = new KeyUpkeep(sql, this.#identity, keyWrapping);
    this.#inventory = new Inventory(this.#storage, this.#ledger);
    this.#alarms = new Alarms(this.#storage, () => this.#identity.id, [
      this.#keys,
      this.#deliveries.giveUp,
      this.#inventory.index,
      this.#revocationList,
      new ExpiryNotices(sql, this.#identity, notices),
    ]);
    this.#issuing.settleUnfinished();
  }

  async create(request: CreateAuthority, as: "root" | "subordinate"): Promise<AuthorityState> {
    return await this.#hierarchy.create(request, as);
  }

  async adopt(
    request: ImportAuthority,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>> {
    return await this.#hierarchy.adopt(request);
  }

  async certificationRequest(): Promise<Uint8Array> {
    return await this.#identity.certificationRequest();
  }

  async install(
    certificateDer: Uint8Array,
    mayRename = false,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>> {
    return this.#hierarchy.install(certificateDer, mayRename);
  }

  async close(because: Exclude<ClosedBecause, "succeeded">): Promise<void> {
    this.#hierarchy.close(because);
  }

  async issue(
    request: IssueRequest,
  ): Promise<Result<IssuedCertificate | PendingRequest, IssueRefusal>> {
    const now = nowInSeconds();
    return await this.#carryOut(now, (issuer) =>
      request.authorisation.kind === "intune"
        ? this.#deliveries.findOrRecord(request, issuer, now)
        : this.#transactions.findOrRecord(request, issuer, now),
    );
  }

  async beginConsent(request: ConsentRequest): Promise<Result<ConsentState, ConsentRefusal>> {
    const now = nowInSeconds();
    const issuer = await this.#identity.openIssuer(now);
    return issuer.ok ? await this.#deliveries.begin(request, now) : issuer;
  }

  async endConsent(request: ConsentRequest): Promise<void> {
    this.#deliveries.end(request);
    await this.#alarms.arm(nowInSeconds());
  }

  async recordDelivery(serialNumberHex: string): Promise<boolean> {
    return this.#deliveries.recordDelivery(serialNumberHex, nowInSeconds());
  }

  async refuseDelivery(serialNumberHex: string, code: string): Promise<void> {
    const now = nowInSeconds();
    this.#deliveries.refuse(serialNumberHex, code, now);
    await this.#alarms.arm(now);
  }

  async poll(request: PollRequest): Promise<Result<PollAnswer, PollRefusal>> {
    const now = nowInSeconds();
    return await this.#carryOut(now, (issuer) => this.#transactions.poll(request, issuer, now));
  }

  async issueEnrolmentAgent(
    request: AgentRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#hierarchy.issueEnrolmentAgent(request);
  }

  async issueOcspResponder(
    request: SubordinateRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#hierarchy.issueOcspResponder(request);
  }

  async issueSubordinate(
    request: SubordinateRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#hierarchy.issueSubordinate(request);
  }

  async openContentKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    keyLength: number,
  ): Promise<Uint8Array> {
    return await this.#ownAgent.openContentKey(transport, encryptedKey, keyLength);
  }

  async signCertRep(digest: DigestName, signedAttrsDer: Uint8Array): Promise<Uint8Array> {
    return await this.#ownAgent.signCertRep(digest, signedAttrsDer);
  }

  async stageSuccessor(certificatesDer: readonly Uint8Array[], successorId?: string) {
    await this.#succession.stage(certificatesDer, successorId);
  }

  async unstageSuccessor(): Promise<void> {
    this.#succession.unstage();
  }

  async nextCaCertificates(): Promise<Uint8Array | undefined> {
    return this.#succession.announced();
  }

  async handOver(successorId: string): Promise<void> {
    this.#succession.handOver(successorId);
  }

  async readTokens(after: string, limit: number) {
    return this.#succession.readTokens(after, limit);
  }

  async takeOverTokens(tallies: readonly TokenTally[]): Promise<void> {
    this.#succession.takeOverTokens(tallies);
  }

  async lastCertificateEnd(): Promise<Date | undefined> {
    return this.#succession.lastCertificateEnd();
  }

  async countValidCertificates(configurationIds: readonly string[]) {
    return this.#succession.countValid(configurationIds);
  }

  async revoke(request: RevokeRequest): Promise<Result<CertificateRecord, RevocationRefusal>> {
    const now = nowInSeconds();
    const revoked = this.#revocations.revoke(request, now);
    await this.#alarms.arm(now);
    return revoked;
  }

  async release(request: ReleaseRequest): Promise<Result<CertificateRecord, ReleaseRefusal>> {
    const now = nowInSeconds();
    const released = this.#revocations.release(request, now);
    await this.#alarms.arm(now);
    return released;
  }

  async certificateStatuses(
    serialNumbersHex: readonly string[],
  ): Promise<readonly CertificateStatus[]> {
    return this.#revocations.statuses(serialNumbersHex);
  }

  async currentCrl(): Promise<Result<CurrentCrl, CrlRefusal>> {
    return await this.#revocationList.current(nowInSeconds());
  }

  async revokeToken(tokenId: string): Promise<void> {
    const now = nowInSeconds();
    this.#storage.transactionSync(() => {
      this.#tokens.revoke(tokenId, now);
      this.#ledger.journal("token-revoked", tokenId, now);
    });
  }

  async countTokenUses(tokenId: string): Promise<number> {
    return this.#tokens.countUses(tokenId);
  }

  async countUsesOfTokens(tokenIds: readonly string[]): Promise<readonly number[]> {
    return tokenIds.map((id) => this.#tokens.countUses(id));
  }

  async findCertificate(serialNumberHex: string): Promise<CertificateRecord | undefined> {
    return this.#issuing.find(serialNumberHex);
  }

  async searchCertificates(search: CertificateSearch): Promise<SearchPage<CertificateRecord>> {
    return this.#inventory.search(search, nowInSeconds());
  }

  async countCertificates(days: CountedDays): Promise<readonly DailyCount[]> {
    return this.#inventory.count(days);
  }

  async certificateStory(serialNumberHex: string): Promise<CertificateStory | undefined> {
    return this.#inventory.tell(serialNumberHex);
  }

  async searchEnrolmentRequests(
    search: EnrolmentRequestSearch,
  ): Promise<SearchPage<EnrolmentRequestRecord>> {
    return this.#requests.search(search, nowInSeconds());
  }

  async decideEnrolmentRequest(
    decision: EnrolmentDecision,
  ): Promise<Result<EnrolmentRequestRecord, DecisionRefusal>> {
    const now = nowInSeconds();
    return this.#storage.transactionSync(() => {
      const decided = this.#requests.decide(decision, now);
      if (decided.ok) this.#ledger.journal(`enrolment-${decided.value.status}`, decision.id, now);
      return decided;
    });
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring(nowInSeconds());
  }

  async wake(): Promise<AuthorityNeeds> {
    await this.#alarms.ring(nowInSeconds());
    return { keyVersions: this.#keys.versions() };
  }

  async readIssued(from: number | Date, limit: number) {
    return new IssuedFeed(this.#storage.sql).read(from, limit);
  }

  async readOutbox(limit: number): Promise<readonly AuthorityEvent[]> {
    return this.#outbox.read(limit);
  }

  async confirmOutbox(id: number): Promise<void> {
    this.#outbox.confirm(id);
  }

  /** Decides in one transaction; what was recorded is signed, what is pending or refused is said. */
  async #carryOut<Refusal>(
    now: number,
    decide: (issuer: Issuer) => Result<RecordedCertificate | PendingRequest, Refusal>,
  ): Promise<Result<PollAnswer, Refusal | IssueRefusal>> {
    const issuer = await this.#identity.openIssuer(now, "succeeded");
    if (!issuer.ok) return issuer;
    const decided = this.#storage.transactionSync(() => decide(issuer.value));
    if (!decided.ok || decided.value.status === "pending")
      return decided as Result<PendingRequest, Refusal>;
    const { entry, repeated, wrappedReplyKey } = decided.value;
    const issued = await this.#issuing.complete(entry);
    return ok({ ...issued, repeated, ...(wrappedReplyKey && { wrappedReplyKey }) });
  }
}
