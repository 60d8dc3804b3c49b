/** EnvelopedData (RFC 5652, section 6): sealing for a server, with all deviations, and opening its replies. */
import { randomBytes } from "node:crypto";
import {
  algorithm,
  type Cipher,
  ciphers,
  cipherByOid,
  decrypt,
  type Digest,
  digests,
  encrypt,
} from "./algorithms.ts";
import type { Certificate } from "./certificates.ts";
import {
  type Bytes,
  bytes,
  context,
  equal,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  tag,
  tlv,
} from "./der.ts";
import { child, type Element, oidText, read } from "./der-reader.ts";
import { der, type Encoding } from "./encoding.ts";
import { type KeyPair, rsaesOaep, rsaesPkcs1, rsaesPkcs1Open } from "./keys.ts";
import { oids } from "./oids.ts";
import { openPasswordRecipient } from "./password-recipient.ts";

export type KeyTransport = "PKCS1" | "OAEP-SHA-1" | "OAEP-SHA-256";

export interface RecipientPlan {
  readonly certificate: Certificate;
  readonly keyTransport?: KeyTransport;
  /** Instead of the honest encrypted key. */
  readonly encryptedKey?: (contentKey: Bytes) => Bytes;
  readonly keyEncryptionAlgorithm?: Bytes;
  readonly issuerAndSerialNumber?: Bytes;
}

export interface EnvelopePlan {
  readonly content: Bytes;
  readonly recipients: readonly RecipientPlan[];
  readonly cipher?: Cipher;
  readonly contentKey?: Bytes;
  /** The vector as written; the one used to encrypt has the right length. */
  readonly initialisationVector?: Bytes;
  readonly contentEncryptionAlgorithm?: Bytes;
  readonly contentType?: string;
  /** Whole blocks that are encrypted instead of the padded content. */
  readonly padded?: Bytes;
  readonly editEncryptedContent?: (encrypted: Bytes) => Bytes;
  readonly omitEncryptedContent?: boolean;
  readonly encoding?: Encoding;
}

function oaepAlgorithm(digest: Digest): Bytes {
  if (digest === "SHA-1") return algorithm(oids.rsaesOaep, sequence());
  const hash = algorithm(digests[digest].oid);
  return algorithm(
    oids.rsaesOaep,
    sequence(tlv(context(0), hash), tlv(context(1), algorithm(oids.mgf1, hash))),
  );
}

function recipientInfo(plan: RecipientPlan, contentKey: Bytes): Bytes {
  const { certificate, keyTransport = "PKCS1" } = plan;
  const oaep: Digest = keyTransport === "OAEP-SHA-1" ? "SHA-1" : "SHA-256";
  const pkcs1 = keyTransport === "PKCS1";
  const encryptedKey =
    plan.encryptedKey?.(contentKey) ??
    (pkcs1
      ? rsaesPkcs1(certificate.spki, contentKey)
      : rsaesOaep(certificate.spki, contentKey, oaep));
  return sequence(
    integer(0),
    plan.issuerAndSerialNumber ??
      sequence(certificate.issuer, tlv(tag.integer, certificate.serialNumber)),
    plan.keyEncryptionAlgorithm ??
      (pkcs1 ? algorithm(oids.rsaEncryption, nullValue) : oaepAlgorithm(oaep)),
    octetString(encryptedKey),
  );
}

/** The ContentInfo of an EnvelopedData. */
export function buildEnvelope(plan: EnvelopePlan): Bytes {
  const { cipher = "AES-128-CBC", encoding = der } = plan;
  const contentKey = plan.contentKey ?? bytes(randomBytes(ciphers[cipher].key));
  const iv = bytes(randomBytes(ciphers[cipher].block));
  const honest = encrypt(cipher, contentKey, iv, plan.content, plan.padded);
  const encrypted =
    plan.editEncryptedContent === undefined ? honest : plan.editEncryptedContent(honest);
  const { constructed } = encoding;
  const encryptedContentInfo = constructed(
    tag.sequence,
    oid(plan.contentType ?? oids.data),
    plan.contentEncryptionAlgorithm ??
      algorithm(ciphers[cipher].oid, octetString(plan.initialisationVector ?? iv)),
    ...(plan.omitEncryptedContent === true ? [] : [encoding.octets(context(0, false), encrypted)]),
  );
  const recipients = plan.recipients.map((recipient) => recipientInfo(recipient, contentKey));
  const enveloped = constructed(
    tag.sequence,
    integer(0),
    constructed(tag.set, ...recipients),
    encryptedContentInfo,
  );
  return constructed(tag.sequence, oid(oids.envelopedData), constructed(context(0), enveloped));
}

export interface OpenedEnvelope {
  readonly content: Bytes;
  readonly cipher: Cipher;
  readonly keyEncryptionAlgorithm: string;
}

/**
 * Opens a reply: DER, exactly one recipient, which has to be the certificate that signed the request.
 * @param password for a key that cannot decrypt
 * @param certificate undefined: whatever name the recipient has, as long as the key opens it
 */
export function openEnvelope(
  contentInfo: Uint8Array,
  certificate: Certificate | undefined,
  key: KeyPair,
  password?: string,
): OpenedEnvelope {
  const outer = read(contentInfo);
  if (oidText(child(outer, 0)) !== oids.envelopedData) throw new Error("not an EnvelopedData");
  const enveloped = child(child(outer, 1, context(0)), 0, tag.sequence);
  const recipients = child(enveloped, 1, tag.set).children;
  const [recipient] = recipients;
  if (recipient === undefined || recipients.length !== 1)
    throw new Error(`${recipients.length} recipients`);
  const byPassword = recipient.tag === context(3);
  // RFC 5652, section 6.1.
  if (!equal(child(enveloped, 0).raw, integer(byPassword ? 3 : 0)))
    throw new Error("an EnvelopedData with another version's number");
  const contentKey = byPassword
    ? openPasswordRecipient(recipient, password ?? "")
    : openKeyTransport(recipient, certificate, key);
  const keyEncryption = child(recipient, 2, tag.sequence);
  return {
    ...openContent(enveloped, contentKey),
    keyEncryptionAlgorithm: oidText(child(keyEncryption, 0)),
  };
}

function openKeyTransport(
  recipient: Element,
  certificate: Certificate | undefined,
  key: KeyPair,
): Bytes {
  if (key.kind !== "RSA") throw new Error("sealed for a key that cannot decrypt");
  const identifier = child(recipient, 1, tag.sequence);
  const mine =
    certificate === undefined ||
    (equal(child(identifier, 0).raw, certificate.issuer) &&
      equal(child(identifier, 1, tag.integer).content, certificate.serialNumber));
  if (!mine) throw new Error("the reply is sealed for another certificate");
  return rsaesPkcs1Open(key, child(recipient, 3, tag.octetString).content);
}

function openContent(
  enveloped: Element,
  contentKey: Bytes,
): Omit<OpenedEnvelope, "keyEncryptionAlgorithm"> {
  const info = child(enveloped, 2, tag.sequence);
  if (oidText(child(info, 0)) !== oids.data)
    throw new Error("the encrypted contentType is not data");
  const parameters = child(info, 1, tag.sequence);
  const cipher = cipherByOid(oidText(child(parameters, 0)));
  if (contentKey.length !== ciphers[cipher].key)
    throw new Error("the content key has another cipher's length");
  const iv = child(parameters, 1, tag.octetString).content;
  return {
    content: decrypt(cipher, contentKey, iv, child(info, 2, context(0, false)).content),
    cipher,
  };
}
