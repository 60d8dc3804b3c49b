/** Which CA an object is: its row, its key (unwrapped when first needed, never given out), its name as an issuer. */
import { keyIdentifier } from "../ca/end-entity.ts";
import { issuerAddresses } from "../ca/publication-addresses.ts";
import { authorityExtensions, type Issuer } from "../ca/issuance.ts";
import {
  createSigner,
  generateAuthorityKey,
  type Signer,
  signatureAlgorithmDer,
} from "../ca/signer.ts";
import { readAuthorityExtensions } from "../pki/authority-certificate.ts";
import { parseCertificate } from "../pki/certificate.ts";
import {
  assembleCertificationRequest,
  buildCertificationRequestInfo,
} from "../pki/certification-request-writer.ts";
import { equalBytes } from "../pki/bytes.ts";
import { readDer } from "../pki/der-reader.ts";
import { readSubjectPublicKeyInfo } from "../pki/public-key.ts";
import { assembleCertificate } from "../pki/tbs-certificate.ts";
import type {
  AuthorityState,
  ClosedBecause,
  CreateAuthority,
  ImportAuthority,
} from "../ports/authority-hierarchy.ts";
import type { IssueRefusal } from "../ports/certificate-issuing.ts";
import type { KeyWrapping, WrappingContext } from "../ports/key-wrapping.ts";
import { err, ok, type Result } from "../result.ts";
import type { KeyTrouble } from "./key-trouble.ts";
import {
  type AuthorityRecord,
  type AuthorityRole,
  closeAuthority,
  insertAuthority,
  loadAuthority,
  putAuthorityCertificate,
  succeedAuthority,
  putImportedCrlNumber,
  replaceWrappedKey,
} from "./authority-record.ts";

type ClosedOrUnready = Extract<
  IssueRefusal,
  { readonly reason: "authority_not_ready" | "authority_closed" }
>;

export class AuthorityIdentity {
  readonly #sql: SqlStorage;
  readonly #keyWrapping: KeyWrapping;
  readonly #publicHttpOrigin: string;
  readonly #trouble: KeyTrouble;
  #record: AuthorityRecord | undefined;
  #signer: Promise<Signer> | undefined;
  #issuer: Promise<Issuer> | undefined;

  /** @param publicHttpOrigin where certificates send relying parties, unless the CA has an origin of its own */
  constructor(
    sql: SqlStorage,
    keyWrapping: KeyWrapping,
    publicHttpOrigin: string,
    trouble: KeyTrouble,
  ) {
    this.#sql = sql;
    this.#trouble = trouble;
    this.#keyWrapping = keyWrapping;
    this.#publicHttpOrigin = publicHttpOrigin;
    this.#record = loadAuthority(sql);
  }

  get id(): string | undefined {
    return this.#record?.id;
  }

  get closed(): ClosedBecause | undefined {
    return this.#record?.closed;
  }

  /** What its own certificate says. */
  get pathLength(): number | undefined {
    const der = this.#record?.certificateDer;
    return der && readAuthorityExtensions(parseCertificate(der)).pathLength;
  }

  /** Makes the key once; a second call finds it. */
  async create(request: CreateAuthority, role: AuthorityRole): Promise<AuthorityRecord> {
    if (!this.#record) {
      const pair = await generateAuthorityKey(request.keyAlgorithm);
      const [pkcs8, spki] = await Promise.all([
        exportKey("pkcs8", pair.privateKey),
        exportKey("spki", pair.publicKey),
      ]);
      const wrapped = await this.#keyWrapping.wrap(
        pkcs8,
        keyContext(request.id, request.tenantId ?? "shared"),
      );
      insertAuthority(this.#sql, request, role, spki, wrapped);
      this.#record = loadAuthority(this.#sql);
    }
    return this.record();
  }

  /** Takes in a key that was somewhere else before. False when there is another one already. */
  async adopt(
    request: ImportAuthority,
    alongside: () => void,
    storage: DurableObjectStorage,
  ): Promise<boolean> {
    const {
      id,
      tenantId = "shared",
      privateKey,
      subjectPublicKeyInfoDer,
      certificateDer,
    } = request;
    if (!this.#record) {
      const wrapped = await this.#keyWrapping.wrap(privateKey, keyContext(id, tenantId));
      storage.transactionSync(() => {
        // Two calls at once: the first one's key stays, and what goes with it.
        if (loadAuthority(this.#sql)) return;
        insertAuthority(this.#sql, request, "subordinate", subjectPublicKeyInfoDer, wrapped);
        putAuthorityCertificate(this.#sql, certificateDer, request.subjectDer);
        putImportedCrlNumber(this.#sql, request.crlNumber);
        alongside();
      });
      this.#reload();
    }
    const known = this.record();
    return (
      equalBytes(known.subjectPublicKeyInfoDer, subjectPublicKeyInfoDer) &&
      equalBytes(known.certificateDer ?? new Uint8Array(), certificateDer)
    );
  }

  /** Throws when the CA has not been created: a fault, because nobody gets here without its id. */
  record(): AuthorityRecord {
    if (!this.#record) throw new Error("This CA has not been created.");
    return this.#record;
  }

  state(): AuthorityState {
    const { subjectPublicKeyInfoDer, certificateDer } = this.record();
    return { subjectPublicKeyInfoDer, ...(certificateDer && { certificateDer }) };
  }

  /** False when the certificate is for another key or, unless it may rename the CA, another name. */
  putCertificate(certificateDer: Uint8Array, mayRename = false): boolean {
    const { subjectDer, subjectPublicKeyInfoDer } = this.record();
    const certificate = parseCertificate(certificateDer);
    if (!equalBytes(certificate.publicKey.der, subjectPublicKeyInfoDer)) return false;
    if (!mayRename && !equalBytes(certificate.subjectDer, subjectDer)) return false;
    putAuthorityCertificate(this.#sql, certificateDer, certificate.subjectDer);
    this.#reload();
    return true;
  }

  /** @returns whether that is news */
  close(because: ClosedBecause): boolean {
    const closed = closeAuthority(this.#sql, because);
    this.#reload();
    return closed;
  }

  /** @returns whether that is news */
  succeed(nowSeconds: number): boolean {
    const succeeded = succeedAuthority(this.#sql, nowSeconds);
    this.#reload();
    return succeeded;
  }

  #reload(): void {
    this.#record = loadAuthority(this.#sql);
    this.#issuer = undefined;
  }

  /** Undefined until the CA has its certificate, and when that has ended. */
  async issuer(nowSeconds: number): Promise<Issuer | undefined> {
    const notAfterSeconds = this.#endWhenReady(nowSeconds);
    if (notAfterSeconds === undefined) return undefined;
    this.#issuer ??= this.#issuerWithAddresses(notAfterSeconds);
    return await this.#issuer;
  }

  async #issuerWithAddresses(notAfterSeconds: number): Promise<Issuer> {
    const { id, publicationOrigin } = this.record();
    return {
      ...(await this.issuerUntil(notAfterSeconds)),
      addresses: issuerAddresses(publicationOrigin ?? this.#publicHttpOrigin, id),
    };
  }

  /**
   * As one that may sign for others now.
   * @param evenWhen a reason for being closed that does not count: what was begun before is finished
   */
  async openIssuer(
    nowSeconds: number,
    evenWhen?: ClosedBecause,
  ): Promise<Result<Issuer, ClosedOrUnready>> {
    const issuer = await this.issuer(nowSeconds);
    if (!issuer) return err({ reason: "authority_not_ready" });
    const because = this.closed;
    return because && because !== evenWhen
      ? err({ reason: "authority_closed", because })
      : ok(issuer);
  }

  /** Has its certificate, and that has not ended. */
  isReady(nowSeconds: number): boolean {
    return this.#endWhenReady(nowSeconds) !== undefined;
  }

  #endWhenReady(nowSeconds: number): number | undefined {
    const end = this.#record?.notAfterSeconds;
    return end !== undefined && nowSeconds < end ? end : undefined;
  }

  /** As an issuer whose certificate is still to be made: a root signs its own, and points nowhere. */
  async issuerUntil(notAfterSeconds: number): Promise<Issuer> {
    const { subjectDer, subjectPublicKeyInfoDer, keyAlgorithm, certificateDer } = this.record();
    // An outside CA may have given it an identifier that is not our digest of the key.
    const given =
      certificateDer &&
      readAuthorityExtensions(parseCertificate(certificateDer)).subjectKeyIdentifier;
    return {
      subjectDer,
      keyIdentifier: given ?? (await identifierOfKey(subjectPublicKeyInfoDer)),
      signatureAlgorithmDer: signatureAlgorithmDer(keyAlgorithm),
      notAfterSeconds,
    };
  }

  /** PKCS #10 for an issuer that is not hosted here. */
  async certificationRequest(): Promise<Uint8Array> {
    const record = this.record();
    const { subjectDer, subjectPublicKeyInfoDer } = record;
    const infoDer = buildCertificationRequestInfo({
      subjectDer,
      subjectPublicKeyInfoDer,
      extensions: authorityExtensions({
        ...record,
        subjectKeyIdentifier: await identifierOfKey(subjectPublicKeyInfoDer),
      }),
    });
    const signer = await this.signer();
    return assembleCertificationRequest(infoDer, signer.algorithmDer, await signer.sign(infoDer));
  }

  async signer(): Promise<Signer> {
    this.#signer ??= this.#unwrapSigner();
    try {
      return await this.#signer;
    } catch (error) {
      // Tried again once the secret is back.
      this.#signer = undefined;
      throw error;
    }
  }

  async #unwrapSigner(): Promise<Signer> {
    return await createSigner(this.record().keyAlgorithm, await this.unwrapKey());
  }

  /** PKCS #8; for making keys that cannot be taken out again. */
  async unwrapKey(): Promise<Uint8Array> {
    const { id, tenant, wrappedKey } = this.record();
    return await this.#watched(this.#keyWrapping.unwrap(wrappedKey, keyContext(id, tenant)));
  }

  /** Opens the key, and wraps it under the newest version of the secret unless it is. */
  async rewrapKey(): Promise<void> {
    const { id, tenant, wrappedKey } = this.record();
    (await this.unwrapKey()).fill(0);
    const anew = await this.#keyWrapping.rewrap(wrappedKey, keyContext(id, tenant));
    replaceWrappedKey(this.#sql, wrappedKey, anew);
    this.#record = loadAuthority(this.#sql);
  }

  async #watched(opening: Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const key = await opening;
      this.#trouble.ended();
      return key;
    } catch (error) {
      const { id, wrappedKey } = this.record();
      this.#trouble.began(id, wrappedKey[0] ?? 0, Math.floor(Date.now() / 1000));
      throw error;
    }
  }

  assemble(tbsDer: Uint8Array, signature: Uint8Array): Uint8Array {
    return assembleCertificate(
      tbsDer,
      signatureAlgorithmDer(this.record().keyAlgorithm),
      signature,
    );
  }
}

const keyContext = (id: string, tenant: string): WrappingContext => ({
  tenant,
  kind: "certificate-authority-key",
  id,
});

const exportKey = async (format: "pkcs8" | "spki", key: CryptoKey): Promise<Uint8Array> =>
  new Uint8Array((await crypto.subtle.exportKey(format, key)) as ArrayBuffer);

export const identifierOfKey = (subjectPublicKeyInfoDer: Uint8Array): Promise<Uint8Array> =>
  keyIdentifier(readSubjectPublicKeyInfo(readDer(subjectPublicKeyInfoDer)).bits);
