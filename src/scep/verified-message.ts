/**
 * Second stage: the messageType is one we serve, the algorithms are allowed, and the signature is its signer's
 * (RFC 8894, section 3.2.1; RFC 5652, section 5.6). Nothing has been decrypted, no private key was used.
 */
import {
  type DigestAlgorithm,
  type DigestName,
  digestAlgorithms,
  findDigest,
} from "../pki/algorithms.ts";
import { equalBytes } from "../pki/bytes.ts";
import { type Certificate, readCertificate } from "../pki/certificate.ts";
import { type SignerInfo, singleValue } from "../pki/cms-signed-data.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { type DerElement, readDer } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { readExtensions } from "../pki/extensions.ts";
import { oids, readOid } from "../pki/oids.ts";
import { findKeyWeakness } from "../pki/key-weakness.ts";
import { signerInfoDigest, verifySignature } from "../pki/signature.ts";
import { err, ok, type Result } from "../result.ts";
import { messageTypes } from "./message-types.ts";
import type { ReceivedMessage } from "./received-message.ts";
import { reject, type ScepRejection } from "./rejection.ts";

/** What a client may send (RFC 8894, section 3.3). */
const requestTypes = ["PKCSReq", "RenewalReq", "CertPoll", "GetCert", "GetCRL"] as const;
export type RequestType = (typeof requestTypes)[number];

export interface VerifiedMessage {
  readonly messageType: RequestType;
  readonly received: ReceivedMessage;
  readonly digest: DigestAlgorithm;
  /** The certificate whose key signed, and to which a SUCCESS is encrypted. */
  readonly signer: Certificate;
  /** The DER of the EnvelopedData. */
  readonly envelope: Uint8Array;
}

export async function verifyPkiMessage(
  received: ReceivedMessage,
  allowedDigests: readonly DigestName[],
): Promise<Result<VerifiedMessage, ScepRejection>> {
  try {
    return await verify(received, allowedDigests);
  } catch (error) {
    if (error instanceof DecodeError)
      return reject("request_malformed", `The pkiMessage: ${error.message}.`);
    throw error;
  }
}

async function verify(
  received: ReceivedMessage,
  allowedDigests: readonly DigestName[],
): Promise<Result<VerifiedMessage, ScepRejection>> {
  const { signerInfo } = received;
  const messageType = checkMessageType(signerInfo);
  if (!messageType.ok) return messageType;

  const digest = findDigest(signerInfo.digestAlgorithm);
  if (!digest || !allowedDigests.includes(digest.name)) {
    return reject(
      "digest_not_allowed",
      `The message is signed with digest ${digest?.name ?? signerInfo.digestAlgorithm}.`,
    );
  }
  if (received.contentType !== oids.data || !received.content) {
    return reject(
      "request_malformed",
      "The pkiMessage has no pkcsPKIEnvelope of content type data.",
    );
  }
  const signer = findSigner(received.certificates, signerInfo);
  if (!signer)
    return reject("signature_invalid", "The signer's certificate is not in the message.");
  const { publicKey } = signer;
  const weakness = await findKeyWeakness(publicKey);
  if (weakness) return err(weakness);
  if (!signerInfoDigest(signerInfo.signatureAlgorithm, digest.name, publicKey)) {
    return reject(
      "signature_algorithm_not_allowed",
      `The message is signed with ${signerInfo.signatureAlgorithm} over ${digest.name}.`,
    );
  }
  const verified = await verifySignerInfo(signerInfo, digest, signer, received.content);
  if (!verified.ok) return verified;
  return ok({
    messageType: messageType.value,
    received,
    digest,
    signer,
    envelope: received.content,
  });
}

/** Refuses by default: a type that is parsed and not handled must never reach authorisation (CVE-2026-30836). */
function checkMessageType(signerInfo: SignerInfo): Result<RequestType, ScepRejection> {
  const value = singleValue(signerInfo.signedAttrs, oids.messageType);
  if (value?.tag !== tags.PrintableString) {
    return reject("request_malformed", "messageType is not one PrintableString.");
  }
  const text = String.fromCharCode(...value.content.subarray(0, 16));
  const requestType = requestTypes.find((type) => messageTypes[type] === text);
  return requestType
    ? ok(requestType)
    : reject(
        "message_type_unsupported",
        `messageType ${JSON.stringify(text)} is none that a client may send.`,
      );
}

export function findSigner(
  certificates: readonly DerElement[],
  signerInfo: SignerInfo,
): Certificate | undefined {
  const { issuerAndSerialNumberDer, subjectKeyIdentifier } = signerInfo;
  return certificates
    .map(readCertificate)
    .find((certificate) =>
      issuerAndSerialNumberDer
        ? equalBytes(certificate.issuerAndSerialNumberDer, issuerAndSerialNumberDer)
        : subjectKeyIdentifier !== undefined && hasKeyIdentifier(certificate, subjectKeyIdentifier),
    );
}

function hasKeyIdentifier(certificate: Certificate, identifier: Uint8Array): boolean {
  const extension =
    certificate.extensions && readExtensions(certificate.extensions).get(oids.subjectKeyIdentifier);
  return extension !== undefined && equalBytes(readDer(extension.value).content, identifier);
}

/** signedAttrs must be there: without them content could pass for attributes, and the reverse. */
async function verifySignerInfo(
  signerInfo: SignerInfo,
  digest: DigestAlgorithm,
  signer: Certificate,
  content: Uint8Array,
): Promise<Result<void, ScepRejection>> {
  const contentType = singleValue(signerInfo.signedAttrs, oids.contentType);
  const messageDigest = singleValue(signerInfo.signedAttrs, oids.messageDigest);
  if (
    !signerInfo.signedAttrsDer ||
    contentType?.tag !== tags["OBJECT IDENTIFIER"] ||
    messageDigest?.tag !== tags["OCTET STRING"]
  ) {
    return reject(
      "signature_invalid",
      "The signed attributes contentType and messageDigest are not there exactly once.",
    );
  }
  if (readOid(contentType.content) !== oids.data)
    return reject("signature_invalid", "The signed contentType is not data.");
  const computed = new Uint8Array(await crypto.subtle.digest(digest.name, content));
  if (!equalBytes(computed, messageDigest.content))
    return reject("signature_invalid", "messageDigest is not that of the content.");
  const genuine = await verifySignature(
    signer.publicKey,
    digest.name,
    signerInfo.signature,
    signerInfo.signedAttrsDer,
  );
  return genuine
    ? ok(undefined)
    : err({ reason: "signature_invalid", detail: "The message's signature does not verify." });
}

/** The digest of a reply: the request's when it is one we allow, else SHA-256. */
export function replyDigest(
  received: ReceivedMessage,
  allowedDigests: readonly DigestName[],
): DigestAlgorithm {
  const digest = findDigest(received.signerInfo.digestAlgorithm);
  return digest && allowedDigests.includes(digest.name) ? digest : digestAlgorithms["SHA-256"];
}
