/** Certificates issued through a tenant's configurations. The inventory is in the CAs' objects. */
import type { CertificateStory } from "../ports/certificate-inventory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import type { NamedCertificate } from "./certificate-filter.ts";
import {
  type InventoryNeeds,
  type IssuingAuthority,
  issuingAuthorities,
  ownRecord,
} from "./issuing-authorities.ts";
import { notFound, type Outcome } from "./refusal.ts";

export async function findCertificate(
  dependencies: InventoryNeeds,
  access: TenantAccess<"certificate.read">,
  serialNumberHex: string,
): Promise<Outcome<NamedCertificate>> {
  const located = await locateCertificate(dependencies, access, serialNumberHex);
  return located ? ok(located.certificate) : notFound("certificate");
}

/** What happened to a certificate, from the request on, and to those before and after it. */
export async function tellCertificateStory(
  dependencies: InventoryNeeds,
  access: TenantAccess<"certificate.read">,
  serialNumberHex: string,
): Promise<Outcome<CertificateStory & { readonly record: NamedCertificate }>> {
  const located = await locateCertificate(dependencies, access, serialNumberHex);
  const story = await located?.authority.client.certificateStory(serialNumberHex);
  return located && story ? ok({ ...story, record: located.certificate }) : notFound("certificate");
}

/** A certificate of the tenant's, and the CA that issued it. */
export async function locateCertificate(
  dependencies: InventoryNeeds,
  access: TenantAccess,
  serialNumberHex: string,
): Promise<
  { readonly authority: IssuingAuthority; readonly certificate: NamedCertificate } | undefined
> {
  for (const authority of await issuingAuthorities(dependencies, access)) {
    const record = await authority.client.findCertificate(serialNumberHex);
    const [certificate] = record ? ownRecord(authority, record) : [];
    if (certificate) return { authority, certificate };
  }
  return undefined;
}
