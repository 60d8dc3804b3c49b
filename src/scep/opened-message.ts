/**
 * Third stage: the pkcsPKIEnvelope is opened with the enrolment agent's key (RFC 8894, section 3.2.2). What is in it is
 * read by the stage that knows what it should be; content that did not come out right goes on to it all the same.
 */
import type { ContentEncryptionAlgorithm, ContentEncryptionName } from "../pki/algorithms.ts";
import { equalBytes } from "../pki/bytes.ts";
import {
  type EnvelopedData,
  type KeyTransRecipient,
  openEnvelope,
  readEnvelopedData,
} from "../pki/cms-enveloped-data.ts";
import type { DecryptedContent } from "../pki/content-encryption.ts";
import { DecodeError } from "../pki/decode-error.ts";
import type { KeyTransport, RecipientKey } from "../pki/rsa-key-transport.ts";
import { ok, type Result } from "../result.ts";
import { reject, type ScepRejection } from "./rejection.ts";
import type { VerifiedMessage } from "./verified-message.ts";

/** A certificate of ours that messages are addressed to. */
export interface Recipient {
  readonly issuerAndSerialNumberDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly key: RecipientKey;
}

/** An envelope whose algorithms are allowed; still closed. */
export interface ReadableEnvelope {
  readonly verified: VerifiedMessage;
  readonly contentEncryption: ContentEncryptionAlgorithm;
  readonly initialisationVector: Uint8Array;
  readonly envelope: EnvelopedData;
}

export interface OpenedMessage {
  readonly verified: VerifiedMessage;
  /** That of the request, and of the reply. */
  readonly contentEncryption: ContentEncryptionAlgorithm;
  readonly keyTransport: KeyTransport;
  readonly decrypted: DecryptedContent;
}

export function readPkcsPkiEnvelope(
  verified: VerifiedMessage,
  allowed: readonly ContentEncryptionName[],
): Result<ReadableEnvelope, ScepRejection> {
  const envelope = readEnvelope(verified.envelope);
  if (!envelope) return reject("request_malformed", "The pkcsPKIEnvelope is not an EnvelopedData.");
  const { contentEncryption, contentEncryptionOid, initialisationVector } = envelope;
  if (!contentEncryption || !allowed.includes(contentEncryption.name)) {
    const name = contentEncryption?.name ?? contentEncryptionOid;
    return reject(
      "content_encryption_not_allowed",
      `The content is encrypted with ${name}, which the configuration does not allow.`,
    );
  }
  if (!initialisationVector) {
    return reject(
      "content_encryption_not_allowed",
      `The initialisation vector does not fit ${contentEncryption.name}.`,
    );
  }
  return ok({ verified, contentEncryption, initialisationVector, envelope });
}

function readEnvelope(bytes: Uint8Array): EnvelopedData | undefined {
  try {
    return readEnvelopedData(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

export async function openPkiMessage(
  { verified, contentEncryption, initialisationVector, envelope }: ReadableEnvelope,
  recipients: readonly Recipient[],
): Promise<Result<OpenedMessage, ScepRejection>> {
  const addressed = findRecipient(envelope, recipients);
  if (!addressed) {
    return reject(
      "envelope_not_opened",
      "The envelope is addressed to none of our enrolment agents.",
    );
  }
  const { transport, encryptedKey, transportOid } = addressed.recipientInfo;
  if (!transport) {
    return reject(
      "key_transport_not_allowed",
      `The key transport is ${transportOid}, or has parameters we do not read.`,
    );
  }
  const { encryptedContent } = envelope;
  const decrypted = await openEnvelope(
    { transport, encryptedKey, contentEncryption, initialisationVector, encryptedContent },
    addressed.recipient.key,
  );
  return ok({ verified, contentEncryption, keyTransport: transport, decrypted });
}

/** For which of ours a message is sealed, without opening it. */
export function addresseeOf<Ours extends Recipient>(
  { envelope: octets }: VerifiedMessage,
  recipients: readonly Ours[],
): Ours | undefined {
  const envelope = readEnvelope(octets);
  return envelope && findRecipient(envelope, recipients)?.recipient;
}

interface Addressed<Ours> {
  readonly recipientInfo: KeyTransRecipient;
  readonly recipient: Ours;
}

/** Only the first that fits is tried: to try several would be an oracle (CVE-2019-1563). */
function findRecipient<Ours extends Recipient>(
  envelope: EnvelopedData,
  recipients: readonly Ours[],
): Addressed<Ours> | undefined {
  for (const recipientInfo of envelope.recipients) {
    const { issuerAndSerialNumberDer, subjectKeyIdentifier } = recipientInfo;
    const recipient = recipients.find((ours) =>
      issuerAndSerialNumberDer
        ? equalBytes(ours.issuerAndSerialNumberDer, issuerAndSerialNumberDer)
        : subjectKeyIdentifier !== undefined &&
          equalBytes(ours.subjectKeyIdentifier, subjectKeyIdentifier),
    );
    if (recipient) return { recipientInfo, recipient };
  }
  return undefined;
}

/** What takes the place of content that did not come out right, so that its reader has the same to do each time. */
const rubbish = new Uint8Array(64);

/** The detail of a refusal is for the operator only: to the device all of them are one answer. */
export function readContent<Content>(
  { decrypted }: OpenedMessage,
  parse: (content: Uint8Array) => Content,
): Result<Content, ScepRejection> {
  try {
    return ok(parse(decrypted.intact ? decrypted.content : rubbish));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return reject(
      "envelope_not_opened",
      decrypted.intact
        ? `What is in the envelope cannot be read: ${error.message}.`
        : "The envelope could not be opened: it was altered, or encrypted to another key.",
    );
  }
}
