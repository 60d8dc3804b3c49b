/**
 * THE STRAIGHT LINE: one PKIOperation (RFC 8894, section 4.3), octets in, octets out.
 *
 *   read -> verify -> open -> apply the template -> authorise -> issue -> reply
 *
 * Each step takes the type that the step before it made, so none can be skipped. A step that refuses ends the line with
 * a signed FAILURE; octets that cannot even be answered that way are given back as such; our own trouble throws.
 */
import { applyTemplate } from "../ca/end-entity.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import type {
  CertificateAuthorities,
  IssuedCertificate,
  IssueRefusal,
} from "../ports/certificate-authority.ts";
import type { Clock } from "../ports/clock.ts";
import { err, ok, type Result } from "../result.ts";
import { buildFailure, buildSuccess } from "../scep/cert-rep.ts";
import { openPkiMessage } from "../scep/opened-message.ts";
import { type ReceivedMessage, readPkiMessage } from "../scep/received-message.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import { replyDigest, verifyPkiMessage } from "../scep/verified-message.ts";
import { type AuthorisedEnrolment, authorise } from "./authorise.ts";
import { OperationReport, type ReportedOperation } from "./operation-report.ts";
import type { KnownTokens } from "./policies/token.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export interface PkiOperationDependencies {
  readonly authorities: CertificateAuthorities;
  readonly tokens: KnownTokens;
  readonly clock: Clock;
}

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
  const received = read(message);
  if (!received.ok) return received;
  report.received(received.value);
  return ok(await answer(dependencies, served, received.value, report));
}

function read(message: Uint8Array): Result<ReceivedMessage, UnanswerableMessage> {
  try {
    return ok(readPkiMessage(message));
  } catch (error) {
    if (error instanceof DecodeError) return err({ detail: `Not a pkiMessage: ${error.message}.` });
    throw error;
  }
}

async function answer(
  { authorities, tokens, clock }: PkiOperationDependencies,
  served: ServedConfiguration,
  received: ReceivedMessage,
  report: OperationReport,
): Promise<PkiOperationAnswer> {
  const { wire, certificateAuthorityId } = served.configuration;
  const refuse = (rejection: ScepRejection): Promise<PkiOperationAnswer> =>
    failure(served, received, rejection, report);

  const verified = await verifyPkiMessage(received, wire.digests);
  report.lap("verify");
  if (!verified.ok) return refuse(verified.error);

  const opened = await openPkiMessage(verified.value, wire.contentEncryption, served.recipients);
  report.lap("open");
  if (!opened.ok) return refuse(opened.error);
  report.opened(opened.value);

  const requested = await applyTemplate(opened.value.request, served.template, clock.now());
  report.lap("template");
  if (!requested.ok) return refuse(requested.error);

  const authorised = await authorise(opened.value, requested.value, served, tokens, clock);
  report.lap("authorise");
  if (!authorised.ok) return refuse(authorised.error);
  report.authorised(authorised.value);

  const issued = await issue(authorised.value, served, authorities.get(certificateAuthorityId));
  report.lap("issue");
  if (!issued.ok) return refuse(issued.error);

  const { certificateDer } = issued.value;
  const { contentEncryption } = opened.value;
  const success = { certificateDer, requester: verified.value.signer, contentEncryption };
  const certRep = await buildSuccess(received, verified.value.digest, served.responder, success);
  report.lap("reply");
  return { certRep, report: report.issued(issued.value) };
}

async function issue(
  { opened, requested, authorisation }: AuthorisedEnrolment,
  { configuration, template }: ServedConfiguration,
  authority: ReturnType<CertificateAuthorities["get"]>,
): Promise<Result<IssuedCertificate, ScepRejection>> {
  const { received } = opened.verified;
  const issued = await authority.issue({
    configurationId: configuration.id,
    transactionID: received.transactionID,
    requestDigest: new Uint8Array(await crypto.subtle.digest("SHA-256", opened.request.der)),
    signer: "self-signed",
    authorisation,
    templateId: template.id,
    templateVersion: template.version,
    content: requested.content,
    subjectText: formatDistinguishedName(requested.subject),
  });
  return issued.ok ? ok(issued.value) : err(rejectionOf(issued.error));
}

function rejectionOf(refusal: IssueRefusal): ScepRejection {
  switch (refusal.reason) {
    case "transaction_conflict":
      return {
        reason: "transaction_conflict",
        detail: `Certificate ${refusal.serialNumberHex} was issued to another request under this transactionID.`,
      };
    case "token_used_up":
      return { reason: "token_used_up", detail: `The token's ${refusal.maxUses} uses are spent.` };
    case "token_revoked":
      return { reason: "token_revoked", detail: "The token was revoked." };
    case "authority_not_ready":
      throw new Error("The CA has no certificate, or it has ended.");
  }
}

async function failure(
  served: ServedConfiguration,
  received: ReceivedMessage,
  rejection: ScepRejection,
  report: OperationReport,
): Promise<PkiOperationAnswer> {
  const digest = replyDigest(received, served.configuration.wire.digests);
  const certRep = await buildFailure(received, digest, served.responder, rejection);
  report.lap("reply");
  return { certRep, report: report.refused(rejection) };
}
