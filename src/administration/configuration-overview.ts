/** SCEP configurations with what people want to see beside them: their CA's name, and until when their agent lasts. */
import type { Page, PageRequest } from "../ports/page.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import type { TenantAccess } from "./access.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { entitlementOf } from "./entitlement.ts";

export interface ConfigurationOverview extends ConfigurationEntry {
  readonly authorityName: string;
  /** The CA opens envelopes and signs replies itself: there is no agent. */
  readonly ownAgent: boolean;
  /** The operator has its kind switched on for the tenant. */
  readonly entitled: boolean;
  /** Absent: none was issued yet. */
  readonly agentNotAfter?: Date;
}

export async function listConfigurationOverviews(
  dependencies: Needs<"configurations" | "authorityDirectory" | "agents" | "tenants">,
  access: TenantAccess<"configuration.read" | "authority.read">,
  page: PageRequest,
): Promise<Page<ConfigurationOverview>> {
  const { configurations, authorityDirectory, agents } = dependencies;
  const { tenantId } = access;
  const found = await configurations.listConfigurations(tenantId, page);
  const authorityIds = new Set(found.items.map((entry) => entry.certificateAuthorityId));
  const [authorities, known, entitled] = await Promise.all([
    Promise.all([...authorityIds].map((id) => authorityDirectory.findAuthority(tenantId, id))),
    agents.listAgentsOf(
      tenantId,
      found.items.map(({ id }) => id),
    ),
    entitlementOf(dependencies, access),
  ]);
  const items = found.items.map((entry): ConfigurationOverview => {
    const { id, certificateAuthorityId } = entry;
    const authority = authorities.find((one) => one?.id === certificateAuthorityId);
    // One from a CA that is still to take over waits.
    const agent = known.find(
      (one) => one.configurationId === id && one.certificateAuthorityId === certificateAuthorityId,
    );
    return {
      ...entry,
      authorityName: authority?.name ?? certificateAuthorityId,
      entitled: entitled(entry.kind),
      ownAgent: authority?.ownAgent ?? false,
      ...definedFields({ agentNotAfter: agent?.notAfter }),
    };
  });
  return { ...found, items };
}
