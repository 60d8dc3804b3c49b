/** PKCSReq and RenewalReq: requester -> open -> read -> apply the template -> authorise -> issue. */
import { applyTemplate } from "../ca/end-entity.ts";
import type { RequestContext } from "../ca/request-context.ts";
import { checkNameConstraints } from "../ca/name-constraints.ts";
import { buildCertificatesOnly } from "../pki/cms-signed-data.ts";
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import type { CertificateAuthorityClient } from "../ports/certificate-authority.ts";
import type { IssuedCertificate, PendingRequest } from "../ports/certificate-issuing.ts";
import type { ScepConfiguration } from "../ports/scep-configuration-store.ts";
import { sha256 } from "../pki/digest.ts";
import { err, ok, type Result } from "../result.ts";
import { openPkiMessage, readPkcsPkiEnvelope } from "../scep/opened-message.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";
import { type AuthorisedEnrolment, authorise } from "./authorise.ts";
import { rejectionOf } from "./authority-refusal.ts";
import { readEnrolmentMessage } from "./enrolment-message.ts";
import type { OperationReport } from "./operation-report.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import type { Reply } from "./reply.ts";
import { checkReplyKey, replyRecipient, wrapReplyKey } from "./reply-key.ts";
import { subjectAltNamesOf } from "./policies/renewal.ts";
import { identifyRequester, type Requester } from "./requester.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export async function enrol(
  { authorities, tokens, clock, keyWrapping }: PkiOperationDependencies,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  report: OperationReport,
): Promise<Result<Reply, ScepRejection>> {
  const { configuration, recipients, template } = served;
  const authority = authorities.get(configuration.certificateAuthorityId);
  const requester = await identifyRequester(verified, served, authority);
  if (!requester.ok) return requester;
  const envelope = readPkcsPkiEnvelope(verified, configuration.wire.contentEncryption);
  if (!envelope.ok) return envelope;
  const opened = await openPkiMessage(envelope.value, recipients);
  report.lap("open");
  if (!opened.ok) return opened;
  report.opened(opened.value);

  const message = readEnrolmentMessage(opened.value, requester.value);
  if (!message.ok) return message;
  const requested = await applyTemplate(
    message.value.request,
    template,
    configuration.wire.digests,
    requestContext(requester.value, configuration),
  );
  report.lap("template");
  if (!requested.ok) return requested;
  report.templated(message.value.request, template);
  const { subject, subjectAltNames } = requested.value;
  const within = checkNameConstraints(subject, subjectAltNames, served.nameConstraints);
  if (!within.ok) return within;

  const { challengePassword } = message.value.request;
  const answerable = checkReplyKey(verified, challengePassword);
  if (!answerable.ok) return answerable;
  const authorised = await authorise(message.value, requested.value, served, tokens, clock.now());
  report.lap("authorise");
  if (!authorised.ok) return authorised;
  report.authorised(authorised.value);

  const recipient = await replyRecipient(verified, challengePassword);
  const wrappedReplyKey = await wrapReplyKey(recipient, served, verified, keyWrapping);
  const issued = await issue(authorised.value, served, authority, wrappedReplyKey);
  report.lap("issue");
  if (!issued.ok) return issued;
  if (issued.value.status === "pending") {
    return ok({ kind: "pending", enrolmentRequestId: issued.value.enrolmentRequestId });
  }
  return ok({
    kind: "success",
    messageData: buildCertificatesOnly([issued.value.certificateDer]),
    recipient,
    contentEncryption: opened.value.contentEncryption,
    issued: issued.value,
  });
}

/** A renewal keeps its names; under Intune every request says all it wants, and is validated as it stands. */
function requestContext(requester: Requester, { kind }: ScepConfiguration): RequestContext {
  return requester.kind === "holder" && kind === "simple"
    ? { validatedByIntune: false, heldSubjectAltNames: subjectAltNamesOf(requester.held) }
    : { validatedByIntune: false };
}

async function issue(
  { message, requested, authorisation }: AuthorisedEnrolment,
  { configuration, template }: ServedConfiguration,
  authority: CertificateAuthorityClient,
  wrappedReplyKey: Uint8Array | undefined,
): Promise<Result<IssuedCertificate | PendingRequest, ScepRejection>> {
  const { requester, request, opened } = message;
  const { received, signer } = opened.verified;
  const issued = await authority.issue({
    configurationId: configuration.id,
    transactionID: received.transactionID,
    requestDigest: await sha256(request.infoDer),
    requesterKeyDigest: await sha256(signer.publicKey.der),
    signer: requester.kind === "holder" ? requester.held.serialNumberHex : "self-signed",
    authorisation,
    templateId: template.id,
    templateVersion: template.version,
    content: requested.content,
    subjectText: formatDistinguishedName(requested.subject),
    subjectAltNames: requested.subjectAltNames,
    ...(wrappedReplyKey && { wrappedReplyKey }),
  });
  return issued.ok ? issued : err(rejectionOf(issued.error));
}
