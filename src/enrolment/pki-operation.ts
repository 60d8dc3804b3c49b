/**
 * THE STRAIGHT LINE: one PKIOperation (RFC 8894, section 4.3), octets in, octets out.
 *
 *   read -> verify -> carry out (enrol | poll | getCertificateOrCrl) -> reply
 *
 * Each step takes the type that the step before it made, so none can be skipped. A step that refuses ends the line with
 * a signed FAILURE; octets that cannot even be answered that way are given back as such. Our own trouble, or that of
 * others we ask, is no verdict: the device is to ask again.
 */
import { DecodeError } from "../pki/decode-error.ts";
import { err, ok, type Result } from "../result.ts";
import type { Responder } from "../scep/cert-rep.ts";
import { addresseeOf } from "../scep/opened-message.ts";
import { type ReceivedMessage, readPkiMessage } from "../scep/received-message.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import { replyDigest, type VerifiedMessage, verifyPkiMessage } from "../scep/verified-message.ts";
import { getCertificateOrCrl } from "./certificate-access.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import { enrol } from "./enrol.ts";
import { type AfterAnswer, type Operation, operationMilliseconds } from "./operation.ts";
import { OperationReport, type ReportedOperation } from "./operation-report.ts";
import type { ReportedNames } from "./reported-names.ts";
import { poll } from "./poll.ts";
import { isPostponement, type Postponement, type Stoppable } from "./postponement.ts";
import { buildReply, type Reply } from "./reply.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export interface PkiOperationAnswer {
  /** The CertRep; absent when nothing was decided and the device is to ask again (`report.retryAfterSeconds`). */
  readonly certRep?: Uint8Array;
  readonly report: ReportedOperation;
  /** Whom the message is about, as far as it was read. */
  readonly names: ReportedNames | undefined;
  /** Our own trouble, to be logged as such. */
  readonly fault?: unknown;
}

/** Octets without a transactionID and senderNonce that could be put into a CertRep. */
export interface UnanswerableMessage {
  readonly detail: string;
}

export async function handlePkiOperation(
  dependencies: PkiOperationDependencies,
  served: ServedConfiguration,
  message: Uint8Array,
  afterAnswer: AfterAnswer,
): Promise<Result<PkiOperationAnswer, UnanswerableMessage>> {
  const report = new OperationReport();
  const deadline = new Date(dependencies.clock.now().getTime() + operationMilliseconds);
  const { digests } = served.configuration.wire;
  const received = read(message);
  if (!received.ok) return received;
  report.received(received.value);

  let { responder } = served;
  const answer = async (reply: Result<Reply, ScepRejection>): Promise<PkiOperationAnswer> => {
    const digest = replyDigest(received.value, digests);
    const certRep = await buildReply(received.value, digest, responder, reply);
    report.lap("reply");
    return { certRep, report: report.finish(reply), names: report.names };
  };
  try {
    const verified = await verifyPkiMessage(received.value, digests);
    report.lap("verify");
    if (verified.ok) responder = responderTo(verified.value, served);
    const operation = { report, afterAnswer, deadline };
    const reply = verified.ok
      ? await carryOut(dependencies, served, verified.value, operation)
      : verified;
    if (reply.ok) return ok(await answer(reply));
    const { error } = reply;
    return isPostponement(error)
      ? ok({ report: report.postponed(error), names: report.names })
      : ok(await answer(err(error)));
  } catch (fault) {
    return ok({ report: report.postponed(serviceTrouble), names: report.names, fault });
  }
}

/**
 * A client that has sealed its message for an earlier agent knows that one, and may know no certificate above the newest:
 * certmonger keeps what GetCACert said. Only looked at while there are several.
 */
const responderTo = (
  verified: VerifiedMessage,
  { recipients, responder }: ServedConfiguration,
): Responder =>
  (recipients.length > 1 ? addresseeOf(verified, recipients)?.responder : undefined) ?? responder;

/** What the log says about it is not for the timeline: a fault names our own insides. */
const serviceTrouble: Postponement = {
  reason: "service_trouble",
  detail: "The service could not do its work; its log has a fault with this request's id.",
  retryAfterSeconds: 30,
};

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
  operation: Operation,
): Promise<Stoppable<Reply>> {
  const { messageType } = verified;
  const reads = messageType === "GetCert" || messageType === "GetCRL";
  if (served.closed !== undefined && !reads)
    return Promise.resolve(reject("authority_closed", served.closed));
  switch (messageType) {
    case "PKCSReq":
    case "RenewalReq":
      return enrol(dependencies, served, verified, operation);
    case "CertPoll":
      return poll(dependencies, served, verified, operation);
    case "GetCert":
    case "GetCRL":
      return getCertificateOrCrl(dependencies, served, verified, operation);
  }
}
