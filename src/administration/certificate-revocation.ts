/** Revoking a certificate, and taking it off hold. The fact is made in its CA's object. */
import type { CertificateAuthorityClient } from "../ports/certificate-authority.ts";
import type { CertificateRecord } from "../ports/certificate-inventory.ts";
import type {
  ReleaseRefusal,
  ReleaseRequest,
  RevocationReason,
  RevocationRefusal,
} from "../ports/certificate-revocation.ts";
import { ok, type Result } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { locateCertificate } from "./certificates.ts";
import type { NamedCertificate } from "./certificate-filter.ts";
import type { Needs } from "./dependencies.ts";
import type { InventoryNeeds } from "./issuing-authorities.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

type RevocationNeeds = InventoryNeeds & Needs<"auditLog" | "clock">;

/** Holds at once for devices, in OCSP within a minute, in the CRL as soon as it is made. Again: the first facts. */
export const revokeCertificate = (
  dependencies: RevocationNeeds,
  access: TenantAccess<"certificate.revoke">,
  serialNumberHex: string,
  reason: RevocationReason,
): Promise<Outcome<NamedCertificate>> =>
  change(dependencies, access, serialNumberHex, "certificate.revoked", { reason }, (ca, request) =>
    ca.revoke({ ...request, reason }),
  );

/** Takes a certificate off hold; every other revocation is final. */
export const releaseCertificate = (
  dependencies: RevocationNeeds,
  access: TenantAccess<"certificate.revoke">,
  serialNumberHex: string,
): Promise<Outcome<NamedCertificate>> =>
  change(dependencies, access, serialNumberHex, "certificate.released", {}, (ca, request) =>
    ca.release(request),
  );

/**
 * The audit event goes first: a revocation without one would be worse than an event whose action was refused, which a
 * second event then says.
 */
async function change(
  dependencies: RevocationNeeds,
  access: TenantAccess<"certificate.revoke">,
  serialNumberHex: string,
  action: "certificate.revoked" | "certificate.released",
  why: Readonly<Record<string, string>>,
  ask: (
    authority: CertificateAuthorityClient,
    request: ReleaseRequest,
  ) => Promise<Result<CertificateRecord, RevocationRefusal | ReleaseRefusal>>,
): Promise<Outcome<NamedCertificate>> {
  const { auditLog, clock } = dependencies;
  const located = await locateCertificate(dependencies, access, serialNumberHex);
  if (!located) return notFound("certificate");
  const { authority, certificate } = located;
  const { subject, status, configurationName: configuration } = certificate;
  const details = { configuration, subject, previousStatus: status, ...why };
  const event = auditEvent(access, clock.now(), action, serialNumberHex, details);
  await auditLog.recordAuditEvent(event);
  const { kind, id } = access.actor;
  const changed = await ask(authority.client, {
    serialNumberHex,
    by: `${kind}:${id}`,
    configurationIds: [...authority.configurations.keys()],
  });
  if (changed.ok) return ok({ ...changed.value, configurationName: configuration });
  await auditLog.recordAuditEvent(
    auditEvent(access, clock.now(), `${action}-refused`, serialNumberHex, {
      event: event.id,
      reason: changed.error.reason,
    }),
  );
  switch (changed.error.reason) {
    case "certificate_unknown":
      return notFound("certificate");
    case "not_on_hold":
      return conflict("This certificate is not on hold, and no other revocation is ever undone.");
    case "own_certificate":
      return conflict("A root does not revoke the certificate that it signed for itself.");
  }
}
