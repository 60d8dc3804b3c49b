/** CAs below an outside one: the request it signs, and the certificate that comes back. */
import { findPath, refuseAsAuthority } from "../ca/certification-path.ts";
import { equalBytes } from "../pki/bytes.ts";
import type { Certificate } from "../pki/certificate.ts";
import { readDer } from "../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { findCertificateAuthority, findChangeableAuthority } from "./certificate-authorities.ts";
import { readCertificatesInPem } from "./certificates-in-pem.ts";
import type { Needs } from "./dependencies.ts";
import { conflict, invalid, type Outcome } from "./refusal.ts";

/** PKCS #10 in DER. */
export async function certificationRequestOf(
  dependencies: Needs<"authorityDirectory" | "authorities">,
  access: TenantAccess<"authority.read">,
  idOrName: string,
): Promise<Outcome<Uint8Array>> {
  const found = await findCertificateAuthority(dependencies, access, idOrName);
  if (!found.ok) return found;
  const { id, origin, state } = found.value;
  if (origin !== "external" || state === "creating") {
    return conflict(
      "Only a CA that was created with externalParent has a certification request for an outside CA.",
    );
  }
  return ok(await dependencies.authorities.get(id).certificationRequest());
}

export interface OutsideCertificate {
  /** PEM; the certificate first, others of its chain may follow. */
  readonly certificate: string;
  /** PEM, in any order, up to the self-signed one. */
  readonly chain?: string | undefined;
}

/** The certificate of a CA that is not signed here, and the way up from it, both checked. */
export interface CheckedChain {
  readonly certificate: Certificate;
  /** Its issuer first, the self-signed one last; empty when it is self-signed itself. */
  readonly above: readonly Certificate[];
}

export async function checkOutsideCertificate(
  input: OutsideCertificate,
  now: Date,
): Promise<Outcome<CheckedChain>> {
  const given = readCertificatesInPem("certificate", input.certificate);
  if (!given.ok) return given;
  const more =
    input.chain === undefined || input.chain.trim() === ""
      ? ok([])
      : readCertificatesInPem("chain", input.chain);
  if (!more.ok) return more;
  const [certificate, ...others] = given.value;
  if (!certificate) return invalid("certificate", "There is no certificate.");
  return checkChain(certificate, [...others, ...more.value], now);
}

export async function checkChain(
  certificate: Certificate,
  pool: readonly Certificate[],
  now: Date,
): Promise<Outcome<CheckedChain>> {
  const refusal = refuseAsAuthority(certificate, now);
  if (refusal) return invalid("certificate", refusal);
  if (equalBytes(certificate.subjectDer, Uint8Array.of(0x30, 0)))
    return invalid("certificate", "A CA needs a subject, and the certificate has none.");
  const path = await findPath(certificate, pool, now);
  return path.ok ? ok({ certificate, above: path.value }) : invalid("chain", path.error);
}

/** Idempotent: the same certificate again changes nothing. */
export async function installOutsideCertificate(
  dependencies: Needs<"authorityDirectory" | "authorities" | "clock">,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
  input: OutsideCertificate,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { authorityDirectory, authorities, clock } = dependencies;
  const found = await findChangeableAuthority(dependencies, access, idOrName);
  if (!found.ok) return found;
  const entry = found.value;
  if (entry.origin !== "external" || entry.state === "creating")
    return conflict("This CA does not wait for a certificate of an outside CA.");
  const now = clock.now();
  const checked = await checkOutsideCertificate(input, now);
  if (!checked.ok) return checked;
  const { certificate, above } = checked.value;
  if (above.length === 0)
    return invalid("certificate", "The certificate is self-signed; an outside CA has to sign it.");
  const installed = await authorities.get(entry.id).install(certificate.der, true);
  if (!installed.ok) {
    return invalid(
      "certificate",
      "The certificate is for another key: have the CA's own certification request signed.",
    );
  }
  if (!equalBytes(installed.value.certificateDer ?? new Uint8Array(), certificate.der))
    return conflict("The CA has another certificate already.");
  if (entry.state !== "awaiting-certificate") return ok(entry);

  const completion = {
    der: certificate.der,
    notAfter: certificate.notAfter,
    externalChain: above.map(({ der }) => der),
    subject: formatDistinguishedName(readDistinguishedName(readDer(certificate.subjectDer))),
  };
  const event = auditEvent(access, now, "certificate-authority.certified", entry.id, {
    notAfter: completion.notAfter,
    subject: completion.subject,
  });
  await authorityDirectory.completeAuthority(entry.id, completion, event);
  const { externalChain, subject, ...ready } = completion;
  return ok({ ...entry, state: "ready", subject, externalChain, certificate: ready });
}
