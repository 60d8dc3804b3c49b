/** CMS SignedData (RFC 5652, section 5): reading, verifying and building it on the path of a PKIOperation. */
import { type DigestAlgorithm, type DigestName, readAlgorithmIdentifier } from "./algorithms.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readMessage } from "./der-reader.ts";
import { constructedContext, primitiveContext } from "./der-tags.ts";
import {
  constructed,
  type DerPart,
  encode,
  octetString,
  sequence,
  setInOrder,
  setOf,
  smallInteger,
} from "./der-writer.ts";
import { oidDer, oids, readOid } from "./oids.ts";

export interface SignerInfo {
  /** Which certificate signed: exactly one of the two forms (RFC 5652, section 5.3). */
  readonly issuerAndSerialNumberDer: Uint8Array | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** The octets received, tagged as the SET OF that the signature covers; undefined when there are none. */
  readonly signedAttrsDer: Uint8Array | undefined;
  readonly signedAttrs: SignedAttributes;
}

/** Attribute type -> the values of each attribute of that type; lawful messages have each type once. */
export type SignedAttributes = ReadonlyMap<string, readonly (readonly DerElement[])[]>;

export interface SignedData {
  readonly contentType: string;
  /** The octets of eContent, its pieces joined; undefined when absent. */
  readonly content: Uint8Array | undefined;
  readonly certificates: readonly DerElement[];
  readonly signerInfos: readonly SignerInfo[];
}

/** @param bytes a ContentInfo in DER or BER; what follows it is ignored */
export function readSignedData(bytes: Uint8Array): SignedData {
  const fields = readContentInfo(bytes, oids.signedData).fields();
  fields.take("INTEGER");
  fields.take("SET");
  const encapsulated = fields.take("SEQUENCE").fields();
  const contentType = readOid(encapsulated.take("OBJECT IDENTIFIER").content);
  const content = encapsulated
    .optional(constructedContext(0))
    ?.fields()
    .take("OCTET STRING").content;
  const certificates = fields.optional(constructedContext(0))?.children() ?? [];
  fields.optional(constructedContext(1));
  const signerInfos = fields.take("SET").children().map(readSignerInfo);
  return { contentType, content, certificates, signerInfos };
}

/** The [0] EXPLICIT content of a ContentInfo of the given type. */
export function readContentInfo(bytes: Uint8Array, contentType: string): DerElement {
  const fields = readMessage(bytes).fields();
  if (readOid(fields.take("OBJECT IDENTIFIER").content) !== contentType)
    throw new DecodeError("not the expected CMS content type");
  return fields.take(constructedContext(0)).fields().take("SEQUENCE");
}

function readSignerInfo(element: DerElement): SignerInfo {
  const fields = element.fields();
  fields.take("INTEGER");
  const subjectKeyIdentifier = fields.optional(primitiveContext(0))?.content;
  const issuerAndSerialNumberDer = subjectKeyIdentifier ? undefined : fields.take("SEQUENCE").der;
  const digestAlgorithm = readAlgorithmIdentifier(fields.take("SEQUENCE")).oid;
  const signedAttrs = fields.optional(constructedContext(0));
  const signatureAlgorithm = readAlgorithmIdentifier(fields.take("SEQUENCE")).oid;
  const signature = fields.take("OCTET STRING").content;
  return {
    issuerAndSerialNumberDer,
    subjectKeyIdentifier,
    digestAlgorithm,
    signatureAlgorithm,
    signature,
    signedAttrsDer: signedAttrs && taggedAsSetOf(signedAttrs.der),
    signedAttrs: readAttributes(signedAttrs?.children() ?? []),
  };
}

/** RFC 5652, section 5.4: the IMPLICIT [0] tag is not part of what is signed. */
function taggedAsSetOf(der: Uint8Array): Uint8Array {
  const copy = der.slice();
  copy[0] = 0x31;
  return copy;
}

function readAttributes(elements: readonly DerElement[]): SignedAttributes {
  const attributes = new Map<string, (readonly DerElement[])[]>();
  for (const element of elements) {
    const fields = element.fields();
    const type = readOid(fields.take("OBJECT IDENTIFIER").content);
    const values = fields.take("SET").children();
    const known = attributes.get(type);
    if (known) known.push(values);
    else attributes.set(type, [values]);
  }
  return attributes;
}

/** The one value of an attribute that must be there at most once and with one value. */
export function singleValue(attributes: SignedAttributes, type: string): DerElement | undefined {
  const occurrences = attributes.get(type);
  if (!occurrences) return undefined;
  const [values, ...more] = occurrences;
  if (more.length > 0 || values?.length !== 1)
    throw new DecodeError(`signed attribute ${type} must have exactly one value`);
  return values[0];
}

/** A private key that signs messages. */
export interface SignerKey {
  /** As SignerInfo names it. */
  readonly signatureAlgorithmDer: Uint8Array;
  sign(digest: DigestName, octets: Uint8Array): Promise<Uint8Array>;
}

export interface SignedDataContent {
  /** eContent; empty is written as a zero-length OCTET STRING. */
  readonly content: Uint8Array;
  readonly digest: DigestAlgorithm;
  /** Without contentType and messageDigest, which every SignerInfo has. */
  readonly signedAttrs: readonly DerPart[];
  readonly issuerAndSerialNumberDer: Uint8Array;
  readonly certificateDer: Uint8Array;
}

export const attribute = (type: string, value: DerPart): DerPart =>
  sequence(oidDer(type), setInOrder(value));

const contentTypeData = encode(attribute(oids.contentType, oidDer(oids.data)));
const version1 = smallInteger(1);

/** A ContentInfo with SignedData by one signer, DER, signed attributes sorted. */
export async function buildSignedData(
  parts: SignedDataContent,
  key: SignerKey,
): Promise<Uint8Array> {
  const messageDigest = new Uint8Array(
    await crypto.subtle.digest(parts.digest.name, parts.content),
  );
  const signedAttrs = encode(
    setOf([
      contentTypeData,
      attribute(oids.messageDigest, octetString(messageDigest)),
      ...parts.signedAttrs,
    ]),
  );
  const signature = await key.sign(parts.digest.name, signedAttrs);
  const implicitAttrs = signedAttrs.slice();
  implicitAttrs[0] = constructedContext(0);
  const signerInfo = sequence(
    version1,
    parts.issuerAndSerialNumberDer,
    parts.digest.identifierDer,
    implicitAttrs,
    key.signatureAlgorithmDer,
    octetString(signature),
  );
  return encode(
    contentInfo(
      oids.signedData,
      sequence(
        version1,
        setInOrder(parts.digest.identifierDer),
        sequence(
          oidDer(oids.data),
          constructed(constructedContext(0), [octetString(parts.content)]),
        ),
        constructed(constructedContext(0), [parts.certificateDer]),
        setInOrder(signerInfo),
      ),
    ),
  );
}

export const contentInfo = (type: string, content: DerPart): DerPart =>
  sequence(oidDer(type), constructed(constructedContext(0), [content]));

/**
 * Degenerate SignedData (RFC 8894, section 3.4) that only carries certificates, in the order given: clients take the
 * first one for theirs, and some want one twice.
 */
export const buildCertificatesOnly = (certificatesDer: readonly Uint8Array[]): Uint8Array =>
  degenerate(constructed(constructedContext(0), certificatesDer));

/** The same with a CRL and nothing else (RFC 8894, section 3.3.2.1). */
export const buildCrlOnly = (crlDer: Uint8Array): Uint8Array =>
  degenerate(constructed(constructedContext(1), [crlDer]));

const degenerate = (certificatesOrCrls: DerPart): Uint8Array =>
  encode(
    contentInfo(
      oids.signedData,
      sequence(
        version1,
        setInOrder(),
        sequence(oidDer(oids.data)),
        certificatesOrCrls,
        setInOrder(),
      ),
    ),
  );
