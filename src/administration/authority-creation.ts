/** Making CAs: roots, subordinates to any depth, and such as wait for an outside CA's signature. */
import { parseCertificate } from "../pki/certificate.ts";
import { encodeDistinguishedName, parseDistinguishedName } from "../pki/distinguished-name.ts";
import { encodeNameConstraints } from "../pki/name-constraints.ts";
import type { LocationHint } from "../ports/authority-placement.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { IssueRefusal } from "../ports/certificate-issuing.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { type NewCertificateAuthority, planAuthority } from "./authority-plan.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { conflict, type Outcome } from "./refusal.ts";

export type CreationNeeds = Needs<"authorityDirectory" | "authorities" | "clock">;

/**
 * 1. The directory row, state `creating`, with the id that is also the object's name.
 * 2. The object makes its key (and a root its certificate).
 * 3. The parent certifies a subordinate, which takes the certificate in.
 * 4. The row becomes `ready`, or `awaiting-certificate` when an outside CA has to sign.
 * Steps 2 to 4 may be repeated without harm, so calling again under the same name goes on where an earlier call died.
 */
export async function createCertificateAuthority(
  dependencies: CreationNeeds,
  access: TenantAccess<"authority.manage">,
  input: NewCertificateAuthority,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const planned = await planAuthority(dependencies, access, input);
  if (!planned.ok) return planned;
  const registered = await registerAuthority(dependencies, access, planned.value);
  if (!registered.ok) return registered;
  return certifyAuthority(dependencies, access, registered.value, input.locationHint);
}

/** What makes two wishes the same one. */
const wishOf = (entry: CertificateAuthorityEntry): string =>
  JSON.stringify([
    entry.subject,
    entry.keyAlgorithm,
    entry.parentId ?? null,
    entry.predecessorId ?? null,
    entry.ownAgent,
    entry.validitySeconds,
    entry.origin,
    entry.publicationOrigin ?? null,
    entry.pathLength ?? null,
    entry.nameConstraints?.permitted.map(({ type, value }) => [type, value]) ?? null,
    entry.nameConstraints?.excluded.map(({ type, value }) => [type, value]) ?? null,
    jurisdictionPart(entry.id),
  ]);

/** What stands in front of the UUID. */
const jurisdictionPart = (id: string): string => id.slice(0, -36);

/** Inserts the row, or finds the one that an earlier call with the same wish left behind. */
export async function registerAuthority(
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess,
  planned: CertificateAuthorityEntry,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { name, subject, keyAlgorithm, parentId, ownAgent, origin, pathLength } = planned;
  const { nameConstraints, publicationOrigin } = planned;
  const event = auditEvent(access, planned.createdAt, "certificate-authority.created", planned.id, {
    ...{ name, subject, keyAlgorithm, parentId, ownAgent, origin, pathLength, nameConstraints },
    publicationOrigin,
  });
  if (await authorityDirectory.createAuthority(planned, event)) return ok(planned);
  const owner = planned.tenantId === undefined ? "shared" : { tenantId: planned.tenantId };
  const existing = await authorityDirectory.findOwnAuthority(owner, name);
  if (!existing && planned.predecessorId !== undefined)
    return conflict("The CA that it is to follow has changed meanwhile; ask again.");
  return existing?.state === "creating" && wishOf(existing) === wishOf(planned)
    ? ok(existing)
    : conflict(`There is a certificate authority named "${name}" already.`);
}

export async function certifyAuthority(
  { authorityDirectory, authorities, clock }: CreationNeeds,
  access: TenantAccess,
  entry: CertificateAuthorityEntry,
  locationHint: LocationHint | undefined,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const authority = authorities.get(entry.id, locationHint);
  const subjectDer = encodeDistinguishedName(parseDistinguishedName(entry.subject));
  const { validitySeconds, ownAgent, parentId, pathLength, nameConstraints } = entry;
  const content = {
    subjectDer,
    validitySeconds,
    ownAgent,
    ...definedFields({
      pathLength,
      nameConstraintsDer: nameConstraints && encodeNameConstraints(nameConstraints),
    }),
  };
  const isRoot = parentId === undefined && entry.origin === "hosted";
  const created = await authority.create(
    {
      id: entry.id,
      ...definedFields({ tenantId: entry.tenantId, publicationOrigin: entry.publicationOrigin }),
      keyAlgorithm: entry.keyAlgorithm,
      ...content,
    },
    isRoot ? "root" : "subordinate",
  );
  if (entry.origin === "external") {
    const event = auditEvent(
      access,
      clock.now(),
      "certificate-authority.awaits-certificate",
      entry.id,
      {},
    );
    await authorityDirectory.awaitCertificate(entry.id, event);
    return ok({ ...entry, state: "awaiting-certificate" });
  }

  let der = created.certificateDer;
  if (!der && parentId !== undefined) {
    const { subjectPublicKeyInfoDer } = created;
    const issued = await authorities
      .get(parentId)
      .issueSubordinate({ ...content, subjectPublicKeyInfoDer });
    if (!issued.ok) return conflict(whyNotIssued(issued.error));
    const installed = await authority.install(issued.value.certificateDer);
    if (!installed.ok)
      throw new Error(`CA ${entry.id} refused its certificate: ${installed.error.reason}`);
    der = installed.value.certificateDer;
  }
  if (!der) throw new Error(`CA ${entry.id} has no certificate after its creation`);

  const certificate = { der, notAfter: parseCertificate(der).notAfter };
  await authorityDirectory.completeAuthority(
    entry.id,
    certificate,
    auditEvent(access, clock.now(), "certificate-authority.certified", entry.id, {
      notAfter: certificate.notAfter,
    }),
  );
  return ok({ ...entry, state: "ready", certificate });
}

function whyNotIssued(refusal: IssueRefusal): string {
  if (refusal.reason === "authority_closed")
    return `The parent was ${refusal.because}: it certifies nothing more.`;
  if (refusal.reason === "path_length_exceeded")
    return "The parent's path length allows no CA below it.";
  return `The parent cannot issue: ${refusal.reason.replaceAll("_", " ")}.`;
}
