/**
 * OCSPRequest (RFC 6960, section 4.1) as it comes from strangers: strict DER, few things, bounded. Signatures of requests
 * are not looked at: whoever asks gets the same answer. Pure; throws only DecodeError.
 */
import { type DigestName, findDigest, readAlgorithmIdentifier } from "./algorithms.ts";
import { toHex } from "./bytes.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readStrictDer } from "./der-reader.ts";
import { constructedContext, tags } from "./der-tags.ts";
import { type Extension, readExtensions } from "./extensions.ts";
import { oids } from "./oids.ts";

export interface CertId {
  /** As received: the answer repeats it word for word. */
  readonly der: Uint8Array;
  /** Undefined: a digest that we do not compute. */
  readonly digest: DigestName | undefined;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Lower case, without leading zero octets; undefined for a number that no CA may give. */
  readonly serialNumberHex: string | undefined;
}

export interface OcspRequest {
  readonly certIds: readonly CertId[];
  /** The value of the nonce extension that the answer repeats; absent when there is none to repeat. */
  readonly nonceDer?: Uint8Array;
}

const certIdsAtMost = 32;
/** RFC 9654, section 2.1: more than 128 octets are malformed; those between may go without being repeated. */
const nonceOctets = { repeated: 32, lawful: 128 };
/** RFC 5280, section 4.1.2.2 has 20; more than that is answered, absurdly many are not. */
const serialOctetsAtMost = 64;

/** Understood even when critical: we give nothing but basic answers. */
const understood: ReadonlySet<string> = new Set([oids.ocspNonce, oids.ocspAcceptableResponses]);

export function readOcspRequest(bytes: Uint8Array): OcspRequest {
  const outer = readStrictDer(bytes);
  if (outer.tag !== tags.SEQUENCE) throw new DecodeError("not an OCSPRequest");
  const fields = outer.fields();
  const tbsRequest = fields.take("SEQUENCE").fields();
  fields.optional(constructedContext(0));
  fields.finish();

  const version = tbsRequest.optional(constructedContext(0))?.fields().take("INTEGER").content;
  if (version && (version.length !== 1 || version[0] !== 0))
    throw new DecodeError("not version 1 of OCSP");
  tbsRequest.optional(constructedContext(1));
  const requests = tbsRequest.take("SEQUENCE").children();
  if (requests.length === 0) throw new DecodeError("a request about nothing");
  if (requests.length > certIdsAtMost)
    throw new DecodeError(`a request about more than ${certIdsAtMost} certificates`);
  const certIds = requests.map(readRequest);
  const extensions = understoodExtensions(tbsRequest.optional(constructedContext(2)));
  tbsRequest.finish();
  const nonceDer = readNonce(extensions?.get(oids.ocspNonce));
  return { certIds, ...(nonceDer && { nonceDer }) };
}

function readRequest(request: DerElement): CertId {
  const fields = request.fields();
  const certId = readCertId(fields.take("SEQUENCE"));
  understoodExtensions(fields.optional(constructedContext(0)));
  fields.finish();
  return certId;
}

function readCertId(element: DerElement): CertId {
  const fields = element.fields();
  const { oid, parameters } = readAlgorithmIdentifier(fields.take("SEQUENCE"));
  if (parameters && (parameters.tag !== tags.NULL || parameters.content.length > 0))
    throw new DecodeError("a digest with parameters");
  const digest = findDigest(oid);
  const issuerNameHash = fields.take("OCTET STRING").content;
  const issuerKeyHash = fields.take("OCTET STRING").content;
  if (digest && [issuerNameHash, issuerKeyHash].some((hash) => hash.length !== digest.length))
    throw new DecodeError(`not a ${digest.name} digest`);
  const serialNumber = fields.take("INTEGER").content;
  fields.finish();
  return {
    der: element.der,
    digest: digest?.name,
    issuerNameHash,
    issuerKeyHash,
    serialNumberHex: serialNumberHex(serialNumber),
  };
}

function serialNumberHex(content: Uint8Array): string | undefined {
  const [first, second = 0x80] = content;
  if (first === undefined || content.length > serialOctetsAtMost)
    throw new DecodeError("not a serial number");
  const padded = first === 0 && content.length > 1;
  if ((padded && second < 0x80) || (first === 0xff && content.length > 1 && second >= 0x80))
    throw new DecodeError("not DER");
  // A negative number is spelled like a positive one without its leading zero.
  if (first >= 0x80) return undefined;
  return toHex(padded ? content.subarray(1) : content);
}

/** @param wrapper the [n] EXPLICIT around a SEQUENCE OF Extension */
function understoodExtensions(
  wrapper: DerElement | undefined,
): ReadonlyMap<string, Extension> | undefined {
  if (!wrapper) return undefined;
  const fields = wrapper.fields();
  const extensions = readExtensions(fields.take("SEQUENCE"));
  fields.finish();
  for (const { oid, critical } of extensions.values())
    if (critical && !understood.has(oid)) throw new DecodeError(`the critical extension ${oid}`);
  return extensions;
}

function readNonce(extension: Extension | undefined): Uint8Array | undefined {
  if (!extension) return undefined;
  const nonce = readStrictDer(extension.value);
  const { length } = nonce.content;
  if (nonce.tag !== tags["OCTET STRING"] || length === 0 || length > nonceOctets.lawful)
    throw new DecodeError("not a nonce");
  return length <= nonceOctets.repeated ? extension.value : undefined;
}
