/** A successor's end before it has taken its predecessor's place; from the moment that begins, there is none. */
import type { SuccessionEntry } from "../ports/authority-succession-store.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { conflict, type Outcome } from "./refusal.ts";
import { type SuccessionNeeds, tellCaches } from "./succession-steps.ts";

export const isWithdrawn = ({ promotedAt, state }: CertificateAuthorityEntry): boolean =>
  promotedAt === undefined && (state === "retired" || state === "revoked");

/** Nothing of it is announced any more, and nobody promotes it. Its object is closed by who asks. Idempotent. */
export async function withdraw(
  dependencies: SuccessionNeeds,
  access: TenantAccess<"authority.manage">,
  { predecessor, successor }: SuccessionEntry,
): Promise<Outcome<undefined>> {
  const { authorities, successions, clock } = dependencies;
  const action = "certificate-authority.successor-withdrawn";
  const event = auditEvent(access, clock.now(), action, successor.id, {
    predecessor: predecessor.id,
  });
  if (!(await successions.withdraw(successor.id, event))) {
    const current = await successions.findSuccession(predecessor.id);
    // Withdrawn before, and another one is announced already.
    if (current?.successor.id !== successor.id) return ok(undefined);
    if (!isWithdrawn(current.successor))
      return conflict(
        `"${successor.name}" has taken the place of "${predecessor.name}", or is just doing so.`,
      );
  }
  await authorities.get(predecessor.id).unstageSuccessor();
  await tellCaches(dependencies, predecessor.id);
  return ok(undefined);
}

/**
 * For whoever ends a CA: one that is staged as a successor is withdrawn by it.
 * @returns whether it was; refused while it takes its predecessor's place
 */
export async function withdrawIfStaged(
  dependencies: SuccessionNeeds,
  access: TenantAccess<"authority.manage">,
  { id, predecessorId }: CertificateAuthorityEntry,
): Promise<Outcome<boolean>> {
  if (predecessorId === undefined) return ok(false);
  const succession = await dependencies.successions.findSuccession(predecessorId);
  if (succession?.successor.id !== id || succession.successor.promotedAt) return ok(false);
  if (isWithdrawn(succession.successor)) return ok(true);
  const withdrawn = await withdraw(dependencies, access, succession);
  return withdrawn.ok ? ok(true) : withdrawn;
}
