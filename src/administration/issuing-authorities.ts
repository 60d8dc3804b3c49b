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

/** A CA that has much to look through answers with short pages: so often it is asked again for one of ours. */
const callsForPage = 5;

/**
 * The CAs are read one after the other; the cursor is `<CA>.<that CA's cursor>`.
 * @param configuration name; absent: all of the tenant's
 */
export async function searchIssuingAuthorities<Found extends ConfigurationRecord>(
  dependencies: InventoryNeeds,
  access: TenantAccess,
  page: PageRequest,
  search: (
    client: CertificateAuthorityClient,
    search: AuthoritySearch,
  ) => Promise<SearchPage<Found>>,
  configuration?: string,
): Promise<Page<WithConfigurationName<Found>>> {
  const [startId = "", ...inner] = (page.cursor ?? "").split(".");
  const items: WithConfigurationName<Found>[] = [];
  for (const authority of await issuingAuthorities(dependencies, access)) {
    const configurationIds = [...authority.configurations]
      .filter(([, name]) => configuration === undefined || name === configuration)
      .map(([id]) => id);
    if (authority.id < startId || configurationIds.length === 0) continue;
    if (items.length >= page.limit) return { items, nextCursor: `${authority.id}.` };
    let cursor = authority.id === startId ? inner.join(".") || undefined : undefined;
    for (let call = 0; call === 0 || cursor !== undefined; call++) {
      if (items.length >= page.limit || call === callsForPage)
        return { items, nextCursor: `${authority.id}.${cursor ?? ""}` };
      const found = await search(authority.client, {
        ...definedFields({ cursor }),
        configurationIds,
        limit: page.limit - items.length,
      });
      items.push(...found.items.flatMap((record) => ownRecord(authority, record)));
      cursor = found.nextCursor;
    }
  }
  return { items };
}
