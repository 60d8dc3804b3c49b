/**
 * PKCS #10 (RFC 2986) as received, in slices. Attributes in any order: strongSwan does not sort them. The subject and
 * the key go into the certificate as they are, so these two must be DER to the letter. Pure.
 */
import { readAlgorithmIdentifier } from "./algorithms.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer, readStrictDer } from "./der-reader.ts";
import { constructedContext } from "./der-tags.ts";
import { readText } from "./der-values.ts";
import { type Extension, readExtensions } from "./extensions.ts";
import { type NameValuePairs, noNameValuePairs, readNameValuePairs } from "./name-value-pairs.ts";
import { oids, readOid } from "./oids.ts";
import { type PublicKey, readSubjectPublicKeyInfo } from "./public-key.ts";

export interface CertificationRequest {
  readonly der: Uint8Array;
  /** The CertificationRequestInfo that the signature covers. */
  readonly infoDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  readonly publicKey: PublicKey;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** Absent, or exactly one string (RFC 2985, section 5.4.1). */
  readonly challengePassword: string | undefined;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Wishes of Windows and Intune's clients. */
  readonly nameValuePairs: NameValuePairs;
}

export function parseCertificationRequest(bytes: Uint8Array): CertificationRequest {
  const root = readDer(bytes);
  const request = root.fields();
  const info = request.take("SEQUENCE");
  const signatureAlgorithm = readAlgorithmIdentifier(request.take("SEQUENCE")).oid;
  const signature = request.take("BIT STRING").content;
  request.finish();
  if (signature[0] !== 0) throw new DecodeError("a signature of no whole octets");

  const fields = info.fields();
  fields.take("INTEGER");
  const subject = readStrictDer(fields.take("SEQUENCE").der);
  const publicKey = readSubjectPublicKeyInfo(readStrictDer(fields.take("SEQUENCE").der));
  // OpenSSL leaves the attributes out when there are none, against RFC 2986.
  const attributes = readAttributes(fields.optional(constructedContext(0)));
  fields.finish();
  const pairs = attributes.get(oids.enrolmentNameValuePair);
  return {
    der: root.der,
    infoDer: info.der,
    subjectDer: subject.der,
    publicKey,
    signatureAlgorithm,
    signature: signature.subarray(1),
    challengePassword: readChallengePassword(attributes.get(oids.challengePassword)),
    extensions: readExtensionRequest(attributes),
    nameValuePairs: pairs ? readNameValuePairs(pairs) : noNameValuePairs,
  };
}

function readAttributes(set: DerElement | undefined): Map<string, readonly DerElement[]> {
  const attributes = new Map<string, readonly DerElement[]>();
  for (const attribute of set?.children() ?? []) {
    const fields = attribute.fields();
    const type = readOid(fields.take("OBJECT IDENTIFIER").content);
    const values = fields.take("SET").children();
    fields.finish();
    const earlier = attributes.get(type);
    // Windows writes its pairs as values of one attribute or as several attributes.
    if (earlier && type !== oids.enrolmentNameValuePair)
      throw new DecodeError(`attribute ${type} comes twice`);
    attributes.set(type, earlier ? [...earlier, ...values] : values);
  }
  return attributes;
}

function readChallengePassword(values: readonly DerElement[] | undefined): string | undefined {
  if (!values) return undefined;
  const [value, ...more] = values;
  if (!value || more.length > 0) throw new DecodeError("challengePassword needs exactly one value");
  return readText(value);
}

function readExtensionRequest(
  attributes: ReadonlyMap<string, readonly DerElement[]>,
): Map<string, Extension> {
  const standard = attributes.get(oids.extensionRequest);
  const values = standard ?? attributes.get(oids.microsoftExtensionRequest);
  if (!values) return new Map();
  const [value, ...more] = values;
  if (!value || more.length > 0) throw new DecodeError("extensionRequest needs exactly one value");
  return readExtensions(value);
}
