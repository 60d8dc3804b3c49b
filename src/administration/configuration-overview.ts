/** SCEP configurations with what people want to see beside them: their CA's name, and until when their agent lasts. */
import type { Page, PageRequest } from "../ports/page.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import type { TenantAccess } from "./access.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";

export interface ConfigurationOverview extends ConfigurationEntry {
  readonly authorityName: string;
  /** The CA opens envelopes and signs replies itself: there is no agent. */
  readonly ownAgent: boolean;
  /** Absent: none was issued yet. */
  readonly agentNotAfter?: Date;
}

export async function listConfigurationOverviews(
  dependencies: Needs<"configurations" | "authorityDirectory" | "agents">,
  access: TenantAccess<"configuration.read" | "authority.read">,
  page: PageRequest,
): Promise<Page<ConfigurationOverview>> {
  const found = await dependencies.configurations.listConfigurations(access.tenantId, page);
  const items = await Promise.all(
    found.items.map((entry) => overviewOf(dependencies, access, entry)),
  );
  return { ...found, items };
}

async function overviewOf(
  { authorityDirectory, agents }: Needs<"authorityDirectory" | "agents">,
  { tenantId }: TenantAccess,
  entry: ConfigurationEntry,
): Promise<ConfigurationOverview> {
  const { certificateAuthorityId } = entry;
  const [authority, [agent]] = await Promise.all([
    authorityDirectory.findAuthority(tenantId, certificateAuthorityId),
    agents.listAgents(tenantId, entry.id),
  ]);
  return {
    ...entry,
    authorityName: authority?.name ?? certificateAuthorityId,
    ownAgent: authority?.ownAgent ?? false,
    ...definedFields({ agentNotAfter: agent?.notAfter }),
  };
}
