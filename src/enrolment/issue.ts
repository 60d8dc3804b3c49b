/** The step at the CA's object: what was authorised becomes a certificate, or waits for a person. */
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import type { IssueRefusal, IssueRequest, PendingRequest } from "../ports/certificate-issuing.ts";
import { err, ok } from "../result.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import type { AuthorisedEnrolment, SignedCertificate } from "./authorise.ts";
import { rejectionOf, stopOfAuthority } from "./authority-refusal.ts";
import { within } from "./deadline.ts";
import { tellFailure } from "./deliver.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import type { Operation } from "./operation.ts";
import type { IntuneConsent } from "./policies/intune.ts";
import { askPredecessors } from "./predecessors.ts";
import { postpone, type Stoppable } from "./postponement.ts";
import type { ServedConfiguration } from "./served-configuration.ts";
import type { TransactionIdentity } from "./transaction-identity.ts";

export async function issue(
  { requested, authorisation, consent }: AuthorisedEnrolment,
  transaction: TransactionIdentity & Pick<IssueRequest, "wrappedReplyKey">,
  served: ServedConfiguration,
  dependencies: PkiOperationDependencies,
  operation: Operation,
): Promise<Stoppable<SignedCertificate | PendingRequest>> {
  const { configuration, template } = served;
  operation.report.authorised(authorisation);
  const request: IssueRequest = {
    ...transaction,
    authorisation,
    templateId: template.id,
    templateVersion: template.version,
    content: requested.content,
    subjectText: formatDistinguishedName(requested.subject),
    subjectAltNames: requested.subjectAltNames,
  };
  const authorityId = configuration.certificateAuthorityId;
  if (consent)
    return await issueWithConsent(request, authorityId, consent, dependencies, operation);
  const asked = await askPredecessors(request, served, dependencies);
  const issued = asked ?? (await dependencies.authorities.get(authorityId).issue(request));
  if (!issued.ok) return err(stopOfAuthority(issued.error));
  return ok(issued.value.status === "pending" ? issued.value : { certificate: issued.value });
}

/** Microsoft has agreed: it hears of a refusal of ours, and whoever comes next need not wait for the lease to end. */
async function issueWithConsent(
  request: IssueRequest,
  authorityId: string,
  consent: IntuneConsent,
  dependencies: PkiOperationDependencies,
  { afterAnswer, deadline }: Operation,
): Promise<Stoppable<SignedCertificate>> {
  const { authorities, clock } = dependencies;
  const end = () => afterAnswer(authorities.get(authorityId).endConsent(consent.lease));
  const { lease } = consent;
  let issued;
  try {
    issued = await within(
      deadline.getTime() - clock.now().getTime(),
      authorities.get(authorityId).issue({ ...request, consent: lease.consent }),
    );
  } catch (error) {
    end();
    throw error;
  }
  if (issued.ok && issued.value.status === "issued")
    return ok({ certificate: issued.value, consent });
  end();
  if (issued.ok) throw new Error("What Microsoft has validated waits for nobody.");
  if (issued.error.reason === "lease_lost") {
    return postpone(
      "enrolment_under_way",
      "Microsoft's verdict came too late: the same request is being worked on again.",
      1,
    );
  }
  const rejection = rejectionAfterConsent(issued.error);
  afterAnswer(tellFailure(consent, rejection, dependencies));
  return err(rejection);
}

/** A CA that cannot issue and will not by itself: with a verdict that ends, the device is better told. */
const rejectionAfterConsent = (refusal: IssueRefusal): ScepRejection =>
  refusal.reason === "authority_not_ready"
    ? { reason: refusal.reason, detail: "The CA has no certificate, or it has ended." }
    : rejectionOf(refusal);
