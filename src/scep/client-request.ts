/** A client of our own, for the test of a configuration: makes a key, and the PKCSReq that it enrols with (RFC 8894, section 3.3.1). */
import {
  contentEncryptionAlgorithms,
  type ContentEncryptionName,
  derNull,
  digestAlgorithms,
  type DigestName,
} from "../pki/algorithms.ts";
import { toHex } from "../pki/bytes.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import {
  assembleCertificationRequest,
  buildCertificationRequestInfo,
} from "../pki/certification-request-writer.ts";
import { sealEnvelope } from "../pki/cms-enveloped-data.ts";
import { attribute, buildSignedData, type SignerKey } from "../pki/cms-signed-data.ts";
import { tags } from "../pki/der-tags.ts";
import { characterString, encode, octetString, sequence } from "../pki/der-writer.ts";
import { sha256 } from "../pki/digest.ts";
import { endEntityBasicConstraints } from "../pki/extensions.ts";
import { oidDer, oids } from "../pki/oids.ts";
import { createSignerKey } from "../pki/rsa-signer-key.ts";
import { assembleCertificate, buildTbsCertificate } from "../pki/tbs-certificate.ts";
import { messageTypes } from "./message-types.ts";

export interface ScepClient {
  readonly pkcs8: Uint8Array;
  readonly signer: SignerKey;
  /** Self-signed: signs the message, and receives the reply. */
  readonly certificate: Certificate;
}

export interface EnrolmentWish {
  readonly subjectDer: Uint8Array;
  /** An extensionRequest. */
  readonly extensions: readonly Uint8Array[];
  readonly challengePassword: string;
  /** Whom the message is encrypted for. */
  readonly recipient: Certificate;
  readonly contentEncryption: ContentEncryptionName;
  /** MD5 is not spoken. */
  readonly digest: Exclude<DigestName, "MD5">;
}

export interface SentRequest {
  readonly message: Uint8Array;
  readonly transactionID: string;
  readonly senderNonce: Uint8Array;
}

const sha256WithRsa = encode(sequence(oidDer(oids.sha256WithRSAEncryption), derNull));
const hour = 3600;

/** @param bits of the RSA modulus */
export async function createScepClient(
  bits: number,
  subjectDer: Uint8Array,
  now: Date,
): Promise<ScepClient> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: bits,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: "SHA-256",
  };
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const exported = async (format: "pkcs8" | "spki", key: CryptoKey) =>
    new Uint8Array((await crypto.subtle.exportKey(format, key)) as ArrayBuffer);
  const pkcs8 = await exported("pkcs8", privateKey);
  const signer = createSignerKey(pkcs8);
  const seconds = Math.floor(now.getTime() / 1000);
  const tbsDer = buildTbsCertificate({
    serialNumber: Uint8Array.of(1),
    signatureAlgorithmDer: sha256WithRsa,
    issuerDer: subjectDer,
    notBeforeSeconds: seconds - hour,
    notAfterSeconds: seconds + hour,
    subjectDer,
    subjectPublicKeyInfoDer: await exported("spki", publicKey),
    extensions: [endEntityBasicConstraints],
  });
  const signature = await signer.sign("SHA-256", tbsDer);
  const certificate = parseCertificate(assembleCertificate(tbsDer, sha256WithRsa, signature));
  return { pkcs8, signer, certificate };
}

export async function buildPkcsReq(client: ScepClient, wish: EnrolmentWish): Promise<SentRequest> {
  const { certificate, signer } = client;
  const infoDer = buildCertificationRequestInfo({
    subjectDer: wish.subjectDer,
    subjectPublicKeyInfoDer: certificate.publicKey.der,
    extensions: wish.extensions,
    challengePassword: wish.challengePassword,
  });
  const requestDer = assembleCertificationRequest(
    infoDer,
    sha256WithRsa,
    await signer.sign("SHA-256", infoDer),
  );
  const envelope = sealEnvelope(
    requestDer,
    {
      kind: "key-transport",
      issuerAndSerialNumberDer: wish.recipient.issuerAndSerialNumberDer,
      subjectPublicKeyInfoDer: wish.recipient.publicKey.der,
    },
    contentEncryptionAlgorithms[wish.contentEncryption],
  );
  // RFC 8894, section 3.2.1.1: the hash of the public key makes a good transactionID.
  const transactionID = toHex(await sha256(certificate.publicKey.der)).slice(0, 40);
  const senderNonce = crypto.getRandomValues(new Uint8Array(16));
  const printable = (type: string, text: string) =>
    attribute(type, characterString(tags.PrintableString, text));
  const message = await buildSignedData(
    {
      content: envelope,
      digest: digestAlgorithms[wish.digest],
      signedAttrs: [
        printable(oids.messageType, messageTypes.PKCSReq),
        printable(oids.transactionID, transactionID),
        attribute(oids.senderNonce, octetString(senderNonce)),
      ],
      issuerAndSerialNumberDer: certificate.issuerAndSerialNumberDer,
      certificateDer: certificate.der,
    },
    signer,
  );
  return { message, transactionID, senderNonce };
}
