/** An OCSP client for tests, both halves by hand: what it asks may be wrong on purpose, what it gets is read strictly. */
import { expect } from "vitest";
import { type DigestName, digestAlgorithms } from "../../src/pki/algorithms.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.ts";
import { type DerElement, readStrictDer } from "../../src/pki/der-reader.ts";
import { constructedContext, primitiveContext, tags } from "../../src/pki/der-tags.ts";
import { readTime } from "../../src/pki/der-values.ts";
import {
  constructed,
  type DerPart,
  encode,
  octetString,
  primitive,
  sequence,
  unsignedInteger,
} from "../../src/pki/der-writer.ts";
import { readExtensions } from "../../src/pki/extensions.ts";
import { encodeOid, oids, readOid } from "../../src/pki/oids.ts";
import { signatureDigest, verifySignature } from "../../src/pki/signature.ts";

export async function certId(
  issuerDer: Uint8Array,
  serialNumber: Uint8Array,
  digest: DigestName = "SHA-1",
): Promise<DerPart> {
  const { subjectDer, publicKey } = parseCertificate(issuerDer);
  const hash = async (octets: Uint8Array) =>
    octetString(new Uint8Array(await crypto.subtle.digest(digest, octets)));
  return sequence(
    digestAlgorithms[digest].identifierDer,
    await hash(subjectDer),
    await hash(publicKey.bits),
    unsignedInteger(serialNumber),
  );
}

export const extensionPart = (oid: string, value: Uint8Array, critical = false): DerPart =>
  sequence(
    encodeOid(oid),
    critical ? primitive(tags.BOOLEAN, Uint8Array.of(0xff)) : undefined,
    octetString(value),
  );

export const nonceExtension = (length: number, fill = 7): DerPart =>
  extensionPart(oids.ocspNonce, encode(octetString(new Uint8Array(length).fill(fill))));

export interface RequestParts {
  readonly extensions?: readonly DerPart[];
  readonly version?: number;
  readonly requestorName?: DerPart;
  /** Stands where the signature is. */
  readonly signature?: DerPart;
}

export function ocspRequest(certIds: readonly DerPart[], parts: RequestParts = {}): Uint8Array {
  const { extensions, version, requestorName, signature } = parts;
  const tbs = sequence(
    version === undefined
      ? undefined
      : constructed(constructedContext(0), [primitive(tags.INTEGER, Uint8Array.of(version))]),
    requestorName && constructed(constructedContext(1), [requestorName]),
    sequence(...certIds.map((id) => sequence(id))),
    extensions && constructed(constructedContext(2), [sequence(...extensions)]),
  );
  return encode(sequence(tbs, signature && constructed(constructedContext(0), [signature])));
}

export interface SingleStatus {
  readonly certIdDer: Uint8Array;
  readonly status: "good" | "revoked" | "unknown";
  readonly revokedAt?: Date;
  readonly reason?: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

export interface OcspResponse {
  readonly responderKeyHash: Uint8Array;
  readonly producedAt: Date;
  readonly statuses: readonly SingleStatus[];
  /** The octets inside the nonce's OCTET STRING. */
  readonly nonce?: Uint8Array;
  readonly responder: Certificate;
  readonly responseDataDer: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

/** OCSPResponseStatus of an answer. */
export const responseStatus = (bytes: Uint8Array): number =>
  readStrictDer(bytes).fields().take("ENUMERATED").content[0] ?? -1;

export function readOcspResponse(bytes: Uint8Array): OcspResponse {
  const outer = readStrictDer(bytes).fields();
  expect(outer.take("ENUMERATED").content).toEqual(Uint8Array.of(0));
  const responseBytes = outer.take(constructedContext(0)).fields().take("SEQUENCE").fields();
  outer.finish();
  expect(readOid(responseBytes.take("OBJECT IDENTIFIER").content)).toBe(oids.ocspBasic);
  const basic = readStrictDer(responseBytes.take("OCTET STRING").content).fields();
  const responseData = basic.take("SEQUENCE");
  const signatureAlgorithm = readOid(
    basic.take("SEQUENCE").fields().take("OBJECT IDENTIFIER").content,
  );
  const signature = basic.take("BIT STRING").content.subarray(1);
  const certificates = basic.take(constructedContext(0)).fields().take("SEQUENCE").children();
  basic.finish();
  const [certificate, ...more] = certificates;
  if (!certificate || more.length > 0) throw new Error("not one responder certificate");

  const data = responseData.fields();
  const responderKeyHash = data.take(constructedContext(2)).fields().take("OCTET STRING").content;
  const producedAt = readTime(data.take("GeneralizedTime"));
  const statuses = data.take("SEQUENCE").children().map(readSingle);
  const extensions = data.optional(constructedContext(1))?.children()[0];
  data.finish();
  const nonce = extensions && readExtensions(extensions).get(oids.ocspNonce)?.value;
  return {
    responderKeyHash,
    producedAt,
    statuses,
    ...(nonce && { nonce: readStrictDer(nonce).content }),
    responder: parseCertificate(certificate.der),
    responseDataDer: responseData.der,
    signatureAlgorithm,
    signature,
  };
}

function readSingle(element: DerElement): SingleStatus {
  const fields = element.fields();
  const certIdDer = fields.take("SEQUENCE").der;
  const status = fields.any();
  const thisUpdate = readTime(fields.take("GeneralizedTime"));
  const nextUpdate = readTime(fields.take(constructedContext(0)).fields().take("GeneralizedTime"));
  fields.finish();
  const times = { certIdDer, thisUpdate, nextUpdate };
  if (status.tag === primitiveContext(0)) return { ...times, status: "good" };
  if (status.tag === primitiveContext(2)) return { ...times, status: "unknown" };
  expect(status.tag).toBe(constructedContext(1));
  const revoked = status.fields();
  const revokedAt = readTime(revoked.take("GeneralizedTime"));
  const reason = revoked.take(constructedContext(0)).fields().take("ENUMERATED").content[0] ?? -1;
  revoked.finish();
  return { ...times, status: "revoked", revokedAt, reason };
}

/** Signed by the responder that came along, which the CA itself has certified, for nothing but this. */
export async function expectSignedFor(response: OcspResponse, issuerDer: Uint8Array) {
  const { responder } = response;
  const issuer = parseCertificate(issuerDer);
  const digest = signatureDigest(response.signatureAlgorithm, responder.publicKey);
  expect(digest).toBe("SHA-256");
  expect(
    await verifySignature(
      responder.publicKey,
      "SHA-256",
      response.signature,
      response.responseDataDer,
    ),
  ).toBe(true);
  const keyHash = new Uint8Array(await crypto.subtle.digest("SHA-1", responder.publicKey.bits));
  expect(toHex(response.responderKeyHash)).toBe(toHex(keyHash));
  expect(responder.issuerDer).toEqual(issuer.subjectDer);
  const [tbs, , signature] = readStrictDer(responder.der).children();
  const issuerDigest = signatureDigest(responder.signatureAlgorithm, issuer.publicKey);
  if (!tbs || !signature || !issuerDigest) throw new Error("not a certificate");
  expect(
    await verifySignature(issuer.publicKey, issuerDigest, signature.content.subarray(1), tbs.der),
  ).toBe(true);
}
