/** The end of a CA, which is a state: it issues nothing any more, and what it has issued can still be looked up. */
import { parseCertificate } from "../pki/certificate.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { RevocationReason } from "../ports/certificate-revocation.ts";
import { ok } from "../result.ts";
import { serialNumberHex } from "../scep/certificate-query.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { findChangeableAuthority } from "./certificate-authorities.ts";
import type { Needs } from "./dependencies.ts";
import { conflict, invalid, type Outcome } from "./refusal.ts";
import type { SuccessionNeeds } from "./succession-steps.ts";
import { withdrawIfStaged } from "./successor-withdrawal.ts";

type EndingNeeds = SuccessionNeeds;

/**
 * Refused while an enabled configuration issues through it: its devices would be turned away without anybody having
 * decided that. One that is staged as a successor is withdrawn. Asking again finishes what an earlier call left half done.
 */
export async function retireCertificateAuthority(
  dependencies: EndingNeeds,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { authorityDirectory, authorities, clock } = dependencies;
  const found = await findChangeableAuthority(dependencies, access, idOrName);
  if (!found.ok) return found;
  const entry = found.value;
  if (entry.state === "revoked") return ok(entry);
  if (entry.state === "succeeded") {
    return conflict(
      `Another CA has taken the place of "${entry.name}": it issues nothing any more, and is retired by itself when its last certificate has ended.`,
    );
  }
  if (entry.state !== "ready" && entry.state !== "retired")
    return conflict(`"${entry.name}" has no certificate yet: it has issued nothing.`);
  if (
    entry.state === "ready" &&
    (await authorityDirectory.listEnabledConfigurations(entry.id)).length > 0
  )
    return conflict(await whyNotRetired(dependencies, access, entry));
  const withdrawn = await withdrawIfStaged(dependencies, access, entry);
  if (!withdrawn.ok) return withdrawn;
  if (entry.state === "ready" && !withdrawn.value) {
    const event = auditEvent(access, clock.now(), "certificate-authority.retired", entry.id, {});
    const retired = await authorityDirectory.retireAuthority(entry.id, event);
    if (!retired) return conflict(await whyNotRetired(dependencies, access, entry));
  }
  await authorities.get(entry.id).close("retired");
  return ok({ ...entry, state: "retired" });
}

/**
 * Its certificate is revoked at its parent, and it issues nothing any more, nor does any CA below it. One that is staged
 * as a successor is withdrawn first: whoever promotes it at the same moment is refused, or this is. The audit event
 * goes first, as with every revocation; then it is closed: dying in between leaves a CA that issues nothing, and asking
 * again, with an event of its own, finishes.
 */
export async function revokeCertificateAuthority(
  dependencies: EndingNeeds & Needs<"auditLog">,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
  reason: RevocationReason,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const { authorityDirectory, authorities, auditLog, clock } = dependencies;
  const found = await findChangeableAuthority(dependencies, access, idOrName);
  if (!found.ok) return found;
  const entry = found.value;
  const { id, name, parentId, certificate } = entry;
  if (entry.state === "revoked") return ok(entry);
  if (!certificate) return conflict(`"${name}" has no certificate that could be revoked.`);
  if (reason === "certificateHold")
    return invalid("reason", "A CA is not put on hold: revoking it is for good.");
  if (parentId === undefined) {
    return conflict(
      `The issuer of "${name}" is not hosted here. ${entry.externalChain?.length ? "Ask it to revoke the certificate" : "It is a root: take it out of the trust stores"}, and retire the CA with DELETE.`,
    );
  }
  const withdrawn = await withdrawIfStaged(dependencies, access, entry);
  if (!withdrawn.ok) return withdrawn;
  const action = "certificate-authority.revoked";
  const event = auditEvent(access, clock.now(), action, id, { reason });
  await auditLog.recordAuditEvent(event);
  await authorities.get(id).close("revoked");
  const revoked = await authorities.get(parentId).revoke({
    serialNumberHex: serialNumberHex(parseCertificate(certificate.der).serialNumber),
    reason,
    by: `${access.actor.kind}:${access.actor.id}`,
  });
  if (!revoked.ok) {
    const refused = { event: event.id, reason: revoked.error.reason };
    await auditLog.recordAuditEvent(
      auditEvent(access, clock.now(), `${action}-refused`, id, refused),
    );
    throw new Error(`CA ${parentId} does not know its subordinate ${id}.`);
  }
  await authorityDirectory.markRevoked(id);
  return ok({ ...entry, state: "revoked" });
}

async function whyNotRetired(
  { authorityDirectory }: EndingNeeds,
  access: TenantAccess,
  { id, name }: CertificateAuthorityEntry,
): Promise<string> {
  const enabled = await authorityDirectory.listEnabledConfigurations(id);
  const own = enabled.filter(({ tenantId }) => tenantId === access.tenantId);
  const others = enabled.length - own.length;
  const who = [
    ...own.map((configuration) => `"${configuration.name}"`),
    ...(others > 0 ? [`${others} of other tenants`] : []),
  ].join(", ");
  return who === ""
    ? `"${name}" has changed meanwhile; ask again.`
    : `Enabled configurations issue through "${name}": disable ${who} first.`;
}
