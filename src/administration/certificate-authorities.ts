/** Certification authorities: making them, roots and subordinates to any depth, and finding them. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import { parseCertificate } from "../pki/certificate.ts";
import {
  encodeDistinguishedName,
  formatDistinguishedName,
  parseDistinguishedName,
} from "../pki/distinguished-name.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, forbidden, invalid, notFound, type Outcome } from "./refusal.ts";
import { parseSubject } from "./subject.ts";

const secondsOfYear = 365 * 24 * 3600;
const defaultYears = { root: 20, subordinate: 10 };

export interface NewCertificateAuthority {
  readonly name: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  /** Id or name; absent: a root. */
  readonly parent?: string | undefined;
  readonly validityYears?: number | undefined;
  /** Usable by all tenants. */
  readonly shared?: boolean | undefined;
  /** It works without an enrolment agent, for clients that take only one certificate. RSA only. */
  readonly ownAgent?: boolean | undefined;
  /** A host of its own for CRL, OCSP and CA certificates, such as `http://pki.example.com`. */
  readonly publicationOrigin?: string | undefined;
}

type CreationNeeds = Needs<"authorityDirectory" | "authorities" | "clock">;

/**
 * 1. The directory row, state `creating`, with the id that is also the object's name.
 * 2. The object makes its key (and a root its certificate).
 * 3. The parent certifies a subordinate, which takes the certificate in.
 * 4. The row becomes `ready`.
 * Steps 2 to 4 may be repeated without harm, so calling again under the same name goes on where an earlier call died.
 */
export async function createCertificateAuthority(
  dependencies: CreationNeeds,
  access: TenantAccess<"authority.manage">,
  input: NewCertificateAuthority,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const planned = await planAuthority(dependencies, access, input);
  if (!planned.ok) return planned;
  const registered = await register(dependencies, access, planned.value);
  if (!registered.ok) return registered;
  return certify(dependencies, access, registered.value);
}

async function planAuthority(
  { authorityDirectory, clock }: CreationNeeds,
  access: TenantAccess,
  input: NewCertificateAuthority,
): Promise<Outcome<CertificateAuthorityEntry>> {
  if (input.shared && access.actor.rank !== "operator")
    return forbidden("Only an operator may make a shared CA.");
  const subject = parseSubject("subject", input.subject);
  if (!subject.ok) return subject;
  if (subject.value.length === 0) return invalid("subject", "A CA needs a subject.");

  const parent =
    input.parent === undefined
      ? undefined
      : await authorityDirectory.findAuthority(access.tenantId, input.parent);
  if (input.parent !== undefined && !parent)
    return invalid("parent", "There is no such certificate authority.");
  if (parent && parent.tenantId === undefined && access.actor.rank !== "operator") {
    return forbidden("Only an operator may put a CA below a shared one.");
  }
  if (parent && parent.tenantId !== undefined && input.shared)
    return invalid("parent", "A shared CA needs a shared parent.");
  if (parent && parent.state !== "ready")
    return conflict(`The parent "${parent.name}" has no certificate yet.`);

  if (input.ownAgent && !input.keyAlgorithm.startsWith("RSA-")) {
    return invalid(
      "ownAgent",
      "Only an RSA key can open envelopes; an EC CA needs an enrolment agent.",
    );
  }
  const { publicationOrigin } = input;
  if (publicationOrigin !== undefined && !isPlainOrigin(publicationOrigin)) {
    return invalid(
      "publicationOrigin",
      "Give a bare http origin, such as http://pki.example.com: relying parties ask about TLS certificates here and cannot use TLS for it.",
    );
  }
  const createdAt = clock.now();
  const years = input.validityYears ?? (parent ? defaultYears.subordinate : defaultYears.root);
  return ok({
    id: createId(createdAt),
    ...(input.shared ? {} : { tenantId: access.tenantId }),
    name: input.name,
    ...definedFields({ parentId: parent?.id }),
    keyAlgorithm: input.keyAlgorithm,
    subject: formatDistinguishedName(subject.value),
    validitySeconds: years * secondsOfYear,
    ownAgent: input.ownAgent === true,
    ...definedFields({ publicationOrigin }),
    state: "creating",
    createdAt,
  });
}

const isPlainOrigin = (text: string): boolean =>
  URL.canParse(text) && new URL(text).protocol === "http:" && new URL(text).origin === text;

/** Inserts the row, or finds the one that an earlier call with the same wish left behind. */
async function register(
  { authorityDirectory }: CreationNeeds,
  access: TenantAccess,
  planned: CertificateAuthorityEntry,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { name, subject, keyAlgorithm, parentId } = planned;
  const event = auditEvent(access, planned.createdAt, "certificate-authority.created", planned.id, {
    name,
    subject,
    keyAlgorithm,
    parentId,
    ownAgent: planned.ownAgent,
    publicationOrigin: planned.publicationOrigin,
  });
  if (await authorityDirectory.createAuthority(planned, event)) return ok(planned);
  const owner = planned.tenantId === undefined ? "shared" : { tenantId: planned.tenantId };
  const existing = await authorityDirectory.findOwnAuthority(owner, name);
  const unfinished =
    existing?.state === "creating" &&
    existing.subject === subject &&
    existing.keyAlgorithm === keyAlgorithm &&
    existing.parentId === parentId &&
    existing.ownAgent === planned.ownAgent &&
    existing.publicationOrigin === planned.publicationOrigin &&
    existing.validitySeconds === planned.validitySeconds;
  return unfinished
    ? ok(existing)
    : conflict(`There is a certificate authority named "${name}" already.`);
}

async function certify(
  { authorityDirectory, authorities, clock }: CreationNeeds,
  access: TenantAccess,
  entry: CertificateAuthorityEntry,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const authority = authorities.get(entry.id);
  const subjectDer = encodeDistinguishedName(parseDistinguishedName(entry.subject));
  const { validitySeconds, ownAgent } = entry;
  const created = await authority.create(
    {
      id: entry.id,
      ...definedFields({
        tenantId: entry.tenantId,
        publicationOrigin: entry.publicationOrigin,
      }),
      subjectDer,
      keyAlgorithm: entry.keyAlgorithm,
      validitySeconds,
      ownAgent,
    },
    entry.parentId === undefined ? "root" : "subordinate",
  );

  let der = created.certificateDer;
  if (!der && entry.parentId !== undefined) {
    const { subjectPublicKeyInfoDer } = created;
    const issued = await authorities
      .get(entry.parentId)
      .issueSubordinate({ subjectDer, subjectPublicKeyInfoDer, validitySeconds, ownAgent });
    if (!issued.ok)
      return conflict(`The parent cannot issue: ${issued.error.reason.replaceAll("_", " ")}.`);
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

/** @param idOrName of an own or a shared CA */
export async function findCertificateAuthority(
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess<"authority.read">,
  idOrName: string,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const entry = await authorityDirectory.findAuthority(access.tenantId, idOrName);
  return entry ? ok(entry) : notFound("certificate authority");
}

export const listCertificateAuthorities = (
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess<"authority.read">,
  page: PageRequest,
): Promise<Page<CertificateAuthorityEntry>> =>
  authorityDirectory.listAuthorities(access.tenantId, page);
