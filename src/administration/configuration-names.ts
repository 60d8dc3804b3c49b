/** Ids of a tenant's configurations in the names that people gave them. */
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";

export type WithConfigurationName<Item> = Item & { readonly configurationName: string };

export async function withConfigurationNames<Item extends { readonly configurationId: string }>(
  { configurations }: Needs<"configurations">,
  access: TenantAccess,
  items: readonly Item[],
): Promise<WithConfigurationName<Item>[]> {
  if (items.length === 0) return [];
  const issuing = await configurations.listIssuingConfigurations(access.tenantId);
  const names = new Map(issuing.map(({ id, name }) => [id, name]));
  return items.map((item) => ({
    ...item,
    configurationName: names.get(item.configurationId) ?? item.configurationId,
  }));
}
