/**
 * The step between issuing and answering. Where nobody else has a say a certificate may go to its device at once; where
 * Microsoft has, it must have accepted the success notification first (invariant I10).
 */
import { toHex } from "../pki/bytes.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { readDer } from "../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import type { IssuedCertificate } from "../ports/certificate-issuing.ts";
import type { IntuneRequest, IntuneService, IssuedNotification } from "../ports/intune-service.ts";
import { err, ok } from "../result.ts";
import { failInfoTextOf, type ScepRejection } from "../scep/rejection.ts";
import { within } from "./deadline.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import { raiseIntuneAlarm, stopOf } from "./intune-failure.ts";
import type { Operation } from "./operation.ts";
import type { IntuneConsent } from "./policies/intune.ts";
import type { Stoppable } from "./postponement.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

const commonNameType = "2.5.4.3";
/** What a revocation request of Intune names its issuer by is cut there. */
const longestIssuerName = 256;
const recordPausesMilliseconds = [0, 500, 2000, 5000, 10_000];
const recordMilliseconds = 3000;
const tellMilliseconds = 10_000;

declare const deliverable: unique symbol;

/** A certificate that may go to its device. Only this file makes them. */
export interface DeliverableCertificate extends IssuedCertificate {
  readonly [deliverable]: true;
}

/** Of a configuration where nobody outside has a say. */
export const deliverableHere = (certificate: IssuedCertificate): DeliverableCertificate =>
  certificate as DeliverableCertificate;

/** @param consent absent: nobody outside has a say, or it was delivered before */
export async function deliver(
  certificate: IssuedCertificate,
  consent: IntuneConsent | undefined,
  served: ServedConfiguration,
  dependencies: PkiOperationDependencies,
  { report, afterAnswer, deadline }: Operation,
): Promise<Stoppable<DeliverableCertificate>> {
  if (!consent) return ok(deliverableHere(certificate));
  const { connection, request, lease } = consent;
  const { authorities, log } = dependencies;
  const authority = authorities.get(served.configuration.certificateAuthorityId);
  const notification = await notificationOf(certificate, request, served);
  const asked = await asking(dependencies).notifySuccess(connection, notification, deadline);
  report.asked(asked);
  report.lap("notify");
  const { result } = asked;
  if (result.ok) {
    // Begun before the answer, which does not wait for it. Until it has arrived, a retry of the device makes the same
    // notification again.
    afterAnswer(recordDelivery(certificate.serialNumberHex, served, dependencies));
    return ok(deliverableHere(certificate));
  }
  raiseIntuneAlarm(result.error, request, served, log);
  if (result.error.kind === "refused")
    await authority.refuseDelivery(certificate.serialNumberHex, result.error.code);
  else afterAnswer(authority.endConsent(lease));
  return err(stopOf(result.error, "intune_delivery_refused"));
}

/** The same each time: made of the certificate and of the CA alone. */
async function notificationOf(
  { certificateDer, serialNumberHex }: IssuedCertificate,
  request: IntuneRequest,
  { issuerSubjectDer, configuration }: ServedConfiguration,
): Promise<IssuedNotification> {
  const issuer = readDistinguishedName(readDer(issuerSubjectDer));
  const subject = formatDistinguishedName(issuer).slice(0, longestIssuerName);
  const commonName = issuer.flat().find(({ type }) => type === commonNameType)?.value;
  return {
    ...request,
    thumbprintHex: toHex(new Uint8Array(await crypto.subtle.digest("SHA-1", certificateDer))),
    serialNumberHex,
    notAfter: parseCertificate(certificateDer).notAfter,
    issuingCertificateAuthority: subject,
    caConfiguration: configuration.certificateAuthorityId,
    certificateAuthority: commonName ?? subject,
  };
}

/**
 * Durable before the time is over after which what was not delivered is revoked: tried again for as long as the platform
 * lets work go on after an answer.
 */
async function recordDelivery(
  serialNumberHex: string,
  { configuration }: ServedConfiguration,
  { authorities, log }: PkiOperationDependencies,
): Promise<void> {
  const { id: configurationId, tenantId, certificateAuthorityId: authority } = configuration;
  const about = { tenantId, configurationId, authority, serialNumber: serialNumberHex };
  let trouble: unknown;
  for (const pause of recordPausesMilliseconds) {
    if (pause > 0) await new Promise((resolve) => void setTimeout(resolve, pause));
    try {
      // A connection to an object that died is of no use any more.
      const recording = authorities.get(authority).recordDelivery(serialNumberHex);
      if (await within(recordMilliseconds, recording)) return;
      log.write({ event: "alarm", alarm: "delivered_after_it_was_given_up", ...about });
      return;
    } catch (error) {
      trouble = error;
    }
  }
  log.write({
    event: "alarm",
    alarm: "delivery_not_recorded",
    ...about,
    message: trouble instanceof Error ? trouble.message : String(trouble),
  });
}

/**
 * Tells Microsoft of a refusal of our own after its Success, as well as it can be told: nothing depends on it. Never
 * because a validation or a notification was refused or failed.
 */
export async function tellFailure(
  { connection, request }: IntuneConsent,
  rejection: ScepRejection,
  dependencies: PkiOperationDependencies,
): Promise<void> {
  const { transactionID } = request;
  const deadline = new Date(dependencies.clock.now().getTime() + tellMilliseconds);
  const { result, calls } = await asking(dependencies).notifyFailure(
    connection,
    {
      ...request,
      hResult: rejection.reason.startsWith("authority_") ? hResults.failed : hResults.refused,
      errorDescription: `${rejection.reason}: ${failInfoTextOf(rejection)}`,
    },
    deadline,
  );
  // The operation's own line went out with the answer.
  dependencies.log.write({
    event: "intune_failure_told",
    tenantId: connection.tenantId,
    connectionId: connection.id,
    transactionID,
    result: result.ok ? "Success" : result.error,
    calls,
  });
}

/** HRESULTs as an Intune administrator sees them: E_ACCESSDENIED for our policy, E_FAIL for a CA that cannot issue. */
const hResults = { refused: 0x8007_0005, failed: 0x8000_4005 } as const;

function asking({ intune }: PkiOperationDependencies): IntuneService {
  if (!intune) throw new Error("A consent of Microsoft without a way to ask for it.");
  return intune;
}
