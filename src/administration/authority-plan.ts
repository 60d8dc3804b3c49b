/** What somebody wishes of a new CA, held against what is there: the row that will be made, or a sentence. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import { nameConstraintsOf, parseLine, remainingPathLength } from "../ca/certification-path.ts";
import { checkNameConstraints } from "../ca/name-constraints.ts";
import { type DistinguishedName, formatDistinguishedName } from "../pki/distinguished-name.ts";
import { type NameConstraints, parseNameConstraint } from "../pki/name-constraints.ts";
import type { Jurisdiction, LocationHint } from "../ports/authority-placement.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { decoded } from "./decoded.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, forbidden, invalid, type Outcome } from "./refusal.ts";
import { parseSubject } from "./subject.ts";

const secondsOfYear = 365 * 24 * 3600;
const defaultYears = { root: 20, subordinate: 10 };

export interface NewCertificateAuthority {
  readonly name: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  /** Id or name; absent: a root, or signed by an outside CA. */
  readonly parent?: string | undefined;
  /** An outside CA will sign: the CA waits for its certificate. */
  readonly externalParent?: boolean | undefined;
  readonly validityYears?: number | undefined;
  /** How many CAs may stand between it and an end entity. Absent: one fewer than the parent's, or any number. */
  readonly pathLength?: number | undefined;
  readonly nameConstraints?: NameConstraints | undefined;
  /** Usable by all tenants. */
  readonly shared?: boolean | undefined;
  /** It works without an enrolment agent, for clients that take only one certificate. RSA only. */
  readonly ownAgent?: boolean | undefined;
  /** A host of its own for CRL, OCSP and CA certificates, such as `http://pki.example.com`. */
  readonly publicationOrigin?: string | undefined;
  readonly jurisdiction?: Jurisdiction | undefined;
  readonly locationHint?: LocationHint | undefined;
}

type PlanNeeds = Needs<"authorityDirectory" | "authorities" | "clock">;

export async function planAuthority(
  dependencies: PlanNeeds,
  access: TenantAccess,
  input: NewCertificateAuthority,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const subject = parseSubject("subject", input.subject);
  if (!subject.ok) return subject;
  if (subject.value.length === 0) return invalid("subject", "A CA needs a subject.");
  const placed = planPlacement(dependencies, access, input);
  if (!placed.ok) return placed;
  if (input.ownAgent && !input.keyAlgorithm.startsWith("RSA-")) {
    return invalid(
      "ownAgent",
      "Only an RSA key can open envelopes; an EC CA needs an enrolment agent.",
    );
  }
  const publicationOrigin = checkPublicationOrigin(input.publicationOrigin);
  if (!publicationOrigin.ok) return publicationOrigin;
  const nameConstraints = planNameConstraints(input.nameConstraints);
  if (!nameConstraints.ok) return nameConstraints;
  const parent = await planParent(dependencies, access, input);
  if (!parent.ok) return parent;
  const pathLength = await planPathLength(dependencies, parent.value, input, subject.value);
  if (!pathLength.ok) return pathLength;

  const years =
    input.validityYears ?? (parent.value ? defaultYears.subordinate : defaultYears.root);
  return ok({
    ...placed.value,
    name: input.name,
    ...definedFields({
      parentId: parent.value?.id,
      publicationOrigin: publicationOrigin.value,
      pathLength: pathLength.value,
      nameConstraints: nameConstraints.value,
    }),
    keyAlgorithm: input.keyAlgorithm,
    subject: formatDistinguishedName(subject.value),
    validitySeconds: years * secondsOfYear,
    ownAgent: input.ownAgent === true,
    origin: input.externalParent ? "external" : "hosted",
    state: "creating",
  });
}

export type Placement = Pick<CertificateAuthorityEntry, "id" | "tenantId" | "createdAt">;

/** Whose it will be, and its id, which says where its object is. */
export function planPlacement(
  { authorities, clock }: Needs<"authorities" | "clock">,
  access: TenantAccess,
  { shared, jurisdiction }: Pick<NewCertificateAuthority, "shared" | "jurisdiction">,
): Outcome<Placement> {
  if (shared && access.actor.rank !== "operator")
    return forbidden("Only an operator may make a shared CA.");
  if (jurisdiction && !authorities.supports(jurisdiction)) {
    return invalid(
      "jurisdiction",
      `This runtime cannot keep a CA in the jurisdiction "${jurisdiction}"; a deployment on Cloudflare can.`,
    );
  }
  const createdAt = clock.now();
  const id = createId(createdAt);
  return ok({
    id: jurisdiction ? `${jurisdiction}-${id}` : id,
    ...(shared ? {} : { tenantId: access.tenantId }),
    createdAt,
  });
}

export function checkPublicationOrigin(origin: string | undefined): Outcome<string | undefined> {
  return origin === undefined || isPlainOrigin(origin)
    ? ok(origin)
    : invalid(
        "publicationOrigin",
        "Give a bare http origin, such as http://pki.example.com: relying parties ask about TLS certificates here and cannot use TLS for it.",
      );
}

const isPlainOrigin = (text: string): boolean =>
  URL.canParse(text) && new URL(text).protocol === "http:" && new URL(text).origin === text;

async function planParent(
  { authorityDirectory }: PlanNeeds,
  access: TenantAccess,
  input: NewCertificateAuthority,
): Promise<Outcome<CertificateAuthorityEntry | undefined>> {
  if (input.parent === undefined) return ok(undefined);
  if (input.externalParent)
    return invalid("externalParent", "A CA has one issuer: a parent here, or an outside one.");
  const parent = await authorityDirectory.findAuthority(access.tenantId, input.parent);
  if (!parent) return invalid("parent", "There is no such certificate authority.");
  if (parent.tenantId === undefined && access.actor.rank !== "operator") {
    return forbidden("Only an operator may put a CA below a shared one.");
  }
  if (parent.tenantId !== undefined && input.shared)
    return invalid("parent", "A shared CA needs a shared parent.");
  if (parent.state === "succeeded")
    return conflict(
      `Another CA has taken the place of the parent "${parent.name}"; give that one.`,
    );
  if (parent.state === "retired" || parent.state === "revoked")
    return conflict(`The parent "${parent.name}" was ${parent.state}: it certifies nothing more.`);
  if (parent.state !== "ready")
    return conflict(`The parent "${parent.name}" has no certificate yet.`);
  return ok(parent);
}

/** What the parent and those above it leave over, and whether the new name is one that they may certify. */
async function planPathLength(
  { authorityDirectory }: PlanNeeds,
  parent: CertificateAuthorityEntry | undefined,
  { pathLength }: NewCertificateAuthority,
  subject: DistinguishedName,
): Promise<Outcome<number | undefined>> {
  if (!parent) return ok(pathLength);
  const line = parseLine((await authorityDirectory.findChain(parent.id)) ?? []);
  const within = checkNameConstraints(subject, [], nameConstraintsOf(line));
  if (!within.ok) return invalid("subject", within.error.detail);
  const remaining = remainingPathLength(line);
  if (remaining === undefined) return ok(pathLength);
  if (remaining < 1) {
    return invalid(
      "parent",
      `The parent "${parent.name}" may have no CA below it: its path length, or that of a CA above it, is used up.`,
    );
  }
  const most = remaining - 1;
  return pathLength !== undefined && pathLength > most
    ? invalid("pathLength", `Below the parent "${parent.name}" the path length is ${most} at most.`)
    : ok(pathLength ?? most);
}

function planNameConstraints(
  wished: NameConstraints | undefined,
): Outcome<NameConstraints | undefined> {
  if (!wished || wished.permitted.length + wished.excluded.length === 0) return ok(undefined);
  return decoded("nameConstraints", () => ({
    permitted: wished.permitted.map(parseNameConstraint),
    excluded: wished.excluded.map(parseNameConstraint),
  }));
}
