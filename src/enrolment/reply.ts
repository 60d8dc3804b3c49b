/** What an operation has to say, and the CertRep that says it. */
import type { ContentEncryptionAlgorithm, DigestAlgorithm } from "../pki/algorithms.ts";
import type { EnvelopeRecipient } from "../pki/cms-enveloped-data.ts";
import { buildFailure, buildPending, buildSuccess, type Responder } from "../scep/cert-rep.ts";
import type { ReceivedMessage } from "../scep/received-message.ts";
import type { Result } from "../result.ts";
import type { DeliverableCertificate } from "./deliver.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";

export type Reply =
  | {
      readonly kind: "success";
      readonly messageData: Uint8Array;
      readonly recipient: EnvelopeRecipient;
      readonly contentEncryption: ContentEncryptionAlgorithm;
      /** Absent when nothing was issued for it: GetCert, GetCRL. */
      readonly issued?: DeliverableCertificate;
    }
  | { readonly kind: "pending"; readonly enrolmentRequestId: string };

export function buildReply(
  received: ReceivedMessage,
  digest: DigestAlgorithm,
  responder: Responder,
  reply: Result<Reply, ScepRejection>,
): Promise<Uint8Array> {
  if (!reply.ok) return buildFailure(received, digest, responder, reply.error);
  if (reply.value.kind === "pending") return buildPending(received, digest, responder);
  return buildSuccess(received, digest, responder, reply.value);
}

/** To the certificate that signed, not to the request's key (RFC 8894, section 2.3). */
export const toSigner = ({ signer }: VerifiedMessage): EnvelopeRecipient => ({
  kind: "key-transport",
  issuerAndSerialNumberDer: signer.issuerAndSerialNumberDer,
  subjectPublicKeyInfoDer: signer.publicKey.der,
});
