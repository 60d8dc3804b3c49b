/**
 * First stage of a PKIOperation: from octets to a message that can at least be answered (RFC 8894, section 3.2). Pure.
 * Throws DecodeError when it cannot: then there is no transaction to put into a CertRep.
 */
import { readSignedData, type SignerInfo, singleValue } from "../pki/cms-signed-data.ts";
import { DecodeError } from "../pki/decode-error.ts";
import type { DerElement } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { oids } from "../pki/oids.ts";

export interface ReceivedMessage {
  /** As received; at most 256 printable ASCII characters. */
  readonly transactionID: string;
  readonly senderNonce: Uint8Array;
  readonly signerInfo: SignerInfo;
  readonly contentType: string;
  /** The pkcsPKIEnvelope; undefined when there is none. */
  readonly content: Uint8Array | undefined;
  readonly certificates: readonly DerElement[];
}

export const maximumTransactionIDLength = 256;

const transactionIDTags: readonly number[] = [
  tags.PrintableString,
  tags.UTF8String,
  tags.IA5String,
];

export function readPkiMessage(bytes: Uint8Array): ReceivedMessage {
  const signedData = readSignedData(bytes);
  const [signerInfo, ...more] = signedData.signerInfos;
  if (!signerInfo || more.length > 0)
    throw new DecodeError("a pkiMessage has exactly one signerInfo");
  return {
    transactionID: readTransactionID(singleValue(signerInfo.signedAttrs, oids.transactionID)),
    senderNonce: readSenderNonce(singleValue(signerInfo.signedAttrs, oids.senderNonce)),
    signerInfo,
    contentType: signedData.contentType,
    content: signedData.content,
    certificates: signedData.certificates,
  };
}

function readTransactionID(value: DerElement | undefined): string {
  if (!value || !transactionIDTags.includes(value.tag))
    throw new DecodeError("a pkiMessage needs a transactionID");
  const { content } = value;
  if (content.length === 0 || content.length > maximumTransactionIDLength) {
    throw new DecodeError(`a transactionID has 1 to ${maximumTransactionIDLength} characters`);
  }
  if (content.some((octet) => octet < 0x20 || octet > 0x7e))
    throw new DecodeError("a transactionID has printable characters only");
  return String.fromCharCode(...content);
}

/** RFC 8894, section 3.2.1.5 says 16 octets; what is sent is what is echoed. */
function readSenderNonce(value: DerElement | undefined): Uint8Array {
  if (
    value?.tag !== tags["OCTET STRING"] ||
    value.content.length === 0 ||
    value.content.length > 64
  ) {
    throw new DecodeError("a pkiMessage needs a senderNonce");
  }
  return value.content;
}
