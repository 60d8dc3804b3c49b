/** Certificates issued through a tenant's configurations. The inventory is in the CAs' objects. */
import type { CertificateRecord } from "../ports/certificate-inventory.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import type { WithConfigurationName } from "./configuration-names.ts";
import { definedFields } from "./defined-fields.ts";
import {
  type InventoryNeeds,
  type IssuingAuthority,
  issuingAuthorities,
  ownRecord,
  searchIssuingAuthorities,
} from "./issuing-authorities.ts";
import { notFound, type Outcome } from "./refusal.ts";

export type NamedCertificate = WithConfigurationName<CertificateRecord>;

export const searchCertificates = (
  dependencies: InventoryNeeds,
  access: TenantAccess<"certificate.read">,
  text: string | undefined,
  page: PageRequest,
): Promise<Page<NamedCertificate>> =>
  searchIssuingAuthorities(dependencies, access, page, (authority, search) =>
    authority.searchCertificates({ ...search, ...definedFields({ text }) }),
  );

export async function findCertificate(
  dependencies: InventoryNeeds,
  access: TenantAccess<"certificate.read">,
  serialNumberHex: string,
): Promise<Outcome<NamedCertificate>> {
  const located = await locateCertificate(dependencies, access, serialNumberHex);
  return located ? ok(located.certificate) : notFound("certificate");
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
