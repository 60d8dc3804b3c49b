/**
 * What the clock asks of enrolment agents, every minute: whose last third has begun gets a successor, and what has ended
 * goes, with its key. A claim moves the due date on, so two clocks at once do not take the same ones, and whoever dies
 * over one, or fails, has it tried again after a while.
 */
import type { EnrolmentAgentEntry } from "../ports/enrolment-agent-store.ts";
import { type AgentMakingNeeds, makeAgent } from "./agent-making.ts";
import { systemOf } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";

/** A key takes a fraction of a second; whoever is left is the first of the next minute. */
const renewedAtOnce = 5;
const forgottenAtOnce = 100;
const againAfterMilliseconds = 15 * 60_000;

type UpkeepNeeds = AgentMakingNeeds & Needs<"configurations" | "log">;

export async function keepUpAgents(dependencies: UpkeepNeeds): Promise<void> {
  const { agents, clock, log } = dependencies;
  const until = new Date(clock.now().getTime() + againAfterMilliseconds);
  for (const agent of await agents.claimDueAgents(clock.now(), until, renewedAtOnce)) {
    try {
      await renew(dependencies, agent);
    } catch (error) {
      log.fault(agent.id, error);
    }
  }
  await agents.forgetEndedAgents(clock.now(), forgottenAtOnce);
}

async function renew(dependencies: UpkeepNeeds, agent: EnrolmentAgentEntry): Promise<void> {
  const { configurations, agents, log } = dependencies;
  const { id, tenantId, configurationId, certificateAuthorityId } = agent;
  const configuration = await configurations.findConfiguration(tenantId, configurationId);
  if (!configuration) return await agents.stopRenewing(id);
  const renewed = await makeAgent(dependencies, {
    ...{ configuration, certificateAuthorityId, by: systemOf(tenantId) },
    occasion: { kind: "renewal", agentId: id },
  });
  if (renewed.ok) return;
  if (renewed.error.reason === "closed") return await agents.stopRenewing(id);
  log.write({
    event: "alarm",
    alarm: "enrolment_agent_not_renewed",
    tenant: tenantId,
    configuration: configuration.name,
    authority: certificateAuthorityId,
    ends: agent.notAfter.toISOString(),
    reason: renewed.error.detail,
    nextAttemptInSeconds: againAfterMilliseconds / 1000,
  });
}
