/** Enrolment agents as people see them: the RSA keys of a configuration with their certificates from its CA. */
import type { EnrolmentAgentEntry } from "../ports/enrolment-agent-store.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { type AgentMakingNeeds, makeAgent } from "./agent-making.ts";
import type { Needs } from "./dependencies.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

/** A new agent takes over at once; the ones before it still open envelopes until their certificates end. */
export async function issueEnrolmentAgent(
  dependencies: AgentMakingNeeds & Needs<"configurations">,
  access: TenantAccess<"configuration.manage">,
  configurationName: string,
): Promise<Outcome<EnrolmentAgentEntry>> {
  const { configurations, authorityDirectory } = dependencies;
  const configuration = await configurations.findConfiguration(access.tenantId, configurationName);
  if (!configuration) return notFound("SCEP configuration");
  const { certificateAuthorityId } = configuration;
  const authority = await authorityDirectory.findAuthority(access.tenantId, certificateAuthorityId);
  if (authority?.ownAgent) {
    return conflict("The certificate authority is its own enrolment agent; it needs no other.");
  }
  if (!authority?.certificate)
    return conflict("The configuration's certificate authority has no certificate yet.");
  const occasion = { kind: "wished" } as const;
  const wish = { configuration, certificateAuthorityId, occasion, by: access };
  const made = await makeAgent(dependencies, wish);
  if (!made.ok) return conflict(made.error.detail);
  return made.value ? ok(made.value) : conflict("Somebody else has just issued one; look again.");
}

export async function listEnrolmentAgents(
  { configurations, agents }: Needs<"configurations" | "agents">,
  access: TenantAccess<"configuration.read">,
  configurationName: string,
): Promise<Outcome<readonly EnrolmentAgentEntry[]>> {
  const configuration = await configurations.findConfiguration(access.tenantId, configurationName);
  return configuration
    ? ok(await agents.listAgents(access.tenantId, configuration.id))
    : notFound("SCEP configuration");
}

/** The one that signs, and that GetCACert shows. Those that a staged CA has certified wait for its promotion. */
export async function currentAgent(
  { agents }: Needs<"agents">,
  { id, tenantId, certificateAuthorityId }: ConfigurationEntry,
): Promise<EnrolmentAgentEntry | undefined> {
  const all = await agents.listAgents(tenantId, id);
  return all.find((agent) => agent.certificateAuthorityId === certificateAuthorityId);
}
