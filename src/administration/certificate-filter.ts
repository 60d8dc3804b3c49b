/** What people may ask of the inventory; and the pages and streams it is answered with. */
import type { CertificateFilter, CertificateRecord } from "../ports/certificate-inventory.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { TenantAccess } from "./access.ts";
import type { WithConfigurationName } from "./configuration-names.ts";
import { type InventoryNeeds, searchIssuingAuthorities } from "./issuing-authorities.ts";

export type NamedCertificate = WithConfigurationName<CertificateRecord>;

export interface InventoryFilter extends CertificateFilter {
  /** Name. */
  readonly configuration?: string;
}

export const searchCertificates = (
  dependencies: InventoryNeeds,
  access: TenantAccess<"certificate.read">,
  { configuration, ...filter }: InventoryFilter,
  page: PageRequest,
): Promise<Page<NamedCertificate>> =>
  searchIssuingAuthorities(
    dependencies,
    access,
    page,
    (authority, search) => authority.searchCertificates({ ...search, ...filter }),
    configuration,
  );

/** Few enough for one answer of an object, many enough that there are not too many of them. */
const exportedAtOnce = 500;

/** All that fits, page after page: whoever reads slowly has nothing pile up. */
export async function* exportCertificates(
  dependencies: InventoryNeeds,
  access: TenantAccess<"certificate.read">,
  filter: InventoryFilter,
): AsyncGenerator<readonly NamedCertificate[]> {
  let cursor: string | undefined;
  do {
    const page: Page<NamedCertificate> = await searchCertificates(dependencies, access, filter, {
      cursor,
      limit: exportedAtOnce,
    });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
