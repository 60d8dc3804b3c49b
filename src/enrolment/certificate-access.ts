/** GetCert and GetCRL (RFC 8894, sections 3.3.4 and 3.3.5): for holders of a valid certificate of ours, of their own tenant. */
import { buildCertificatesOnly, buildCrlOnly } from "../pki/cms-signed-data.ts";
import type { CertificateAuthorities } from "../ports/certificate-authority.ts";
import { err, ok, type Result } from "../result.ts";
import { type CertificateQuery, parseCertificateQuery } from "../scep/certificate-query.ts";
import { openPkiMessage, readContent, readPkcsPkiEnvelope } from "../scep/opened-message.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";
import { rejectionOf } from "./authority-refusal.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import type { Operation } from "./operation.ts";
import { type Reply, toSigner } from "./reply.ts";
import { canDecrypt } from "./reply-key.ts";
import { checkHeldCertificate, findIssued, identifyRequester, issuersNamed } from "./requester.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export async function getCertificateOrCrl(
  { authorities, clock }: PkiOperationDependencies,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  { report }: Operation,
): Promise<Result<Reply, ScepRejection>> {
  const { configuration, recipients } = served;
  const requester = await identifyRequester(verified, served, authorities);
  if (!requester.ok) return requester;
  if (requester.value.kind !== "holder") {
    return reject("signer_not_ours", "Only holders of a certificate of this CA may ask.");
  }
  const valid = checkHeldCertificate(requester.value.held, clock.now(), 0);
  if (!valid.ok) return valid;
  if (!canDecrypt(verified)) {
    return reject(
      "key_cannot_decrypt",
      "The client's EC key cannot open a reply, and this message brings no challengePassword.",
    );
  }
  const envelope = readPkcsPkiEnvelope(verified, configuration.wire.contentEncryption);
  if (!envelope.ok) return envelope;
  const opened = await openPkiMessage(envelope.value, recipients);
  report.lap("open");
  if (!opened.ok) return opened;
  report.opened(opened.value);
  const query = readContent(opened.value, parseCertificateQuery);
  if (!query.ok) return query;

  const messageData =
    verified.messageType === "GetCRL"
      ? await findCrl(query.value, served, authorities)
      : await findCertificate(query.value, served, authorities);
  report.lap("issue");
  if (!messageData.ok) return messageData;
  const { contentEncryption } = opened.value;
  return ok({
    kind: "success",
    messageData: messageData.value,
    recipient: toSigner(verified),
    contentEncryption,
  });
}

const unknown = (): Result<never, ScepRejection> =>
  reject("certificate_unknown", "No certificate of this tenant has that issuer and serial number.");

async function findCertificate(
  { issuerDer, serialNumberHex }: CertificateQuery,
  served: ServedConfiguration,
  authorities: CertificateAuthorities,
): Promise<Result<Uint8Array, ScepRejection>> {
  const { siblingConfigurationIds } = served;
  const record = await findIssued(serialNumberHex, issuersNamed(issuerDer, served), authorities);
  const left = record?.delivery === undefined || record.delivery === "delivered";
  // The same answer for what does not exist, for what is another tenant's, and for what was never handed out.
  if (
    !record?.certificateDer ||
    !left ||
    !siblingConfigurationIds.includes(record.configurationId ?? "")
  )
    return unknown();
  return ok(buildCertificatesOnly([record.certificateDer]));
}

/** The CRL is the whole CA's; where several have its name, that of the one that issued the certificate asked about. */
async function findCrl(
  { issuerDer, serialNumberHex }: CertificateQuery,
  served: ServedConfiguration,
  authorities: CertificateAuthorities,
): Promise<Result<Uint8Array, ScepRejection>> {
  const issuers = issuersNamed(issuerDer, served);
  const [newest] = issuers;
  if (newest === undefined) return unknown();
  const asked =
    issuers.length > 1 ? await findIssued(serialNumberHex, issuers, authorities) : undefined;
  const crl = await authorities.get(asked?.authorityId ?? newest).currentCrl();
  return crl.ok ? ok(buildCrlOnly(crl.value.der)) : err(rejectionOf(crl.error));
}
