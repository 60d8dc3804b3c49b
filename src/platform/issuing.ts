/**
 * The two steps of issuing inside a CA's object. One: the serial number, the octets to sign, the authorisation and the
 * token's use become durable together. Two: these octets are signed, and the signature becomes durable before anybody
 * hears of it. Dying anywhere in between leaves a row that says what may exist.
 */
import { type Issuer, type KeyContent, prepareEndEntity, validityFrom } from "../ca/issuance.ts";
import { randomSerialNumber, type SerialNumber } from "../ca/serial-number.ts";
import { toHex } from "../pki/bytes.ts";
import { sha256 } from "../pki/digest.ts";
import { readDer } from "../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import type { SubordinateRequest } from "../ports/authority-hierarchy.ts";
import type { CertificateRecord } from "../ports/certificate-inventory.ts";
import type { IssuedCertificate, IssueRequest } from "../ports/certificate-issuing.ts";
import { type AuthorityIdentity, identifierOfKey } from "./authority-identity.ts";
import { eventLog } from "./event-log.ts";
import type { CertificateLedger, LedgerEntry } from "./certificate-ledger.ts";

export const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

/** For certificates of our own keys, whose clock is ours: enough for a relying party's that is late. */
const ownBackdateSeconds = 300;

/** How a certificate for a key of ours is made. */
export interface OwnKeyCertificate {
  readonly purpose: CertificateRecord["purpose"];
  readonly configurationId: string | null;
  readonly prepare: (content: KeyContent, serialNumber: SerialNumber, issuer: Issuer) => Uint8Array;
}

export class Issuing {
  readonly #storage: DurableObjectStorage;
  readonly #ledger: CertificateLedger;
  readonly #identity: AuthorityIdentity;
  /** Serial number -> the signature being made, so that equal requests at once wait for one. */
  readonly #signing = new Map<string, Promise<IssuedCertificate>>();

  constructor(
    storage: DurableObjectStorage,
    ledger: CertificateLedger,
    identity: AuthorityIdentity,
  ) {
    this.#storage = storage;
    this.#ledger = ledger;
    this.#identity = identity;
  }

  /** Another CA has taken this one's place: what was asked before is answered, and nothing new is begun. */
  get succeeded(): boolean {
    return this.#identity.closed === "succeeded";
  }

  find(serialNumberHex: string): CertificateRecord | undefined {
    const found = this.#ledger.find(serialNumberHex);
    if (!found?.signature) return found?.record;
    const certificateDer = this.#identity.assemble(found.tbsDer, found.signature);
    return { ...found.record, certificateDer };
  }

  /** What an earlier life of the object recorded and did not finish may exist: it is kept, and open for its retry. */
  settleUnfinished(): void {
    const abandoned = this.#storage.transactionSync(() =>
      this.#ledger.settleUnfinished(nowInSeconds()),
    );
    if (abandoned.length > 0)
      eventLog.write({ event: "settled", authority: this.#identity.id, abandoned });
  }

  /** Step one. Call it inside the transaction that decides that this may be signed. */
  record(
    request: IssueRequest,
    issuer: Issuer,
    authorisation: object,
    tokenId: string | null,
    now: number,
  ): LedgerEntry {
    const serialNumber = randomSerialNumber();
    const validity = validityFrom(now, request.content, issuer);
    const tbsDer = prepareEndEntity(request.content, validity, serialNumber, issuer);
    this.#ledger.record(
      {
        serialNumberHex: serialNumber.hex,
        purpose: "end-entity",
        configurationId: request.configurationId,
        transactionID: request.transactionID,
        requestDigestHex: toHex(request.requestDigest),
        requesterKeyDigestHex: toHex(request.requesterKeyDigest),
        signer: request.signer,
        authorisation: JSON.stringify(authorisation),
        tokenId,
        templateId: request.templateId,
        templateVersion: request.templateVersion,
        subject: request.subjectText,
        ...validity,
        tbsDer,
      },
      now,
    );
    return { serialNumberHex: serialNumber.hex, tbsDer, signature: undefined };
  }

  /** Step two. Called again for the same entry, it never signs other octets. */
  complete(entry: LedgerEntry): Promise<IssuedCertificate> {
    const { serialNumberHex } = entry;
    const underWay = this.#signing.get(serialNumberHex);
    if (underWay) return underWay;
    const completing = this.#sign(entry).finally(() => this.#signing.delete(serialNumberHex));
    this.#signing.set(serialNumberHex, completing);
    return completing;
  }

  async #sign({
    serialNumberHex,
    tbsDer,
    signature: known,
  }: LedgerEntry): Promise<IssuedCertificate> {
    if (known) return this.#issued(serialNumberHex, tbsDer, known, true);
    const signer = await this.#identity.signer();
    await this.#storage.sync();
    const signature = await signer.sign(tbsDer);
    this.#storage.transactionSync(() =>
      this.#ledger.markIssued(serialNumberHex, signature, nowInSeconds()),
    );
    return this.#issued(serialNumberHex, tbsDer, signature, false);
  }

  #issued(
    serialNumberHex: string,
    tbsDer: Uint8Array,
    signature: Uint8Array,
    repeated: boolean,
  ): IssuedCertificate {
    const certificateDer = this.#identity.assemble(tbsDer, signature);
    return { status: "issued", serialNumberHex, certificateDer, repeated };
  }

  /** Both steps for a key of our own: one certificate for each key, however often it is asked for. */
  async issueForOwnKey(
    request: SubordinateRequest,
    issuer: Issuer,
    certificate: OwnKeyCertificate,
  ): Promise<IssuedCertificate> {
    const { subjectDer, subjectPublicKeyInfoDer, validitySeconds } = request;
    const keyDigestHex = toHex(await sha256(subjectPublicKeyInfoDer));
    const subjectKeyIdentifier = await identifierOfKey(subjectPublicKeyInfoDer);
    const now = nowInSeconds();
    const validity = validityFrom(
      now,
      { backdateSeconds: ownBackdateSeconds, validitySeconds },
      issuer,
    );
    const content = { subjectDer, subjectPublicKeyInfoDer, subjectKeyIdentifier, ...validity };
    const { purpose, configurationId, prepare } = certificate;
    const entry = this.#storage.transactionSync(() => {
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
          requesterKeyDigestHex: keyDigestHex,
          signer: "administration",
          authorisation: JSON.stringify({ kind: "administration" }),
          tokenId: null,
          templateId: null,
          templateVersion: null,
          subject: formatDistinguishedName(readDistinguishedName(readDer(subjectDer))),
          ...validity,
          tbsDer,
        },
        now,
      );
      return { serialNumberHex: serialNumber.hex, tbsDer, signature: undefined };
    });
    return await this.complete(entry);
  }
}
