/** CMS EnvelopedData (RFC 5652, section 6) with RSA key transport: reading, opening and sealing it. */
import {
  type ContentEncryptionAlgorithm,
  type DigestName,
  findContentEncryption,
  findDigest,
  readAlgorithmIdentifier,
  rsaEncryptionIdentifierDer,
} from "./algorithms.ts";
import { concatenate } from "./bytes.ts";
import { readContentInfo, contentInfo } from "./cms-signed-data.ts";
import { type DecryptedContent, decryptContent, encryptContent } from "./content-encryption.ts";
import { DecodeError } from "./decode-error.ts";
import type { DerElement } from "./der-reader.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import {
  type DerPart,
  encode,
  octetString,
  primitive,
  sequence,
  setInOrder,
  smallInteger,
} from "./der-writer.ts";
import { oidDer, oids, readOid } from "./oids.ts";
import { type PasswordKey, passwordRecipientInfo } from "./password-recipient.ts";
import { encryptContentKey, type KeyTransport, type RecipientKey } from "./rsa-key-transport.ts";

export interface KeyTransRecipient {
  readonly issuerAndSerialNumberDer: Uint8Array | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  /** Undefined: an algorithm that we do not know. */
  readonly transport: KeyTransport | undefined;
  readonly transportOid: string;
  readonly encryptedKey: Uint8Array;
}

export interface EnvelopedData {
  /** Recipients of other kinds than key transport are left out. */
  readonly recipients: readonly KeyTransRecipient[];
  readonly contentEncryptionOid: string;
  readonly contentEncryption: ContentEncryptionAlgorithm | undefined;
  /** Undefined when it does not have the length of the cipher's block. */
  readonly initialisationVector: Uint8Array | undefined;
  readonly encryptedContent: Uint8Array;
}

export function readEnvelopedData(bytes: Uint8Array): EnvelopedData {
  const fields = readContentInfo(bytes, oids.envelopedData).fields();
  fields.take("INTEGER");
  fields.optional(constructedContext(0));
  const recipients = fields
    .take("SET")
    .children()
    .filter((recipient) => recipient.tag === tags.SEQUENCE)
    .map(readKeyTransRecipient);
  const content = fields.take("SEQUENCE").fields();
  if (readOid(content.take("OBJECT IDENTIFIER").content) !== oids.data) {
    throw new DecodeError("EnvelopedData over something else than data");
  }
  const algorithm = readAlgorithmIdentifier(content.take("SEQUENCE"));
  const contentEncryption = findContentEncryption(algorithm.oid);
  const vector =
    algorithm.parameters?.tag === tags["OCTET STRING"] ? algorithm.parameters.content : undefined;
  return {
    recipients,
    contentEncryptionOid: algorithm.oid,
    contentEncryption,
    initialisationVector: vector?.length === contentEncryption?.blockLength ? vector : undefined,
    encryptedContent: readEncryptedContent(content.any()),
  };
}

/** [0] IMPLICIT OCTET STRING: whole, or in pieces as Go's old CMS library and jscep write it. */
function readEncryptedContent(element: DerElement): Uint8Array {
  if (element.tag === primitiveContext(0)) return element.content;
  if (element.tag !== constructedContext(0))
    throw new DecodeError("EnvelopedData without encryptedContent");
  return concatenate(
    element.children().map((piece) => {
      if (piece.tag !== tags["OCTET STRING"])
        throw new DecodeError("encryptedContent in pieces of another type");
      return piece.content;
    }),
  );
}

function readKeyTransRecipient(element: DerElement): KeyTransRecipient {
  const fields = element.fields();
  fields.take("INTEGER");
  const subjectKeyIdentifier = fields.optional(primitiveContext(0))?.content;
  const issuerAndSerialNumberDer = subjectKeyIdentifier ? undefined : fields.take("SEQUENCE").der;
  const algorithm = fields.take("SEQUENCE");
  const encryptedKey = fields.take("OCTET STRING").content;
  return {
    issuerAndSerialNumberDer,
    subjectKeyIdentifier,
    transport: readKeyTransport(algorithm),
    transportOid: readAlgorithmIdentifier(algorithm).oid,
    encryptedKey,
  };
}

function readKeyTransport(element: DerElement): KeyTransport | undefined {
  const { oid, parameters } = readAlgorithmIdentifier(element);
  if (oid === oids.rsaEncryption) return { name: "RSAES-PKCS1-v1_5" };
  if (oid !== oids.rsaesOaep) return undefined;
  return readOaepParameters(parameters);
}

/** RSAES-OAEP-params (RFC 4055, section 4.1). WebCrypto has one digest for both uses, and we have no label. */
function readOaepParameters(parameters: DerElement | undefined): KeyTransport | undefined {
  const fields = parameters?.tag === tags.SEQUENCE ? parameters.fields() : undefined;
  const hash = fields?.optional(constructedContext(0))?.fields().take("SEQUENCE");
  const mask = fields?.optional(constructedContext(1))?.fields().take("SEQUENCE");
  const label = fields?.optional(constructedContext(2))?.fields().take("SEQUENCE");
  const digest = hash ? findDigest(readAlgorithmIdentifier(hash).oid)?.name : "SHA-1";
  if (
    maskDigest(mask) !== digest ||
    digest === undefined ||
    digest === "MD5" ||
    !isEmptyLabel(label)
  )
    return undefined;
  return { name: "RSAES-OAEP", digest };
}

function maskDigest(mask: DerElement | undefined): DigestName | undefined {
  if (!mask) return "SHA-1";
  const { oid, parameters } = readAlgorithmIdentifier(mask);
  if (oid !== oids.mgf1 || parameters?.tag !== tags.SEQUENCE) return undefined;
  return findDigest(readAlgorithmIdentifier(parameters).oid)?.name;
}

function isEmptyLabel(label: DerElement | undefined): boolean {
  if (!label) return true;
  const { oid, parameters } = readAlgorithmIdentifier(label);
  return (
    oid === oids.pSpecified &&
    parameters?.tag === tags["OCTET STRING"] &&
    parameters.content.length === 0
  );
}

/** What is needed of an EnvelopedData to open it: all of it present, all of it allowed. */
export interface OpenableEnvelope {
  readonly transport: KeyTransport;
  readonly encryptedKey: Uint8Array;
  readonly contentEncryption: ContentEncryptionAlgorithm;
  readonly initialisationVector: Uint8Array;
  readonly encryptedContent: Uint8Array;
}

/** Never fails: what cannot be opened gives content that is not intact, after the same work (RFC 3218). */
export async function openEnvelope(
  envelope: OpenableEnvelope,
  key: RecipientKey,
): Promise<DecryptedContent> {
  const { contentEncryption } = envelope;
  const contentKey = await key.openContentKey(
    envelope.transport,
    envelope.encryptedKey,
    contentEncryption.keyLength,
  );
  return decryptContent(
    contentEncryption,
    contentKey,
    envelope.initialisationVector,
    envelope.encryptedContent,
  );
}

/** Who a reply is sealed for: an RSA key, or a password that both sides know. */
export type EnvelopeRecipient =
  | {
      readonly kind: "key-transport";
      readonly issuerAndSerialNumberDer: Uint8Array;
      readonly subjectPublicKeyInfoDer: Uint8Array;
    }
  | { readonly kind: "password"; readonly key: PasswordKey };

const version0 = smallInteger(0);
const version3 = smallInteger(3);

/** A ContentInfo with EnvelopedData for one recipient; a fresh key and vector each time. */
export function sealEnvelope(
  content: Uint8Array,
  recipient: EnvelopeRecipient,
  algorithm: ContentEncryptionAlgorithm,
): Uint8Array {
  const contentKey = crypto.getRandomValues(new Uint8Array(algorithm.keyLength));
  const initialisationVector = crypto.getRandomValues(new Uint8Array(algorithm.blockLength));
  const encryptedContent = encryptContent(algorithm, contentKey, initialisationVector, content);
  return encode(
    contentInfo(
      oids.envelopedData,
      sequence(
        // RFC 5652, section 6.1: a password recipient makes it version 3.
        recipient.kind === "password" ? version3 : version0,
        setInOrder(recipientInfo(recipient, contentKey)),
        sequence(
          oidDer(oids.data),
          sequence(oidDer(algorithm.oid), octetString(initialisationVector)),
          primitive(primitiveContext(0), encryptedContent),
        ),
      ),
    ),
  );
}

function recipientInfo(recipient: EnvelopeRecipient, contentKey: Uint8Array): DerPart {
  if (recipient.kind === "password") return passwordRecipientInfo(recipient.key, contentKey);
  return sequence(
    version0,
    recipient.issuerAndSerialNumberDer,
    rsaEncryptionIdentifierDer,
    octetString(encryptContentKey(recipient.subjectPublicKeyInfoDer, contentKey)),
  );
}
