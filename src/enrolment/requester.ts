/**
 * Who sent a message: somebody with a new key, or the holder of a certificate of ours. Decided by the certificate that
 * signed, never by the messageType: macOS and certmonger renew with PKCSReq, strongSwan with RenewalReq.
 */
import { equalBytes } from "../pki/bytes.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import type { CertificateAuthorities } from "../ports/certificate-authority.ts";
import type { CertificateRecord } from "../ports/certificate-inventory.ts";
import { ok, type Result } from "../result.ts";
import { serialNumberHex } from "../scep/certificate-query.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

/** A certificate that this CA, or one whose place it has taken, issued through a configuration of the same tenant. */
export interface HeldCertificate {
  /** Through which it was issued. */
  readonly configurationId: string;
  readonly serialNumberHex: string;
  readonly certificate: Certificate;
}

export type Requester =
  | { readonly kind: "new-key" }
  | { readonly kind: "holder"; readonly held: HeldCertificate };

export async function identifyRequester(
  { signer, messageType }: VerifiedMessage,
  served: ServedConfiguration,
  authorities: CertificateAuthorities,
): Promise<Result<Requester, ScepRejection>> {
  const issuers = issuersNamed(signer.issuerDer, served);
  if (issuers.length === 0) {
    if (messageType === "PKCSReq" || messageType === "CertPoll") return ok({ kind: "new-key" });
    return reject(
      "signer_not_ours",
      `A ${messageType} must be signed with a certificate of this CA.`,
    );
  }
  const serial = serialNumberHex(signer.serialNumber);
  const record = await findIssued(serial, issuers, authorities);
  // Found by its number, believed for its octets: whoever can write our name and a number has neither our key.
  if (!record?.certificateDer || !equalBytes(record.certificateDer, signer.der)) {
    return reject(
      "signer_not_ours",
      "The certificate that signed names this CA as its issuer, and is not one it issued.",
    );
  }
  const ownTenant = served.siblingConfigurationIds.includes(record.configurationId ?? "");
  const { purpose, status, revocation } = record;
  if (!ownTenant || purpose !== "end-entity" || (status !== "issued" && !revocation)) {
    return reject(
      "signer_not_ours",
      `Certificate ${serial} was not issued to a device of this tenant and kind.`,
    );
  }
  if (revocation) {
    return reject(
      "signer_not_valid",
      `Certificate ${serial} was ${status === "on-hold" ? "put on hold" : "revoked"} at ${revocation.at.toISOString()} (${revocation.reason}); the device must enrol anew.`,
    );
  }
  return ok({
    kind: "holder",
    held: {
      configurationId: record.configurationId ?? "",
      serialNumberHex: serial,
      certificate: parseCertificate(record.certificateDer),
    },
  });
}

/** The configuration's CA and those whose place it has taken, by name: several may have the same. */
export const issuersNamed = (
  issuerDer: Uint8Array,
  { configuration, issuerSubjectDer, predecessors }: ServedConfiguration,
): readonly string[] =>
  [{ id: configuration.certificateAuthorityId, subjectDer: issuerSubjectDer }, ...predecessors]
    .filter(({ subjectDer }) => equalBytes(subjectDer, issuerDer))
    .map(({ id }) => id);

/** Serial numbers are random: no two CAs have one in common. */
export async function findIssued(
  serial: string,
  authorityIds: readonly string[],
  authorities: CertificateAuthorities,
): Promise<(CertificateRecord & { readonly authorityId: string }) | undefined> {
  for (const authorityId of authorityIds) {
    const record = await authorities.get(authorityId).findCertificate(serial);
    if (record) return { ...record, authorityId };
  }
  return undefined;
}

/** @param graceSeconds how long after its end the certificate still counts */
export function checkHeldCertificate(
  { serialNumberHex: serial, certificate }: HeldCertificate,
  now: Date,
  graceSeconds: number,
): Result<void, ScepRejection> {
  const end = certificate.notAfter.getTime() + graceSeconds * 1000;
  if (now.getTime() > end) {
    return reject(
      "signer_not_valid",
      `Certificate ${serial} ended at ${certificate.notAfter.toISOString()}.`,
    );
  }
  if (now < certificate.notBefore) {
    return reject(
      "signer_not_valid",
      `Certificate ${serial} begins at ${certificate.notBefore.toISOString()}.`,
    );
  }
  return ok(undefined);
}
