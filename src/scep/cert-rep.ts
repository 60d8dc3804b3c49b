/** CertRep (RFC 8894, section 3.3.2): the signed answer to a pkiMessage, SUCCESS, FAILURE or PENDING. */
import type { ContentEncryptionAlgorithm, DigestAlgorithm } from "../pki/algorithms.ts";
import { type EnvelopeRecipient, sealEnvelope } from "../pki/cms-enveloped-data.ts";
import { attribute, buildSignedData, type SignerKey } from "../pki/cms-signed-data.ts";
import { tags } from "../pki/der-tags.ts";
import { characterString, type DerPart, encode, octetString } from "../pki/der-writer.ts";
import { oids } from "../pki/oids.ts";
import { failInfos, messageTypes, type PkiStatus, pkiStatuses } from "./message-types.ts";
import type { ReceivedMessage } from "./received-message.ts";
import { failInfoOf, failInfoTextOf, type ScepRejection } from "./rejection.ts";

/** Who signs a CertRep: the enrolment agent. */
export interface Responder {
  readonly certificateDer: Uint8Array;
  readonly issuerAndSerialNumberDer: Uint8Array;
  readonly key: SignerKey;
}

export interface Success {
  /** What the envelope carries: degenerate SignedData with certificates or a CRL. */
  readonly messageData: Uint8Array;
  readonly recipient: EnvelopeRecipient;
  /** That of the request: old appliances read no other. */
  readonly contentEncryption: ContentEncryptionAlgorithm;
}

export function buildSuccess(
  received: ReceivedMessage,
  digest: DigestAlgorithm,
  responder: Responder,
  { messageData, recipient, contentEncryption }: Success,
): Promise<Uint8Array> {
  const envelope = sealEnvelope(messageData, recipient, contentEncryption);
  return build(received, digest, responder, envelope, [pkiStatus("SUCCESS")]);
}

/** The request waits for a person; the client is to poll (RFC 8894, section 3.3.2.3). */
export function buildPending(
  received: ReceivedMessage,
  digest: DigestAlgorithm,
  responder: Responder,
): Promise<Uint8Array> {
  return build(received, digest, responder, new Uint8Array(0), [pkiStatus("PENDING")]);
}

export function buildFailure(
  received: ReceivedMessage,
  digest: DigestAlgorithm,
  responder: Responder,
  rejection: ScepRejection,
): Promise<Uint8Array> {
  return build(received, digest, responder, new Uint8Array(0), [
    pkiStatus("FAILURE"),
    printable(oids.failInfo, failInfos[failInfoOf(rejection)]),
    attribute(oids.failInfoText, characterString(tags.UTF8String, failInfoTextOf(rejection))),
  ]);
}

/** @param content the pkcsPKIEnvelope; empty stands for an omitted one, because certmonger reads no reply without eContent */
function build(
  received: ReceivedMessage,
  digest: DigestAlgorithm,
  responder: Responder,
  content: Uint8Array,
  status: readonly DerPart[],
): Promise<Uint8Array> {
  return buildSignedData(
    {
      content,
      digest,
      signedAttrs: [
        printable(oids.transactionID, received.transactionID),
        certRep,
        attribute(oids.senderNonce, octetString(crypto.getRandomValues(new Uint8Array(16)))),
        attribute(oids.recipientNonce, octetString(received.senderNonce)),
        ...status,
      ],
      issuerAndSerialNumberDer: responder.issuerAndSerialNumberDer,
      certificateDer: responder.certificateDer,
    },
    responder.key,
  );
}

const printable = (type: string, text: string): DerPart =>
  attribute(type, characterString(tags.PrintableString, text));

const certRep = encode(printable(oids.messageType, messageTypes.CertRep));

const pkiStatus = (status: PkiStatus): DerPart => printable(oids.pkiStatus, pkiStatuses[status]);
