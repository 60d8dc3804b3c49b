/**
 * How a CA takes its predecessor's place. Every step may be repeated, and the clock repeats what was not finished:
 * 1. The predecessor announces the successor (GetNextCACert, `/pki/`).
 * 2. Each configuration gets an agent from the successor, which waits.
 * 3. The predecessor hands over: from here on it begins nothing new, so what it has counted of tokens is final and is
 *    carried to the successor. Requests in between are asked to come again, and find the next step done.
 * 4. The directory says so, and each configuration moves by one statement: its CA, its chain, and with them the agent
 *    that signs.
 */
import type {
  SucceedingConfiguration,
  SuccessionEntry,
} from "../ports/authority-succession-store.ts";
import type { ChainItem } from "../ports/scep-configuration-directory.ts";
import { type AgentMakingNeeds, makeAgent } from "./agent-making.ts";
import { type ActingParty, auditEvent, systemOf } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { itemsOfLine, succeededChain } from "./succeeded-chain.ts";

export type SuccessionNeeds = AgentMakingNeeds & Needs<"successions" | "log">;

export async function announce(
  dependencies: SuccessionNeeds,
  { predecessor, successor }: SuccessionEntry,
  by: ActingParty,
): Promise<void> {
  const { authorityDirectory, authorities, successions, clock } = dependencies;
  const chain = await authorityDirectory.findChain(successor.id);
  if (!chain) throw new Error(`CA ${successor.id} is ready and has no certificate.`);
  await authorities.get(predecessor.id).stageSuccessor([...chain], successor.id);
  const event = auditEvent(
    by,
    clock.now(),
    "certificate-authority.successor-staged",
    successor.id,
    {
      predecessor: predecessor.id,
    },
  );
  await successions.markStaged(successor.id, event);
  const current = await successions.findSuccession(predecessor.id);
  // Withdrawn while it was told: that came too late to take this back.
  if (current?.successor.id === successor.id && current.successor.state !== "ready")
    await authorities.get(predecessor.id).unstageSuccessor();
  await tellCaches(dependencies, predecessor.id);
}

/** What this isolate says about the CA's configurations is old. */
export async function tellCaches(
  { successions, configurationChanges }: SuccessionNeeds,
  authorityId: string,
): Promise<void> {
  for (const id of await successions.listConfigurationIds(authorityId))
    configurationChanges.changed(id);
}

export async function prepareAgent(
  dependencies: SuccessionNeeds,
  { configuration, successor }: SucceedingConfiguration,
): Promise<void> {
  const made = await makeAgent(dependencies, {
    ...{ configuration, certificateAuthorityId: successor.id },
    ...{ occasion: { kind: "first" }, by: systemOf(configuration.tenantId) },
  });
  if (!made.ok) throw new Error(`No agent for "${configuration.name}": ${made.error.detail}`);
}

const tokensAtOnce = 500;

/**
 * @param agentsAtMost how many agents may still be made now
 * @returns false when more are lacking, the next minute goes on; and when it was withdrawn or put off meanwhile
 */
export async function promote(
  dependencies: SuccessionNeeds,
  succession: SuccessionEntry,
  agentsAtMost: number,
): Promise<boolean> {
  const { authorities, successions, clock } = dependencies;
  const { predecessor, successor } = succession;
  for (const waiting of await successions.listUnprepared(agentsAtMost, predecessor.id))
    await prepareAgent(dependencies, waiting);
  if ((await successions.listUnprepared(1, predecessor.id)).length > 0) return false;

  const by = systemOf(successor.tenantId);
  const promotion = { predecessor: predecessor.id };
  const begun = auditEvent(
    by,
    clock.now(),
    "certificate-authority.promotion-begun",
    successor.id,
    promotion,
  );
  // Unless somebody has begun it by hand.
  await successions.beginPromotion(succession, "date", begun);
  const current = await successions.findSuccession(predecessor.id);
  // Handing over cannot be undone. What has begun is neither withdrawn nor ended; what has not, is.
  if (current?.successor.id !== successor.id || !current.successor.promotionBegunAt) return false;
  if (current.successor.state !== "ready") return false;

  const [from, to] = [authorities.get(predecessor.id), authorities.get(successor.id)];
  await from.handOver(successor.id);
  for (let after = ""; ;) {
    const tallies = await from.readTokens(after, tokensAtOnce);
    if (tallies.length > 0) await to.takeOverTokens(tallies);
    const last = tallies.at(-1);
    if (!last || tallies.length < tokensAtOnce) break;
    after = last.tokenId;
  }
  const now = clock.now();
  const retireAt = (await from.lastCertificateEnd()) ?? now;
  const event = auditEvent(by, now, "certificate-authority.promoted", successor.id, promotion);
  await successions.markPromoted(succession, now, retireAt, event);
  await moveConfigurations(dependencies);
  return true;
}

const movedAtOnce = 50;
const roundsAtMost = 10;

/** All that are due, of any succession: one that was made meanwhile, or that an earlier call did not come to. */
export async function moveConfigurations(dependencies: SuccessionNeeds): Promise<void> {
  const lines = new Map<string, Promise<readonly ChainItem[]>>();
  const itemsOf = (id: string): Promise<readonly ChainItem[]> => {
    const known = lines.get(id) ?? dependencies.successions.listLine(id).then(itemsOfLine);
    lines.set(id, known);
    return known;
  };
  // However many are stuck, each round comes to others.
  const stuck: string[] = [];
  for (let round = 0; round < roundsAtMost; round++) {
    const waiting = await dependencies.successions.listUnmoved(movedAtOnce, stuck);
    for (const moving of waiting) {
      try {
        await move(dependencies, moving, itemsOf);
      } catch (error) {
        stuck.push(moving.configuration.id);
        dependencies.log.fault(moving.configuration.id, error);
      }
    }
    if (waiting.length < movedAtOnce) return;
  }
}

async function move(
  dependencies: SuccessionNeeds,
  moving: SucceedingConfiguration,
  itemsOf: (authorityId: string) => Promise<readonly ChainItem[]>,
): Promise<void> {
  const { successions, configurationChanges, clock } = dependencies;
  const { configuration, predecessor, successor } = moving;
  // One that was made while its CA handed over has no agent of the successor's yet.
  if (!successor.ownAgent) await prepareAgent(dependencies, moving);
  const chain = succeededChain(
    configuration.chain,
    await itemsOf(predecessor.id),
    await itemsOf(successor.id),
  );
  const by = systemOf(configuration.tenantId);
  const event = auditEvent(by, clock.now(), "scep-configuration.moved", configuration.id, {
    name: configuration.name,
    before: { certificateAuthority: predecessor.id, chain: configuration.chain },
    after: { certificateAuthority: successor.id, chain },
  });
  await successions.moveConfiguration(moving, chain, event);
  configurationChanges.changed(configuration.id);
}
