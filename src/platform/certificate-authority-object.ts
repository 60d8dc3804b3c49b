/**
 * The Durable Object of one CA: a thin shell around `ca/`. It finds or makes the record, makes it durable, signs, records
 * again, answers. No bytes of strangers are parsed here, and nothing here waits for a network.
 * Methods without `#` are callable over RPC; private ones must be `#private`, because `private` is not.
 */
import { DurableObject } from "cloudflare:workers";
import { keyIdentifier } from "../ca/end-entity.ts";
import {
  type Issuer,
  type KeyContent,
  prepareCertificationAuthority,
  prepareEndEntity,
  prepareEnrolmentAgent,
} from "../ca/issuance.ts";
import { randomSerialNumber, type SerialNumber } from "../ca/serial-number.ts";
import {
  createSigner,
  generateAuthorityKey,
  type Signer,
  signatureAlgorithmDer,
} from "../ca/signer.ts";
import { judgeTransaction } from "../ca/transaction.ts";
import { type Bindings, readEnvironment } from "../env.ts";
import { equalBytes, toHex } from "../pki/bytes.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { readDer } from "../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import { readSubjectPublicKeyInfo } from "../pki/public-key.ts";
import { assembleCertificate } from "../pki/tbs-certificate.ts";
import type {
  AgentRequest,
  AuthorityState,
  CertificateAuthorityClient,
  CertificateRecord,
  CertificateSearch,
  CreateAuthority,
  IssuedCertificate,
  IssueRefusal,
  IssueRequest,
  SubordinateRequest,
} from "../ports/certificate-authority.ts";
import type { KeyWrapping, WrappingContext } from "../ports/key-wrapping.ts";
import { err, ok, type Result } from "../result.ts";
import {
  type AuthorityRecord,
  insertAuthority,
  loadAuthority,
  putAuthorityCertificate,
} from "./authority-record.ts";
import { CertificateLedger, type Intent, type LedgerEntry } from "./certificate-ledger.ts";
import { eventLog } from "./event-log.ts";
import { createKeyWrapping } from "./key-wrapping.ts";
import { migrateLedger } from "./ledger-schema.ts";
import { TokenLedger } from "./token-ledger.ts";

const backdateSeconds = 300;

const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

export class CertificateAuthority
  extends DurableObject<Bindings>
  implements CertificateAuthorityClient
{
  readonly #storage: DurableObjectStorage;
  readonly #ledger: CertificateLedger;
  readonly #tokens: TokenLedger;
  readonly #keyWrapping: KeyWrapping;
  /** Serial number -> the signature being made, so that equal requests at once wait for one. */
  readonly #signing = new Map<string, Promise<IssuedCertificate>>();
  #authority: AuthorityRecord | undefined;
  #signer: Promise<Signer> | undefined;
  #issuer: Promise<Issuer> | undefined;

  constructor(context: DurableObjectState, bindings: Bindings) {
    super(context, bindings);
    this.#storage = context.storage;
    migrateLedger(this.#storage);
    this.#ledger = new CertificateLedger(this.#storage.sql);
    this.#tokens = new TokenLedger(this.#storage.sql);
    this.#keyWrapping = createKeyWrapping(readEnvironment(bindings).masterKeys);
    this.#authority = loadAuthority(this.#storage.sql);
    const abandoned = this.#storage.transactionSync(() =>
      this.#ledger.settleUnfinished(nowInSeconds()),
    );
    if (abandoned.length > 0) {
      eventLog.write({ event: "settled", authority: this.#authority?.id, abandoned });
    }
  }

  async create(request: CreateAuthority, as: "root" | "subordinate"): Promise<AuthorityState> {
    if (!this.#authority) {
      const pair = await generateAuthorityKey(request.keyAlgorithm);
      const pkcs8 = new Uint8Array(
        (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer,
      );
      const spki = new Uint8Array(
        (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer,
      );
      const wrapped = await this.#keyWrapping.wrap(pkcs8, keyContext(request.id, request.tenantId));
      insertAuthority(this.#storage.sql, request, spki, wrapped);
      this.#authority = loadAuthority(this.#storage.sql);
    }
    const authority = this.#mustBeCreated();
    if (as === "root" && !authority.certificateDer) await this.#signOwnCertificate(authority);
    return this.#state();
  }

  async install(
    certificateDer: Uint8Array,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>> {
    const authority = this.#mustBeCreated();
    if (
      !equalBytes(parseCertificate(certificateDer).publicKey.der, authority.subjectPublicKeyInfoDer)
    ) {
      return err({ reason: "key_mismatch" });
    }
    this.#putCertificate(certificateDer);
    return ok(this.#state());
  }

  async issue(request: IssueRequest): Promise<Result<IssuedCertificate, IssueRefusal>> {
    const issuer = await this.#readyIssuer();
    const now = nowInSeconds();
    if (!issuer || now >= issuer.notAfterSeconds) return err({ reason: "authority_not_ready" });
    const found = this.#storage.transactionSync(() => this.#findOrRecord(request, issuer, now));
    if (!found.ok) return found;
    const { entry, repeated } = found.value;
    return ok({ ...(await this.#complete(entry)), repeated });
  }

  async issueEnrolmentAgent(
    request: AgentRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#issueForKey(
      "enrolment-agent",
      request,
      request.configurationId,
      prepareEnrolmentAgent,
    );
  }

  async issueSubordinate(
    request: SubordinateRequest,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    return await this.#issueForKey("subordinate", request, null, prepareCertificationAuthority);
  }

  async revokeToken(tokenId: string): Promise<void> {
    this.#storage.transactionSync(() => {
      this.#tokens.revoke(tokenId, nowInSeconds());
      this.#ledger.journal("token-revoked", tokenId, nowInSeconds());
    });
  }

  async countTokenUses(tokenId: string): Promise<number> {
    return this.#tokens.countUses(tokenId);
  }

  async findCertificate(serialNumberHex: string): Promise<CertificateRecord | undefined> {
    const found = this.#ledger.find(serialNumberHex);
    if (!found) return undefined;
    return found.signature
      ? { ...found.record, certificateDer: this.#assemble(found, found.signature) }
      : found.record;
  }

  async searchCertificates(
    search: CertificateSearch,
  ): Promise<{ readonly items: readonly CertificateRecord[]; readonly nextCursor?: string }> {
    return this.#ledger.search(search);
  }

  /** Step one: serial number, octets to sign and authorisation, in one transaction with the token's use. */
  #findOrRecord(
    request: IssueRequest,
    issuer: Issuer,
    now: number,
  ): Result<{ entry: LedgerEntry; repeated: boolean }, IssueRefusal> {
    const { configurationId, transactionID, signer, authorisation } = request;
    const requestDigestHex = toHex(request.requestDigest);
    const earlier = this.#ledger.earlierIssues(configurationId, transactionID);
    const judgement = judgeTransaction(earlier, { requestDigestHex, signer }, now);
    if (judgement.kind === "repeat")
      return ok({ entry: this.#ledger.load(judgement.serialNumberHex), repeated: true });
    if (judgement.kind === "conflict") {
      return err({ reason: "transaction_conflict", serialNumberHex: judgement.serialNumberHex });
    }
    const spent = this.#tokens.spend(authorisation.tokenId, authorisation.maxUses);
    if (!spent.ok) return spent;
    const serialNumber = randomSerialNumber();
    const tbsDer = prepareEndEntity(request.content, serialNumber, issuer);
    this.#ledger.record(
      {
        serialNumberHex: serialNumber.hex,
        purpose: "end-entity",
        configurationId,
        transactionID,
        requestDigestHex,
        signer,
        authorisation: JSON.stringify(authorisation),
        tokenId: authorisation.tokenId,
        templateId: request.templateId,
        templateVersion: request.templateVersion,
        subject: request.subjectText,
        notBeforeSeconds: request.content.notBeforeSeconds,
        notAfterSeconds: Math.min(request.content.notAfterSeconds, issuer.notAfterSeconds),
        tbsDer,
      },
      now,
    );
    return ok({
      entry: { serialNumberHex: serialNumber.hex, tbsDer, signature: undefined },
      repeated: false,
    });
  }

  /** Step two: sign what is durable, make that durable too. Called again for an entry, it never signs other octets. */
  #complete(entry: LedgerEntry): Promise<IssuedCertificate> {
    const { serialNumberHex } = entry;
    const underWay = this.#signing.get(serialNumberHex);
    if (underWay) return underWay;
    const completing = this.#sign(entry).finally(() => this.#signing.delete(serialNumberHex));
    this.#signing.set(serialNumberHex, completing);
    return completing;
  }

  async #sign(entry: LedgerEntry): Promise<IssuedCertificate> {
    const { serialNumberHex, tbsDer, signature: known } = entry;
    if (known)
      return { serialNumberHex, certificateDer: this.#assemble(entry, known), repeated: true };
    const signer = await this.#loadSigner();
    await this.#storage.sync();
    const signature = await signer.sign(tbsDer);
    this.#storage.transactionSync(() =>
      this.#ledger.markIssued(serialNumberHex, signature, nowInSeconds()),
    );
    return {
      serialNumberHex,
      certificateDer: assembleCertificate(tbsDer, signer.algorithmDer, signature),
      repeated: false,
    };
  }

  /** Certificates for keys of our own: one for each key, however often it is asked for. */
  async #issueForKey(
    purpose: Intent["purpose"],
    request: SubordinateRequest,
    configurationId: string | null,
    prepare: (content: KeyContent, serialNumber: SerialNumber, issuer: Issuer) => Uint8Array,
  ): Promise<Result<IssuedCertificate, IssueRefusal>> {
    const issuer = await this.#readyIssuer();
    if (!issuer) return err({ reason: "authority_not_ready" });
    const { serialNumberHex } = await this.#findOrRecordKey(
      purpose,
      request,
      configurationId,
      issuer,
      prepare,
    );
    return ok(await this.#complete(this.#ledger.load(serialNumberHex)));
  }

  async #findOrRecordKey(
    purpose: Intent["purpose"],
    request: SubordinateRequest,
    configurationId: string | null,
    issuer: Issuer,
    prepare: (content: KeyContent, serialNumber: SerialNumber, issuer: Issuer) => Uint8Array,
  ): Promise<LedgerEntry> {
    const { subjectDer, subjectPublicKeyInfoDer, validitySeconds } = request;
    const keyDigestHex = toHex(
      new Uint8Array(await crypto.subtle.digest("SHA-256", subjectPublicKeyInfoDer)),
    );
    const subjectKeyIdentifier = await identifierOf(subjectPublicKeyInfoDer);
    const now = nowInSeconds();
    const notAfterSeconds = Math.min(now + validitySeconds - 1, issuer.notAfterSeconds);
    const content = {
      subjectDer,
      subjectPublicKeyInfoDer,
      subjectKeyIdentifier,
      notBeforeSeconds: now - backdateSeconds,
      notAfterSeconds,
    };
    return this.#storage.transactionSync(() => {
      const known = this.#ledger.findByKey(purpose, keyDigestHex);
      if (known) return known;
      const serialNumber = randomSerialNumber();
      const tbsDer = prepare(content, serialNumber, issuer);
      this.#ledger.record(
        {
          serialNumberHex: serialNumber.hex,
          purpose,
          configurationId,
          transactionID: null,
          requestDigestHex: keyDigestHex,
          signer: "administration",
          authorisation: JSON.stringify({ kind: "administration" }),
          tokenId: null,
          templateId: null,
          templateVersion: null,
          subject: formatDistinguishedName(readDistinguishedName(readDer(subjectDer))),
          notBeforeSeconds: content.notBeforeSeconds,
          notAfterSeconds,
          tbsDer,
        },
        now,
      );
      return { serialNumberHex: serialNumber.hex, tbsDer, signature: undefined };
    });
  }

  async #signOwnCertificate(authority: AuthorityRecord): Promise<void> {
    const { subjectDer, subjectPublicKeyInfoDer, keyAlgorithm, validitySeconds } = authority;
    const self: Issuer = {
      subjectDer,
      keyIdentifier: await identifierOf(subjectPublicKeyInfoDer),
      signatureAlgorithmDer: signatureAlgorithmDer(keyAlgorithm),
      notAfterSeconds: Number.MAX_SAFE_INTEGER,
    };
    const entry = await this.#findOrRecordKey(
      "root",
      { subjectDer, subjectPublicKeyInfoDer, validitySeconds },
      null,
      self,
      prepareCertificationAuthority,
    );
    this.#putCertificate((await this.#complete(entry)).certificateDer);
  }

  #putCertificate(certificateDer: Uint8Array): void {
    putAuthorityCertificate(this.#storage.sql, certificateDer);
    this.#authority = loadAuthority(this.#storage.sql);
    this.#issuer = undefined;
  }

  #mustBeCreated(): AuthorityRecord {
    if (!this.#authority) throw new Error("This CA has not been created.");
    return this.#authority;
  }

  #state(): AuthorityState {
    const { subjectPublicKeyInfoDer, certificateDer } = this.#mustBeCreated();
    return { subjectPublicKeyInfoDer, ...(certificateDer && { certificateDer }) };
  }

  /** Undefined until the CA has its certificate. */
  async #readyIssuer(): Promise<Issuer | undefined> {
    const authority = this.#authority;
    if (!authority?.certificateDer || authority.notAfterSeconds === undefined) return undefined;
    const { subjectDer, subjectPublicKeyInfoDer, keyAlgorithm, notAfterSeconds } = authority;
    this.#issuer ??= identifierOf(subjectPublicKeyInfoDer).then((identifier) => ({
      subjectDer,
      keyIdentifier: identifier,
      signatureAlgorithmDer: signatureAlgorithmDer(keyAlgorithm),
      notAfterSeconds,
    }));
    return await this.#issuer;
  }

  #loadSigner(): Promise<Signer> {
    const { id, tenant, keyAlgorithm, wrappedKey } = this.#mustBeCreated();
    this.#signer ??= this.#keyWrapping
      .unwrap(wrappedKey, { tenant, kind: "certificate-authority-key", id })
      .then((pkcs8) => createSigner(keyAlgorithm, pkcs8));
    // A key that does not unwrap must be tried again once the secret is back.
    this.#signer.catch(() => (this.#signer = undefined));
    return this.#signer;
  }

  #assemble(entry: LedgerEntry, signature: Uint8Array): Uint8Array {
    return assembleCertificate(
      entry.tbsDer,
      signatureAlgorithmDer(this.#mustBeCreated().keyAlgorithm),
      signature,
    );
  }
}

const keyContext = (id: string, tenantId: string | undefined): WrappingContext => ({
  tenant: tenantId ?? "shared",
  kind: "certificate-authority-key",
  id,
});

const identifierOf = (subjectPublicKeyInfoDer: Uint8Array): Promise<Uint8Array> =>
  keyIdentifier(readSubjectPublicKeyInfo(readDer(subjectPublicKeyInfoDer)).bits);
