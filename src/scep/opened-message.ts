/**
 * Third stage: the pkcsPKIEnvelope is opened with the enrolment agent's key and the PKCS #10 in it belongs to the
 * signer (RFC 8894, sections 3.2.2 and 3.3.1). After this stage nothing of the message is secret to its sender any more.
 */
import type { ContentEncryptionAlgorithm, ContentEncryptionName } from "../pki/algorithms.ts";
import { equalBytes } from "../pki/bytes.ts";
import {
  type CertificationRequest,
  parseCertificationRequest,
} from "../pki/certification-request.ts";
import {
  type EnvelopedData,
  type KeyTransRecipient,
  openEnvelope,
  readEnvelopedData,
} from "../pki/cms-enveloped-data.ts";
import type { DecryptedContent } from "../pki/content-encryption.ts";
import { DecodeError } from "../pki/decode-error.ts";
import type { KeyTransport, RecipientKey } from "../pki/rsa-key-transport.ts";
import { err, ok, type Result } from "../result.ts";
import { reject, type ScepRejection } from "./rejection.ts";
import type { VerifiedMessage } from "./verified-message.ts";

/** A certificate of ours that messages are addressed to. */
export interface Recipient {
  readonly issuerAndSerialNumberDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly key: RecipientKey;
}

export interface OpenedMessage {
  readonly verified: VerifiedMessage;
  readonly contentEncryption: ContentEncryptionAlgorithm;
  readonly keyTransport: KeyTransport;
  readonly request: CertificationRequest;
}

export async function openPkiMessage(
  verified: VerifiedMessage,
  allowed: readonly ContentEncryptionName[],
  recipients: readonly Recipient[],
): Promise<Result<OpenedMessage, ScepRejection>> {
  const envelope = readEnvelope(verified.envelope);
  if (!envelope) return reject("request_malformed", "The pkcsPKIEnvelope is not an EnvelopedData.");
  const { contentEncryption, initialisationVector } = envelope;
  if (!contentEncryption || !allowed.includes(contentEncryption.name)) {
    return reject(
      "content_encryption_not_allowed",
      `The content is encrypted with ${contentEncryption?.name ?? envelope.contentEncryptionOid}.`,
    );
  }
  if (!initialisationVector) {
    return reject(
      "content_encryption_not_allowed",
      `The initialisation vector does not fit ${contentEncryption.name}.`,
    );
  }
  const addressed = findRecipient(envelope, recipients);
  if (!addressed)
    return reject(
      "envelope_not_opened",
      "The envelope is addressed to none of our enrolment agents.",
    );
  const { transport, encryptedKey, transportOid } = addressed.recipientInfo;
  if (!transport)
    return reject(
      "key_transport_not_allowed",
      `The key transport is ${transportOid} with parameters we do not read.`,
    );

  const decrypted = await openEnvelope(
    {
      transport,
      encryptedKey,
      contentEncryption,
      initialisationVector,
      encryptedContent: envelope.encryptedContent,
    },
    addressed.key,
  );
  const read = readRequest(decrypted);
  if (!read.ok) return reject("envelope_not_opened", read.error);
  const request = read.value;
  // RFC 8894, section 2.3: a first request is signed with the key that is to be certified.
  if (!equalBytes(request.publicKey.der, verified.signer.publicKey.der)) {
    return reject(
      "signer_not_requester",
      "The message is signed with another key than the request's.",
    );
  }
  return ok({ verified, contentEncryption, keyTransport: transport, request });
}

function readEnvelope(bytes: Uint8Array): EnvelopedData | undefined {
  try {
    return readEnvelopedData(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

interface Addressed {
  readonly recipientInfo: KeyTransRecipient;
  readonly key: RecipientKey;
}

/** Only the first that fits is tried: to try several would be an oracle (CVE-2019-1563). */
function findRecipient(
  envelope: EnvelopedData,
  recipients: readonly Recipient[],
): Addressed | undefined {
  for (const recipientInfo of envelope.recipients) {
    const { issuerAndSerialNumberDer, subjectKeyIdentifier } = recipientInfo;
    const recipient = recipients.find((ours) =>
      issuerAndSerialNumberDer
        ? equalBytes(ours.issuerAndSerialNumberDer, issuerAndSerialNumberDer)
        : subjectKeyIdentifier !== undefined &&
          equalBytes(ours.subjectKeyIdentifier, subjectKeyIdentifier),
    );
    if (recipient) return { recipientInfo, key: recipient.key };
  }
  return undefined;
}

/** What takes the place of content that did not come out right, so that the parser has the same to do each time. */
const rubbish = new Uint8Array(64);

/** The error is for the operator only: to the device all of them are one answer. */
function readRequest(decrypted: DecryptedContent): Result<CertificationRequest, string> {
  try {
    return ok(parseCertificationRequest(decrypted.intact ? decrypted.content : rubbish));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return err(
      decrypted.intact
        ? `What is in the envelope is not a PKCS #10 that we read: ${error.message}.`
        : "The envelope could not be opened: it was altered, or encrypted to another key.",
    );
  }
}
