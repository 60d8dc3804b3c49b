/** A CA's place among CAs: how it comes by its key and certificate, what it certifies for keys of ours, and its end. */
import {
  prepareCertificationAuthority,
  prepareEnrolmentAgent,
  prepareOcspResponder,
} from "../ca/issuance.ts";
import type {
  AgentRequest,
  AuthorityState,
  ClosedBecause,
  CreateAuthority,
  ImportAuthority,
  SubordinateRequest,
} from "../ports/authority-hierarchy.ts";
import type { IssuedCertificate, IssueRefusal } from "../ports/certificate-issuing.ts";
import { err, ok, type Result } from "../result.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";
import type { CertificateLedger } from "./certificate-ledger.ts";
import { type Issuing, nowInSeconds, type OwnKeyCertificate } from "./issuing.ts";
import type { Revocations } from "./revocations.ts";

/** A root signs its own certificate before it has one to be cut to. */
const noEnd = Number.MAX_SAFE_INTEGER;

type OwnKeyAnswer = Promise<Result<IssuedCertificate, IssueRefusal>>;
type StateAnswer = Result<AuthorityState, { readonly reason: "key_mismatch" }>;

export class Hierarchy {
  readonly #storage: DurableObjectStorage;
  readonly #ledger: CertificateLedger;
  readonly #identity: AuthorityIdentity;
  readonly #issuing: Issuing;
  readonly #revocations: Revocations;

  constructor(
    storage: DurableObjectStorage,
    ledger: CertificateLedger,
    identity: AuthorityIdentity,
    issuing: Issuing,
    revocations: Revocations,
  ) {
    this.#storage = storage;
    this.#ledger = ledger;
    this.#identity = identity;
    this.#issuing = issuing;
    this.#revocations = revocations;
  }

  async create(request: CreateAuthority, as: "root" | "subordinate"): Promise<AuthorityState> {
    const authority = await this.#identity.create(request, as);
    if (authority.role === "root" && !authority.certificateDer) {
      const self = await this.#identity.issuerUntil(noEnd);
      const issued = await this.#issuing.issueForOwnKey(authority, self, {
        purpose: "root",
        configurationId: null,
        prepare: prepareCertificationAuthority(authority),
      });
      this.#identity.putCertificate(issued.certificateDer);
    }
    return this.#identity.state();
  }

  async adopt(request: ImportAuthority): Promise<StateAnswer> {
    const adopted = await this.#identity.adopt(
      request,
      () => this.#revocations.takeOver(request.revoked, nowInSeconds()),
      this.#storage,
    );
    return adopted ? ok(this.#identity.state()) : err({ reason: "key_mismatch" });
  }

  install(certificateDer: Uint8Array, mayRename: boolean): StateAnswer {
    const fits = this.#identity.putCertificate(certificateDer, mayRename);
    return fits ? ok(this.#identity.state()) : err({ reason: "key_mismatch" });
  }

  close(because: Exclude<ClosedBecause, "succeeded">): void {
    this.#storage.transactionSync(() => {
      if (this.#identity.close(because))
        this.#ledger.journal(because, this.#identity.record().id, nowInSeconds());
    });
  }

  issueEnrolmentAgent(request: AgentRequest): OwnKeyAnswer {
    const { configurationId } = request;
    const prepare = prepareEnrolmentAgent;
    return this.#issue(request, { purpose: "enrolment-agent", configurationId, prepare });
  }

  issueOcspResponder(request: SubordinateRequest): OwnKeyAnswer {
    const prepare = prepareOcspResponder;
    return this.#issue(request, { purpose: "ocsp-responder", configurationId: null, prepare });
  }

  async issueSubordinate(request: SubordinateRequest): OwnKeyAnswer {
    if (this.#identity.pathLength === 0) return err({ reason: "path_length_exceeded" });
    const prepare = prepareCertificationAuthority(request);
    return await this.#issue(request, { purpose: "subordinate", configurationId: null, prepare });
  }

  async #issue(request: SubordinateRequest, certificate: OwnKeyCertificate): OwnKeyAnswer {
    const issuer = await this.#identity.issuer(nowInSeconds());
    if (!issuer) return err({ reason: "authority_not_ready" });
    // OCSP goes on after the end of a CA.
    const because = certificate.purpose === "ocsp-responder" ? undefined : this.#identity.closed;
    if (because) return err({ reason: "authority_closed", because });
    return ok(await this.#issuing.issueForOwnKey(request, issuer, certificate));
  }
}
