/** CA rollover as people ask for it: a successor is staged, promoted by date or by hand, or withdrawn before that. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { jurisdictions } from "../ports/authority-placement.ts";
import type { SuccessionEntry } from "../ports/authority-succession-store.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import { ok } from "../result.ts";
import { serialNumberHex } from "../scep/certificate-query.ts";
import type { TenantAccess } from "./access.ts";
import { actorName } from "./actor.ts";
import { auditEvent } from "./audit-events.ts";
import { certifyAuthority, type CreationNeeds, registerAuthority } from "./authority-creation.ts";
import { type NewCertificateAuthority, planAuthority } from "./authority-plan.ts";
import { findChangeableAuthority } from "./certificate-authorities.ts";
import { definedFields } from "./defined-fields.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";
import { parseSubject } from "./subject.ts";
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import { announce, promote, type SuccessionNeeds } from "./succession-steps.ts";
import { isWithdrawn, withdraw } from "./successor-withdrawal.ts";

const secondsOfYear = 365 * 24 * 3600;
/** Made while the one who asks waits; more are made by the clock. */
const agentsAtOnce = 20;

type RolloverNeeds = SuccessionNeeds & CreationNeeds;

/** What is not given is as it is with the predecessor. */
export interface NewSuccessor {
  /** Absent: the predecessor's with the next number behind it. */
  readonly name?: string | undefined;
  /** RFC 4514. The same name is lawful: certificates say by key identifier which of the two has issued them. */
  readonly subject?: string | undefined;
  readonly keyAlgorithm?: AuthorityKeyAlgorithm | undefined;
  readonly validityYears?: number | undefined;
  /** When it takes the predecessor's place by itself; null: when somebody says so; absent: as planned before. */
  readonly promoteAt?: Date | null | undefined;
}

/** Calling it again goes on where an earlier call died; another date replaces the one before. */
export async function stageSuccessor(
  dependencies: RolloverNeeds,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
  input: NewSuccessor,
): Promise<Outcome<SuccessionEntry>> {
  const { successions, clock } = dependencies;
  const found = await findChangeableAuthority(dependencies, access, idOrName);
  if (!found.ok) return found;
  const predecessor = found.value;
  if (input.promoteAt && input.promoteAt <= clock.now())
    return invalid(
      "promoteAt",
      "Give a time to come; to promote it now, stage it and call promote.",
    );
  const existing = await successions.findSuccession(predecessor.id);
  if (existing && !isWithdrawn(existing.successor)) {
    const same = checkSameWish(existing, input);
    return same.ok ? goOn(dependencies, access, existing, input.promoteAt) : same;
  }
  const refusal = whyNotFollowed(predecessor);
  if (refusal) return refusal;
  const planned = await planSuccessor(dependencies, access, predecessor, input);
  if (!planned.ok) return planned;
  const registered = await registerAuthority(dependencies, access, planned.value);
  if (!registered.ok) return registered;
  return goOn(dependencies, access, { predecessor, successor: registered.value }, undefined);
}

export const mayBeFollowed = (entry: CertificateAuthorityEntry): boolean =>
  whyNotFollowed(entry) === undefined;

/** The directory holds it against the same when it inserts the successor. */
function whyNotFollowed({ name, state, certificate, ...entry }: CertificateAuthorityEntry) {
  if (!certificate) return conflict(`"${name}" has no certificate yet.`);
  const hasPlace = entry.predecessorId === undefined || entry.promotedAt !== undefined;
  if (!hasPlace) {
    return conflict(
      state === "ready"
        ? `"${name}" is staged as a successor itself, and has not taken its place yet.`
        : `"${name}" was withdrawn: it is followed by nobody.`,
    );
  }
  // One that took another's place and was retired may have left configurations behind: they need somewhere to go.
  const isFollowed =
    state === "ready" || state === "revoked" || (state === "retired" && entry.promotedAt);
  return isFollowed ? undefined : conflict(`"${name}" was ${state}: it is followed by nobody.`);
}

function checkSameWish({ successor }: SuccessionEntry, input: NewSuccessor): Outcome<undefined> {
  const { name, keyAlgorithm } = input;
  const subject = input.subject === undefined ? undefined : parseSubject("subject", input.subject);
  if (subject && !subject.ok) return subject;
  const wished = definedFields({
    name,
    keyAlgorithm,
    subject: subject && formatDistinguishedName(subject.value),
  });
  const differs =
    successor.promotedAt !== undefined ||
    Object.entries(wished).some(
      ([field, value]) => successor[field as keyof CertificateAuthorityEntry] !== value,
    );
  return differs
    ? conflict(
        successor.promotedAt === undefined
          ? `"${successor.name}" is staged as the successor already; withdraw it first.`
          : `"${successor.name}" has taken its place already; stage a successor of that one.`,
      )
    : ok(undefined);
}

async function goOn(
  dependencies: RolloverNeeds,
  access: TenantAccess<"authority.manage">,
  succession: SuccessionEntry,
  promoteAt: Date | null | undefined,
): Promise<Outcome<SuccessionEntry>> {
  const { successions, clock } = dependencies;
  let { successor } = succession;
  if (successor.state === "creating") {
    const certified = await certifyAuthority(dependencies, access, successor, undefined);
    if (!certified.ok) return certified;
    successor = certified.value;
  }
  if (promoteAt !== undefined && promoteAt?.getTime() !== successor.promoteAt?.getTime()) {
    const now = clock.now();
    const event = auditEvent(access, now, "certificate-authority.promotion-planned", successor.id, {
      before: successor.promoteAt,
      promoteAt,
    });
    if (!(await successions.planPromotion(succession, promoteAt ?? undefined, event))) {
      const current = await successions.findSuccession(succession.predecessor.id);
      return isStill(successor, current)
        ? conflict("The promotion has begun.")
        : conflict(`"${successor.name}" was withdrawn.`);
    }
  }
  if (successor.state === "ready" && !successor.stagedAt)
    await announce(dependencies, { ...succession, successor }, access);
  return ok((await successions.findSuccession(succession.predecessor.id)) ?? succession);
}

/** It was not withdrawn meanwhile, nor another one staged after that. */
const isStill = (
  { id }: CertificateAuthorityEntry,
  current: SuccessionEntry | undefined,
): boolean => current?.successor.id === id && !isWithdrawn(current.successor);

async function planSuccessor(
  dependencies: RolloverNeeds,
  access: TenantAccess<"authority.manage">,
  predecessor: CertificateAuthorityEntry,
  input: NewSuccessor,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { id, name, tenantId, keyAlgorithm, subject, ownAgent, origin } = predecessor;
  const outside = origin !== "hosted" && (predecessor.externalChain?.length ?? 0) > 0;
  const years = Math.max(1, Math.round(predecessor.validitySeconds / secondsOfYear));
  const wish: NewCertificateAuthority = {
    name: input.name ?? (await nextName(dependencies, access, name)),
    subject: input.subject ?? subject,
    keyAlgorithm: input.keyAlgorithm ?? keyAlgorithm,
    parent: await parentOf(dependencies, predecessor),
    externalParent: outside,
    validityYears: input.validityYears ?? years,
    pathLength: predecessor.pathLength,
    nameConstraints: predecessor.nameConstraints,
    shared: tenantId === undefined,
    ownAgent,
    publicationOrigin: predecessor.publicationOrigin,
    jurisdiction: jurisdictions.find((jurisdiction) => id.startsWith(`${jurisdiction}-`)),
  };
  const planned = await planAuthority(dependencies, access, wish);
  if (!planned.ok) return planned;
  const promoteAt = input.promoteAt ?? undefined;
  return ok({ ...planned.value, predecessorId: id, ...definedFields({ promoteAt }) });
}

/** The predecessor's parent, or whoever has taken that one's place meanwhile. */
async function parentOf(
  { successions }: RolloverNeeds,
  { parentId }: CertificateAuthorityEntry,
): Promise<string | undefined> {
  let parent = parentId;
  while (parent !== undefined) {
    const succession = await successions.findSuccession(parent);
    if (!succession?.successor.promotedAt) return parent;
    parent = succession.successor.id;
  }
  return undefined;
}

/** "Devices CA", "Devices CA 2", "Devices CA 3": the first that is free, or was begun as this very successor. */
async function nextName(
  { authorityDirectory }: RolloverNeeds,
  access: TenantAccess,
  name: string,
): Promise<string> {
  const [, stem = name, number = "1"] = /^(.*) (\d{1,4})$/.exec(name) ?? [];
  for (let next = Number(number) + 1; ; next++) {
    const candidate = `${stem.slice(0, 58)} ${next}`;
    if (!(await authorityDirectory.findAuthority(access.tenantId, candidate))) return candidate;
  }
}

/** @param idOrName of the successor, or of the CA that it follows */
export async function findSuccession(
  dependencies: SuccessionNeeds,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
): Promise<Outcome<SuccessionEntry>> {
  const found = await findChangeableAuthority(dependencies, access, idOrName);
  if (!found.ok) return found;
  const { id, predecessorId } = found.value;
  const { successions } = dependencies;
  const next = await successions.findSuccession(id);
  if (next) return ok(next);
  const own =
    predecessorId === undefined ? undefined : await successions.findSuccession(predecessorId);
  return own?.successor.id === id ? ok(own) : notFound("successor");
}

/** Begins at once; with many configurations the clock finishes it. Idempotent. */
export async function promoteSuccessor(
  dependencies: RolloverNeeds,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
): Promise<Outcome<SuccessionEntry>> {
  const { successions, clock } = dependencies;
  const found = await findSuccession(dependencies, access, idOrName);
  if (!found.ok) return found;
  const { predecessor, successor } = found.value;
  if (isWithdrawn(found.value.successor)) return conflict(`"${successor.name}" was withdrawn.`);
  if (successor.state === "awaiting-certificate" || successor.state === "creating")
    return conflict(`"${successor.name}" has no certificate yet.`);
  if (!successor.promotedAt) {
    const now = clock.now();
    const event = auditEvent(access, now, "certificate-authority.promotion-begun", successor.id, {
      predecessor: predecessor.id,
    });
    if (!successor.stagedAt) await announce(dependencies, found.value, access);
    // Somebody else may have begun it, which is as good; or have withdrawn it.
    if (
      !(await successions.beginPromotion(found.value, "asked", event)) &&
      !isStill(successor, await successions.findSuccession(predecessor.id))
    )
      return conflict(`"${successor.name}" was withdrawn.`);
    await promote(dependencies, found.value, agentsAtOnce);
  }
  return ok((await successions.findSuccession(predecessor.id)) ?? found.value);
}

/** Before its promotion only. Its certificate is revoked, its agents' keys are erased. Idempotent. */
export async function withdrawSuccessor(
  dependencies: RolloverNeeds,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
): Promise<Outcome<SuccessionEntry>> {
  const { authorities, successions } = dependencies;
  const found = await findSuccession(dependencies, access, idOrName);
  if (!found.ok) return found;
  const { predecessor, successor } = found.value;
  const withdrawn = await withdraw(dependencies, access, found.value);
  if (!withdrawn.ok) return withdrawn;
  if (successor.certificate) {
    await authorities.get(successor.id).close("retired");
    if (successor.parentId !== undefined) {
      const { serialNumber } = parseCertificate(successor.certificate.der);
      await authorities.get(successor.parentId).revoke({
        serialNumberHex: serialNumberHex(serialNumber),
        reason: "cessationOfOperation",
        by: actorName(access.actor),
      });
    }
  }
  return ok((await successions.findSuccession(predecessor.id)) ?? found.value);
}
