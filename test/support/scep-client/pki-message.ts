/** A SCEP request put together from its layers. Everything has a lawful default and can be replaced. */
import { randomBytes } from "node:crypto";
import { hash } from "./algorithms.ts";
import { buildCertificate, type Certificate } from "./certificates.ts";
import {
  buildCertificationRequest,
  type CertificationRequestPlan,
} from "./certification-request.ts";
import {
  type Bytes,
  bytes,
  characterString,
  hex,
  octetString,
  oid,
  sequence,
  setOf,
} from "./der.ts";
import { buildEnvelope, type EnvelopePlan, type RecipientPlan } from "./enveloped-data.ts";
import type { KeyPair } from "./keys.ts";
import { oids } from "./oids.ts";
import { buildSignedData, type SignedDataPlan, type SignerPlan } from "./signed-data.ts";

export const messageTypes = {
  PKCSReq: "19",
  RenewalReq: "17",
  CertPoll: "20",
  GetCert: "21",
  GetCRL: "22",
} as const;

export const printable = (value: string): Bytes => characterString(value);
export const attributeOf = (dotted: string, ...values: readonly Bytes[]): Bytes =>
  sequence(oid(dotted), setOf(...values));

export interface PkiMessagePlan {
  /** The RA certificate, or whatever the message is to be sealed for. */
  readonly recipient: Certificate;
  readonly request: CertificationRequestPlan;
  /** Instead of the certification request. */
  readonly payload?: Bytes;
  readonly signer?: SignerPlan;
  readonly messageType?: string;
  readonly transactionID?: string;
  readonly senderNonce?: Bytes;
  /** Gets the three SCEP attributes: messageType, transactionID, senderNonce. */
  readonly editAttributes?: (attributes: readonly Bytes[]) => readonly Bytes[];
  readonly recipientPlan?: Omit<RecipientPlan, "certificate">;
  readonly envelope?: Partial<EnvelopePlan>;
  /** Instead of the EnvelopedData. */
  readonly pkcsPKIEnvelope?: Bytes;
  readonly signedData?: Partial<SignedDataPlan>;
}

export interface PkiMessage {
  readonly der: Bytes;
  readonly transactionID: string;
  readonly senderNonce: Bytes;
  readonly signer: SignerPlan;
  readonly certificationRequest: Bytes;
  readonly messageType: string;
  /** The challengePassword, with which replies to keys that cannot decrypt are sealed. */
  readonly password?: string;
}

/** As sscep and strongSwan form it: a digest of the public key, so that a retry has the same one. */
export const transactionIDOf = (key: KeyPair): string =>
  hex(hash("SHA-256", key.spki)).slice(0, 40).toUpperCase();

export const selfSigned = (key: KeyPair, subject?: Bytes): SignerPlan => ({
  key,
  certificate: buildCertificate(subject === undefined ? { key } : { key, subject }),
});

export function buildPkiMessage(plan: PkiMessagePlan): PkiMessage {
  const certificationRequest = buildCertificationRequest(plan.request);
  const transactionID = plan.transactionID ?? hex(randomBytes(16)).toUpperCase();
  const senderNonce = plan.senderNonce ?? bytes(randomBytes(16));
  const messageType = plan.messageType ?? messageTypes.PKCSReq;
  const { challenge } = plan.request;
  const signer = plan.signer ?? selfSigned(plan.request.key);
  const pkcsPKIEnvelope =
    plan.pkcsPKIEnvelope ??
    buildEnvelope({
      content: plan.payload ?? certificationRequest,
      recipients: [{ certificate: plan.recipient, ...plan.recipientPlan }],
      ...plan.envelope,
    });
  const scepAttributes = [
    attributeOf(oids.messageType, printable(messageType)),
    attributeOf(oids.transactionID, printable(transactionID)),
    attributeOf(oids.senderNonce, octetString(senderNonce)),
  ];
  const der = buildSignedData({
    content: pkcsPKIEnvelope,
    signer,
    attributes:
      plan.editAttributes === undefined ? scepAttributes : plan.editAttributes(scepAttributes),
    ...plan.signedData,
  });
  return {
    ...{ der, transactionID, senderNonce, signer, certificationRequest, messageType },
    ...(typeof challenge === "string" && { password: challenge }),
  };
}
