/**
 * A CA that is its own enrolment agent, for clients that insist on one certificate. The edge parses; this opens and
 * signs. It is no oracle: it unpads itself and gives back only a content key of the length that was asked for, and what
 * it signs must be the signed attributes of a CertRep, so never a TBSCertificate.
 */
import type { DigestName } from "../pki/algorithms.ts";
import type { SignerKey } from "../pki/cms-signed-data.ts";
import { readDer, readStrictDer } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { oids, readOid } from "../pki/oids.ts";
import { readSubjectPublicKeyInfo } from "../pki/public-key.ts";
import {
  createRecipientKey,
  type KeyTransport,
  type RecipientKey,
} from "../pki/rsa-key-transport.ts";
import { createSignerKey } from "../pki/rsa-signer-key.ts";
import { messageTypes } from "../scep/message-types.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";

/** Content keys of the ciphers that there are: DES, AES-128, AES-192 and 3DES, AES-256. */
const contentKeyLengths: readonly number[] = [8, 16, 24, 32];

/** What every CertRep has signed (RFC 8894, section 3.2.1). */
const certRepAttributes: readonly string[] = [
  oids.contentType,
  oids.messageDigest,
  oids.transactionID,
  oids.messageType,
  oids.senderNonce,
  oids.recipientNonce,
  oids.pkiStatus,
];

interface AgentKeys {
  readonly recipient: RecipientKey;
  readonly signer: SignerKey;
}

export class OwnAgent {
  readonly #identity: AuthorityIdentity;
  #keys: Promise<AgentKeys> | undefined;

  constructor(identity: AuthorityIdentity) {
    this.#identity = identity;
  }

  async openContentKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    keyLength: number,
  ): Promise<Uint8Array> {
    if (!contentKeyLengths.includes(keyLength))
      throw new Error("No cipher has a content key of this length.");
    const { recipient } = await this.#load();
    return await recipient.openContentKey(transport, encryptedKey, keyLength);
  }

  async signCertRep(digest: DigestName, signedAttrsDer: Uint8Array): Promise<Uint8Array> {
    if (!isCertRep(signedAttrsDer))
      throw new Error("These are not the signed attributes of a CertRep.");
    const { signer } = await this.#load();
    return await signer.sign(digest, signedAttrsDer);
  }

  async #load(): Promise<AgentKeys> {
    const { ownAgent, subjectPublicKeyInfoDer } = this.#identity.record();
    if (!ownAgent) throw new Error("This CA was not made to be its own enrolment agent.");
    this.#keys ??= this.#importKeys(subjectPublicKeyInfoDer);
    try {
      return await this.#keys;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }

  async #importKeys(subjectPublicKeyInfoDer: Uint8Array): Promise<AgentKeys> {
    const publicKey = readSubjectPublicKeyInfo(readDer(subjectPublicKeyInfoDer));
    if (publicKey.kind !== "RSA") throw new Error("Only an RSA key can open envelopes.");
    const pkcs8 = await this.#identity.unwrapKey();
    return {
      recipient: createRecipientKey(pkcs8, publicKey.modulus),
      signer: createSignerKey(pkcs8),
    };
  }
}

function isCertRep(signedAttrsDer: Uint8Array): boolean {
  const set = readStrictDer(signedAttrsDer);
  if (set.tag !== tags.SET) return false;
  const attributes = new Map(
    set.children().map((attribute) => {
      const fields = attribute.fields();
      return [
        readOid(fields.take("OBJECT IDENTIFIER").content),
        fields.take("SET").children(),
      ] as const;
    }),
  );
  const [messageType] = attributes.get(oids.messageType) ?? [];
  return (
    certRepAttributes.every((type) => attributes.get(type)?.length === 1) &&
    messageType?.tag === tags.PrintableString &&
    String.fromCharCode(...messageType.content.subarray(0, 4)) === messageTypes.CertRep
  );
}
