/**
 * THE STRAIGHT LINE: one PKIOperation (RFC 8894, section 4.3), octets in, octets out.
 *
 *   read -> verify -> carry out (enrol | poll | getCertificateOrCrl) -> reply
 *
 * Each step takes the type that the step before it made, so none can be skipped. A step that refuses ends the line with
 * a signed FAILURE; octets that cannot even be answered that way are given back as such; our own trouble throws.
 */
import { DecodeError } from "../pki/decode-error.ts";
import { err, ok, type Result } from "../result.ts";
import { type ReceivedMessage, readPkiMessage } from "../scep/received-message.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import { replyDigest, type VerifiedMessage, verifyPkiMessage } from "../scep/verified-message.ts";
import { getCertificateOrCrl } from "./certificate-access.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import { enrol } from "./enrol.ts";
import { OperationReport, type ReportedOperation } from "./operation-report.ts";
import { poll } from "./poll.ts";
import { buildReply, type Reply } from "./reply.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export interface PkiOperationAnswer {
  /** The CertRep. */
  readonly certRep: Uint8Array;
  readonly report: ReportedOperation;
}

/** Octets without a transactionID and senderNonce that could be put into a CertRep. */
export interface UnanswerableMessage {
  readonly detail: string;
}

export async function handlePkiOperation(
  dependencies: PkiOperationDependencies,
  served: ServedConfiguration,
  message: Uint8Array,
): Promise<Result<PkiOperationAnswer, UnanswerableMessage>> {
  const report = new OperationReport();
  const { digests } = served.configuration.wire;
  const received = read(message);
  if (!received.ok) return received;
  report.received(received.value);

  const verified = await verifyPkiMessage(received.value, digests);
  report.lap("verify");
  const reply = verified.ok
    ? await carryOut(dependencies, served, verified.value, report)
    : verified;

  const certRep = await buildReply(
    received.value,
    replyDigest(received.value, digests),
    served.responder,
    reply,
  );
  report.lap("reply");
  return ok({ certRep, report: report.finish(reply) });
}

function read(message: Uint8Array): Result<ReceivedMessage, UnanswerableMessage> {
  try {
    return ok(readPkiMessage(message));
  } catch (error) {
    if (error instanceof DecodeError) return err({ detail: `Not a pkiMessage: ${error.message}.` });
    throw error;
  }
}

function carryOut(
  dependencies: PkiOperationDependencies,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  report: OperationReport,
): Promise<Result<Reply, ScepRejection>> {
  const { messageType } = verified;
  const reads = messageType === "GetCert" || messageType === "GetCRL";
  if (served.closed !== undefined && !reads)
    return Promise.resolve(reject("authority_closed", served.closed));
  switch (messageType) {
    case "PKCSReq":
    case "RenewalReq":
      return enrol(dependencies, served, verified, report);
    case "CertPoll":
      return poll(dependencies, served, verified, report);
    case "GetCert":
    case "GetCRL":
      return getCertificateOrCrl(dependencies, served, verified, report);
  }
}
