/** CertPoll (RFC 8894, section 3.3.3): found by transactionID and key; the names in it are redundant and not read. */
import { buildCertificatesOnly } from "../pki/cms-signed-data.ts";
import { sha256 } from "../pki/digest.ts";
import { err, ok } from "../result.ts";
import { readPkcsPkiEnvelope } from "../scep/opened-message.ts";
import { reject } from "../scep/rejection.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";
import { stopOfAuthority } from "./authority-refusal.ts";
import { deliverableHere } from "./deliver.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import type { Operation } from "./operation.ts";
import type { Stoppable } from "./postponement.ts";
import { pollAuthorities } from "./predecessors.ts";
import { type Reply, toSigner } from "./reply.ts";
import { canDecrypt, unwrapReplyKey } from "./reply-key.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export async function poll(
  dependencies: PkiOperationDependencies,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  { report }: Operation,
): Promise<Stoppable<Reply>> {
  const { configuration } = served;
  if (configuration.kind === "intune") {
    return reject(
      "transaction_unknown",
      "Requests that Intune validates never wait, so there is nothing to poll for; the client must send its request again.",
    );
  }
  // The envelope stays closed; its cipher is the one to answer with.
  const envelope = readPkcsPkiEnvelope(verified, configuration.wire.contentEncryption);
  if (!envelope.ok) return envelope;
  report.accepted(envelope.value.contentEncryption);
  const request = {
    configurationId: configuration.id,
    transactionID: verified.received.transactionID,
    templateId: served.template.id,
    templateVersion: served.template.version,
    requesterKeyDigest: await sha256(verified.signer.publicKey.der),
  };
  const answer = await pollAuthorities(request, served, dependencies);
  report.lap("issue");
  if (!answer.ok) return err(stopOfAuthority(answer.error));
  if (answer.value.status === "pending") {
    return ok({ kind: "pending", enrolmentRequestId: answer.value.enrolmentRequestId });
  }
  const { certificateDer, wrappedReplyKey } = answer.value;
  if (!canDecrypt(verified) && !wrappedReplyKey) {
    return reject(
      "key_cannot_decrypt",
      "The key to seal this reply with went with the first answer; the client must send its request again.",
    );
  }
  const recipient = wrappedReplyKey
    ? await unwrapReplyKey(wrappedReplyKey, served, verified, dependencies.keyWrapping)
    : toSigner(verified);
  const { contentEncryption } = envelope.value;
  const messageData = buildCertificatesOnly([certificateDer]);
  return ok({
    kind: "success",
    messageData,
    recipient,
    contentEncryption,
    issued: deliverableHere(answer.value),
  });
}
