/** PKCSReq and RenewalReq: requester -> open -> read -> apply the template -> authorise -> issue -> deliver. */
import { applyTemplate } from "../ca/end-entity.ts";
import type { RequestContext } from "../ca/request-context.ts";
import { checkNameConstraints } from "../ca/name-constraints.ts";
import { buildCertificatesOnly } from "../pki/cms-signed-data.ts";
import type { ScepConfiguration } from "../ports/scep-configuration-store.ts";
import { ok } from "../result.ts";
import { openPkiMessage, readPkcsPkiEnvelope } from "../scep/opened-message.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";
import { authorise } from "./authorise.ts";
import { deliver } from "./deliver.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import { readEnrolmentMessage } from "./enrolment-message.ts";
import { issue } from "./issue.ts";
import type { Operation } from "./operation.ts";
import type { Stoppable } from "./postponement.ts";
import type { Reply } from "./reply.ts";
import { checkReplyKey, replyRecipient, wrapReplyKey } from "./reply-key.ts";
import { subjectAltNamesOf } from "./policies/renewal.ts";
import { identifyRequester, type Requester } from "./requester.ts";
import type { ServedConfiguration } from "./served-configuration.ts";
import { transactionIdentity } from "./transaction-identity.ts";

export async function enrol(
  dependencies: PkiOperationDependencies,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  operation: Operation,
): Promise<Stoppable<Reply>> {
  const { configuration, recipients, template } = served;
  const { report } = operation;
  const requester = await identifyRequester(verified, served, dependencies.authorities);
  if (!requester.ok) return requester;
  const envelope = readPkcsPkiEnvelope(verified, configuration.wire.contentEncryption);
  if (!envelope.ok) return envelope;
  const opened = await openPkiMessage(envelope.value, recipients);
  report.lap("open");
  if (!opened.ok) return opened;
  report.opened(opened.value);

  const message = readEnrolmentMessage(opened.value, requester.value);
  if (!message.ok) return message;
  const { request } = message.value;
  report.requested(request);
  const requested = await applyTemplate(
    request,
    template,
    configuration.wire.digests,
    requestContext(requester.value, configuration),
  );
  report.lap("template");
  if (!requested.ok) return requested;
  report.templated(request, template, requested.value);
  const { subject, subjectAltNames } = requested.value;
  const within = checkNameConstraints(subject, subjectAltNames, served.nameConstraints);
  if (!within.ok) return within;

  const { challengePassword } = request;
  const answerable = checkReplyKey(verified, challengePassword);
  if (!answerable.ok) return answerable;
  const transaction = await transactionIdentity(message.value, configuration.id);
  const authorised = await authorise(
    message.value,
    requested.value,
    transaction,
    served,
    dependencies,
    operation,
  );
  report.lap("authorise");
  if (!authorised.ok) return authorised;

  const recipient = await replyRecipient(verified, challengePassword);
  const wrappedReplyKey = await wrapReplyKey(recipient, served, verified, dependencies.keyWrapping);
  const issued =
    "certificate" in authorised.value
      ? ok(authorised.value)
      : await issue(
          authorised.value,
          {
            ...transaction,
            ...(wrappedReplyKey && { wrappedReplyKey, tenantId: configuration.tenantId }),
          },
          served,
          dependencies,
          operation,
        );
  report.lap("issue");
  if (!issued.ok) return issued;
  if ("enrolmentRequestId" in issued.value) {
    return ok({ kind: "pending", enrolmentRequestId: issued.value.enrolmentRequestId });
  }
  const { certificate, consent } = issued.value;
  const delivered = await deliver(certificate, consent, served, dependencies, operation);
  if (!delivered.ok) return delivered;
  return ok({
    kind: "success",
    messageData: buildCertificatesOnly([delivered.value.certificateDer]),
    recipient,
    contentEncryption: opened.value.contentEncryption,
    issued: delivered.value,
  });
}

/**
 * A renewal keeps its names; under Intune every request says all it wants, and is validated as it stands. What only
 * validation allows is allowed here before the verdict: without one nothing is issued.
 */
function requestContext(requester: Requester, { kind }: ScepConfiguration): RequestContext {
  if (kind === "intune") return { validatedByIntune: true };
  return requester.kind === "holder"
    ? { validatedByIntune: false, heldSubjectAltNames: subjectAltNamesOf(requester.held) }
    : { validatedByIntune: false };
}
