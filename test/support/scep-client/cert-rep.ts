/** Reads and verifies a CertRep as the strictest of the real clients would, all of them at once. */
import type { Cipher } from "./algorithms.ts";
import { type Certificate, readCertificate } from "./certificates.ts";
import { type Bytes, equal, tag } from "./der.ts";
import type { Element } from "./der-reader.ts";
import { openEnvelope } from "./enveloped-data.ts";
import { stringOf } from "./names.ts";
import { oids } from "./oids.ts";
import { messageTypes, type PkiMessage } from "./pki-message.ts";
import { readDegenerateContent, readSignedReply, type SignedReply } from "./signed-data-reader.ts";

export const failInfos = {
  badAlg: "0",
  badMessageCheck: "1",
  badRequest: "2",
  badTime: "3",
  badCertId: "4",
} as const;
export type FailInfoName = keyof typeof failInfos;

interface Reply {
  readonly signed: SignedReply;
  readonly senderNonce: Bytes;
}
export interface SuccessReply extends Reply {
  readonly pkiStatus: "SUCCESS";
  readonly certificates: readonly Certificate[];
  /** The first certificate, which is the one that was asked for. Throws when the answer is a CRL. */
  readonly certificate: Certificate;
  /** The answer to GetCRL. */
  readonly crls: readonly Bytes[];
  readonly cipher: Cipher;
  readonly keyEncryptionAlgorithm: string;
}
export interface FailureReply extends Reply {
  readonly pkiStatus: "FAILURE";
  readonly failInfo: FailInfoName;
  readonly failInfoText: string | undefined;
}
export interface PendingReply extends Reply {
  readonly pkiStatus: "PENDING";
}
export type CertRep = SuccessReply | FailureReply | PendingReply;

function only(signed: SignedReply, dotted: string, expectedTag: number): Element {
  const values = signed.attributes.get(dotted);
  const [value] = values ?? [];
  if (value === undefined || values?.length !== 1)
    throw new Error(`attribute ${dotted}: not exactly one value`);
  if (value.tag !== expectedTag) throw new Error(`attribute ${dotted} has ASN.1 tag ${value.tag}`);
  return value;
}

const common = [
  oids.contentType,
  oids.messageDigest,
  oids.messageType,
  oids.pkiStatus,
  oids.transactionID,
];
const nonces = [oids.senderNonce, oids.recipientNonce];

/** No attribute but those that RFC 8894, section 3.2 and RFC 5652 name for this status. */
function checkAttributeSet(signed: SignedReply, pkiStatus: string): void {
  const allowed = new Set<string>([...common, ...nonces, oids.signingTime]);
  if (pkiStatus === "2") for (const one of [oids.failInfo, oids.failInfoText]) allowed.add(one);
  for (const dotted of signed.attributes.keys()) {
    if (!allowed.has(dotted))
      throw new Error(
        `attribute ${dotted} does not belong into a CertRep with status ${pkiStatus}`,
      );
  }
}

/** Throws on everything a client could stumble over; the answer's content is for the test to judge. */
export function verifyCertRep(
  reply: Uint8Array,
  request: PkiMessage,
  agent?: Certificate,
): CertRep {
  const signed = readSignedReply(reply);
  if (agent !== undefined && !equal(signed.signer.der, agent.der))
    throw new Error("signed by another certificate");
  if (stringOf(only(signed, oids.messageType, tag.printable)) !== "3")
    throw new Error("messageType is not CertRep");
  if (stringOf(only(signed, oids.transactionID, tag.printable)) !== request.transactionID) {
    throw new Error("another transactionID");
  }
  if (!equal(only(signed, oids.recipientNonce, tag.octetString).content, request.senderNonce)) {
    throw new Error("recipientNonce is not the senderNonce of the request");
  }
  const senderNonce = only(signed, oids.senderNonce, tag.octetString).content;
  if (senderNonce.length !== 16) throw new Error(`senderNonce has ${senderNonce.length} octets`);
  if (equal(senderNonce, request.senderNonce)) throw new Error("senderNonce is not fresh");
  const pkiStatus = stringOf(only(signed, oids.pkiStatus, tag.printable));
  checkAttributeSet(signed, pkiStatus);

  if (pkiStatus === "0") return openSuccess({ signed, senderNonce }, request);
  // certmonger gives up on a reply whose eContent is missing altogether.
  if (signed.content?.length !== 0) throw new Error("eContent is not a zero-length OCTET STRING");
  if (pkiStatus === "3") return { pkiStatus: "PENDING", signed, senderNonce };
  if (pkiStatus !== "2") throw new Error(`pkiStatus ${pkiStatus}`);
  const code = stringOf(only(signed, oids.failInfo, tag.printable));
  const failInfo = (Object.keys(failInfos) as FailInfoName[]).find(
    (one) => failInfos[one] === code,
  );
  if (failInfo === undefined) throw new Error(`failInfo ${code}`);
  const failInfoText = signed.attributes.has(oids.failInfoText)
    ? stringOf(only(signed, oids.failInfoText, tag.utf8))
    : undefined;
  return { pkiStatus: "FAILURE", signed, senderNonce, failInfo, failInfoText };
}

function openSuccess(reply: Reply, request: PkiMessage): SuccessReply {
  const { content } = reply.signed;
  if (content === undefined) throw new Error("SUCCESS without an envelope");
  const { signer, password, messageType } = request;
  const envelope = openEnvelope(content, signer.certificate, signer.key, password);
  const { certificates, crls } = readDegenerateContent(envelope.content);
  // RFC 8894, section 3.3.2.1: certificates, or for GetCRL the CRL and nothing else.
  const expected =
    messageType === messageTypes.GetCRL ? [0, 1] : [Math.max(1, certificates.length), 0];
  if (certificates.length !== expected[0] || crls.length !== expected[1])
    throw new Error(`SUCCESS with ${certificates.length} certificates and ${crls.length} CRLs`);
  return {
    pkiStatus: "SUCCESS",
    ...reply,
    certificates,
    crls,
    get certificate(): Certificate {
      if (certificates[0] === undefined) throw new Error("the answer is a CRL");
      return readCertificate(certificates[0].der);
    },
    cipher: envelope.cipher,
    keyEncryptionAlgorithm: envelope.keyEncryptionAlgorithm,
  };
}
