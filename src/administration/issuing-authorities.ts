/**
 * What the objects of a tenant's CAs know. A CA may be shared, so each is asked for the tenant's configurations only,
 * and whatever it answers about others is dropped.
 */
import type { CertificateAuthorityClient } from "../ports/certificate-authority.ts";
import type { SearchPage } from "../ports/certificate-inventory.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { TenantAccess } from "./access.ts";
import type { WithConfigurationName } from "./configuration-names.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";

export type InventoryNeeds = Needs<"configurations" | "authorities">;

export interface IssuingAuthority {
  readonly id: string;
  readonly client: CertificateAuthorityClient;
  /** Names by id of the tenant's configurations on this CA: only through these may it be asked. */
  readonly configurations: ReadonlyMap<string, string>;
}

export async function issuingAuthorities(
  { configurations, authorities }: InventoryNeeds,
  access: TenantAccess,
): Promise<IssuingAuthority[]> {
  const byAuthority = new Map<string, Map<string, string>>();
  for (const { id, name, certificateAuthorityId } of await configurations.listIssuingConfigurations(
    access.tenantId,
  )) {
    const names = byAuthority.get(certificateAuthorityId) ?? new Map<string, string>();
    byAuthority.set(certificateAuthorityId, names.set(id, name));
  }
  return [...byAuthority]
    .map(([id, names]) => ({ id, client: authorities.get(id), configurations: names }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/** What a CA's object has of one configuration. */
interface ConfigurationRecord {
  readonly configurationId?: string;
}

/** Nothing, when the record came through a configuration that is not the tenant's. */
export function ownRecord<Found extends ConfigurationRecord>(
  { configurations }: IssuingAuthority,
  record: Found,
): WithConfigurationName<Found>[] {
  const configurationName = configurations.get(record.configurationId ?? "");
  return configurationName === undefined ? [] : [{ ...record, configurationName }];
}

interface AuthoritySearch {
  readonly configurationIds: readonly string[];
  readonly cursor?: string;
  readonly limit: number;
}

/** The CAs are read one after the other; the cursor is `<CA>.<that CA's cursor>`. */
export async function searchIssuingAuthorities<Found extends ConfigurationRecord>(
  dependencies: InventoryNeeds,
  access: TenantAccess,
  page: PageRequest,
  search: (
    client: CertificateAuthorityClient,
    search: AuthoritySearch,
  ) => Promise<SearchPage<Found>>,
): Promise<Page<WithConfigurationName<Found>>> {
  const [startId = "", ...inner] = (page.cursor ?? "").split(".");
  const issuing = (await issuingAuthorities(dependencies, access)).filter(
    ({ id }) => id >= startId,
  );
  const items: WithConfigurationName<Found>[] = [];
  for (const authority of issuing) {
    if (items.length >= page.limit) return { items, nextCursor: `${authority.id}.` };
    const cursor = authority.id === startId ? inner.join(".") || undefined : undefined;
    const found = await search(authority.client, {
      ...definedFields({ cursor }),
      configurationIds: [...authority.configurations.keys()],
      limit: page.limit - items.length,
    });
    items.push(...found.items.flatMap((record) => ownRecord(authority, record)));
    if (found.nextCursor !== undefined)
      return { items, nextCursor: `${authority.id}.${found.nextCursor}` };
  }
  return { items };
}
