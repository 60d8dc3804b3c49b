/**
 * Taking in an existing CA with its key. The edge reads the files; key, certificate and revocations then go to the CA's
 * object in one call and one transaction, the key wrapped. It is in no row, log line, error or audit event.
 */
import { readDer } from "../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { registerAuthority } from "./authority-creation.ts";
import {
  checkPublicationOrigin,
  type NewCertificateAuthority,
  planPlacement,
} from "./authority-plan.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { type AuthorityFiles, readImportedAuthority } from "./imported-authority.ts";
import { conflict, type Outcome } from "./refusal.ts";

export type ImportedCertificateAuthority = AuthorityFiles &
  Pick<
    NewCertificateAuthority,
    "name" | "shared" | "publicationOrigin" | "jurisdiction" | "locationHint"
  >;

/** The steps of a creation, with the same right to be asked for again after any of them. */
export async function importCertificateAuthority(
  dependencies: Needs<"authorityDirectory" | "authorities" | "clock">,
  access: TenantAccess<"authority.manage">,
  input: ImportedCertificateAuthority,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { authorityDirectory, authorities, clock } = dependencies;
  const placed = planPlacement(dependencies, access, input);
  if (!placed.ok) return placed;
  const publicationOrigin = checkPublicationOrigin(input.publicationOrigin);
  if (!publicationOrigin.ok) return publicationOrigin;
  const read = await readImportedAuthority(input, clock.now());
  if (!read.ok) return read;
  const { certificate, above, privateKey, keyAlgorithm, crl } = read.value;
  const { notBefore, notAfter } = certificate;
  const registered = await registerAuthority(dependencies, access, {
    ...placed.value,
    name: input.name,
    keyAlgorithm,
    subject: formatDistinguishedName(readDistinguishedName(readDer(certificate.subjectDer))),
    validitySeconds: Math.round((notAfter.getTime() - notBefore.getTime()) / 1000),
    ...definedFields({ publicationOrigin: publicationOrigin.value }),
    ownAgent: false,
    origin: "imported",
    state: "creating",
  });
  if (!registered.ok) return registered;

  const entry = registered.value;
  const adopted = await authorities.get(entry.id, input.locationHint).adopt({
    id: entry.id,
    ...definedFields({ tenantId: entry.tenantId, publicationOrigin: publicationOrigin.value }),
    subjectDer: certificate.subjectDer,
    keyAlgorithm,
    validitySeconds: entry.validitySeconds,
    privateKey,
    subjectPublicKeyInfoDer: certificate.publicKey.der,
    certificateDer: certificate.der,
    crlNumber: crl?.number ?? 0,
    revoked: crl?.revoked ?? [],
  });
  privateKey.fill(0);
  if (!adopted.ok)
    return conflict(`Another key is being imported as "${input.name}"; use another name.`);
  const completion = {
    der: certificate.der,
    notAfter,
    ...(above.length > 0 && { externalChain: above.map(({ der }) => der) }),
  };
  const event = auditEvent(access, clock.now(), "certificate-authority.imported", entry.id, {
    notAfter,
    crlNumber: crl?.number,
    revoked: crl?.revoked.length ?? 0,
  });
  await authorityDirectory.completeAuthority(entry.id, completion, event);
  const { externalChain, ...ready } = completion;
  return ok({
    ...entry,
    state: "ready",
    certificate: ready,
    ...(externalChain && { externalChain }),
  });
}
