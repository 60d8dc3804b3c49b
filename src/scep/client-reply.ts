/** What a client makes of a CertRep (RFC 8894, section 3.3.2): verified as strictly as the strictest of them. */
import { equalBytes } from "../pki/bytes.ts";
import { type Certificate, readCertificate } from "../pki/certificate.ts";
import { openEnvelope, readEnvelopedData } from "../pki/cms-enveloped-data.ts";
import { readSignedData, singleValue } from "../pki/cms-signed-data.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { findDigest } from "../pki/algorithms.ts";
import { oids } from "../pki/oids.ts";
import { createRecipientKey } from "../pki/rsa-key-transport.ts";
import { signerInfoDigest, verifySignature } from "../pki/signature.ts";
import type { ScepClient, SentRequest } from "./client-request.ts";
import { failInfos, messageTypes, type PkiStatus, pkiStatuses } from "./message-types.ts";

export type ClientReply =
  | { readonly pkiStatus: "SUCCESS"; readonly certificate: Certificate }
  | { readonly pkiStatus: "PENDING" }
  | { readonly pkiStatus: "FAILURE"; readonly failInfo: string; readonly failInfoText: string };

/** @param agent who must have signed. Throws DecodeError with what is wrong with the reply. */
export async function readCertRep(
  body: Uint8Array,
  sent: SentRequest,
  client: ScepClient,
  agent: Certificate,
): Promise<ClientReply> {
  const { signerInfos, content = new Uint8Array() } = readSignedData(body);
  const [info, ...more] = signerInfos;
  if (!info?.signedAttrsDer || more.length > 0)
    throw new DecodeError("the CertRep does not have one signer");
  const digest = findDigest(info.digestAlgorithm)?.name;
  const signed = digest && signerInfoDigest(info.signatureAlgorithm, digest, agent.publicKey);
  if (
    !signed ||
    !(await verifySignature(agent.publicKey, signed, info.signature, info.signedAttrsDer))
  )
    throw new DecodeError("the CertRep's signature is not the enrolment agent's");
  const octets = (type: string) => singleValue(info.signedAttrs, type)?.content ?? new Uint8Array();
  const text = (type: string) => new TextDecoder().decode(octets(type));
  const messageDigest = new Uint8Array(await crypto.subtle.digest(signed, content));
  if (!equalBytes(messageDigest, octets(oids.messageDigest)))
    throw new DecodeError("the CertRep's content was altered");
  if (text(oids.messageType) !== messageTypes.CertRep) throw new DecodeError("not a CertRep");
  if (text(oids.transactionID) !== sent.transactionID)
    throw new DecodeError("the CertRep is for another transaction");
  if (!equalBytes(octets(oids.recipientNonce), sent.senderNonce))
    throw new DecodeError("the CertRep's recipientNonce is not the one that was sent");
  switch (statusOf(text(oids.pkiStatus))) {
    case "SUCCESS":
      return { pkiStatus: "SUCCESS", certificate: await openCertificate(content, client) };
    case "PENDING":
      return { pkiStatus: "PENDING" };
    case "FAILURE":
      return {
        pkiStatus: "FAILURE",
        failInfo: nameOf(failInfos, text(oids.failInfo)) ?? "",
        failInfoText: text(oids.failInfoText),
      };
  }
}

const nameOf = <Name extends string>(
  codes: Readonly<Record<Name, string>>,
  code: string,
): Name | undefined => (Object.keys(codes) as Name[]).find((name) => codes[name] === code);

function statusOf(code: string): PkiStatus {
  const status = nameOf(pkiStatuses, code);
  if (!status) throw new DecodeError(`unknown pkiStatus ${code.slice(0, 10)}`);
  return status;
}

/** The certificate for the client's own key, out of the envelope that only it can open. */
async function openCertificate(
  content: Uint8Array,
  { pkcs8, certificate }: ScepClient,
): Promise<Certificate> {
  const envelope = readEnvelopedData(content);
  const { contentEncryption, initialisationVector, encryptedContent } = envelope;
  const recipient = envelope.recipients.find(
    ({ issuerAndSerialNumberDer }) =>
      issuerAndSerialNumberDer !== undefined &&
      equalBytes(issuerAndSerialNumberDer, certificate.issuerAndSerialNumberDer),
  );
  if (!recipient?.transport || !contentEncryption || !initialisationVector)
    throw new DecodeError("the reply's envelope is not for the client");
  if (certificate.publicKey.kind !== "RSA") throw new DecodeError("the client's key is not RSA");
  const { transport, encryptedKey } = recipient;
  const { intact, content: opened } = await openEnvelope(
    { transport, encryptedKey, contentEncryption, initialisationVector, encryptedContent },
    createRecipientKey(pkcs8, certificate.publicKey.modulus),
  );
  if (!intact) throw new DecodeError("the reply's envelope does not open");
  const own = readSignedData(opened)
    .certificates.map(readCertificate)
    .find(({ publicKey }) => equalBytes(publicKey.der, certificate.publicKey.der));
  if (!own) throw new DecodeError("the reply has no certificate for the key that was sent");
  return own;
}
