/**
 * Authorisation by Microsoft Intune: every request is shown to it whole, whoever signed it, and only `Success` authorises.
 * Nothing takes its place: no token, no renewal, no approval. Asked under a lease, so that a device that sends one request
 * several times at once is validated once.
 */
import type { RequestedCertificate } from "../../ca/end-entity.ts";
import { sha256 } from "../../pki/digest.ts";
import type { CertificateAuthorityClient } from "../../ports/certificate-authority.ts";
import type { ConsentRequest, ConsentState } from "../../ports/certificate-delivery.ts";
import type { Authorisation, IssuedCertificate } from "../../ports/certificate-issuing.ts";
import type { IntuneConnection } from "../../ports/intune-connection.ts";
import type { IntuneFailure, IntuneRequest, IntuneService } from "../../ports/intune-service.ts";
import { err, ok, type Result } from "../../result.ts";
import { reject } from "../../scep/rejection.ts";
import { stopOfAuthority } from "../authority-refusal.ts";
import type { PkiOperationDependencies } from "../dependencies.ts";
import { within } from "../deadline.ts";
import type { EnrolmentMessage } from "../enrolment-message.ts";
import { raiseIntuneAlarm, stopOf } from "../intune-failure.ts";
import type { Operation } from "../operation.ts";
import { postpone, type Stoppable } from "../postponement.ts";
import type { ServedConfiguration } from "../served-configuration.ts";
import type { TransactionIdentity } from "../transaction-identity.ts";
import { authoriseRenewal } from "./renewal.ts";

/** The right to ask Microsoft about one request, and what to ask with. */
export interface IntuneConsent {
  readonly connection: IntuneConnection;
  readonly request: IntuneRequest;
  /** The lease at the CA's object. */
  readonly lease: ConsentRequest;
}

export type IntuneDecision =
  | {
      readonly status: "validated";
      readonly authorisation: Extract<Authorisation, { readonly kind: "intune" }>;
      readonly consent: IntuneConsent;
    }
  /** Signed before and not delivered: Microsoft must still agree to that. */
  | {
      readonly status: "undelivered";
      readonly certificate: IssuedCertificate;
      readonly consent: IntuneConsent;
    }
  | { readonly status: "delivered"; readonly certificate: IssuedCertificate };

/** Between two looks at a request that another worker has; together not much longer than a device notices. */
const pausesMilliseconds = [250, 500, 1000, 1500];
/** The other worker is done by then, one way or the other. */
const busyRetrySeconds = 5;
/** An administrator has to act; devices come back by themselves. */
const unfinishedRetrySeconds = 300;
/** The CA's object answers in milliseconds; one that takes this long is in trouble. */
const objectMilliseconds = 5000;

export async function decideByIntune(
  { request, requester }: EnrolmentMessage,
  requested: RequestedCertificate,
  transaction: TransactionIdentity,
  served: ServedConfiguration,
  { authorities, intune, clock, log }: PkiOperationDependencies,
  operation: Operation,
): Promise<Stoppable<IntuneDecision>> {
  const { intuneConnection: connection, configuration } = served;
  if (!connection || !intune) {
    return postpone(
      "intune_connection_missing",
      "The configuration has no Intune connection, so nothing can be validated and nothing is issued.",
      unfinishedRetrySeconds,
    );
  }
  if (!request.challengePassword) {
    return reject(
      "intune_challenge_missing",
      "The request has no challengePassword; Intune puts one into each.",
    );
  }
  if (requester.kind === "holder") {
    // A certificate of ours that signed comes on top of the validation. Names are never put in: Microsoft sees none of them.
    const renewable = authoriseRenewal(requested, requester.held, served, clock.now());
    if (!renewable.ok) return renewable;
  }
  const consent: IntuneConsent = {
    connection,
    request: {
      transactionID: transaction.transactionID,
      certificationRequestDer: request.der,
    },
    lease: {
      ...transaction,
      consent: { holder: crypto.randomUUID(), octetsDigest: await sha256(request.der) },
    },
  };
  const authority = authorities.get(configuration.certificateAuthorityId);
  const begun = await begin(authority, consent.lease);
  operation.report.lap("lease");
  if (!begun.ok) return begun;
  const state = begun.value;
  if (state.status === "delivered") return ok(state);
  if (state.status === "undelivered" && state.sameOctets)
    return ok({ status: "undelivered", certificate: state.certificate, consent });

  const validated = await validate(intune, consent, operation);
  operation.report.lap("validate");
  if (!validated.ok) {
    // Whoever comes next need not wait for the lease to end.
    operation.afterAnswer(authority.endConsent(consent.lease));
    raiseIntuneAlarm(validated.error, consent.request, served, log);
    return err(stopOf(validated.error, "intune_refused"));
  }
  return ok(
    state.status === "undelivered"
      ? { status: "undelivered", certificate: state.certificate, consent }
      : { status: "validated", authorisation: validated.value, consent },
  );
}

async function begin(
  authority: CertificateAuthorityClient,
  request: ConsentRequest,
): Promise<Stoppable<Exclude<ConsentState, { readonly status: "busy" }>>> {
  for (const pause of [0, ...pausesMilliseconds]) {
    if (pause > 0) await new Promise((resolve) => void setTimeout(resolve, pause));
    const begun = await within(objectMilliseconds, authority.beginConsent(request));
    if (!begun.ok) return err(stopOfAuthority(begun.error));
    if (begun.value.status !== "busy") return ok(begun.value);
  }
  return postpone(
    "enrolment_under_way",
    "The same request is being worked on; it came again before that was done.",
    busyRetrySeconds,
  );
}

async function validate(
  intune: IntuneService,
  { connection, request }: IntuneConsent,
  { report, deadline }: Operation,
): Promise<Result<Extract<Authorisation, { readonly kind: "intune" }>, IntuneFailure>> {
  const asked = await intune.validateRequest(connection, request, deadline);
  report.asked(asked);
  const { result, calls } = asked;
  if (!result.ok) return result;
  const activityId = calls.findLast(({ hop }) => hop === "validate")?.activityId;
  if (activityId === undefined) throw new Error("A verdict without a call that brought it.");
  return ok({ kind: "intune", connectionId: connection.id, activityId });
}
