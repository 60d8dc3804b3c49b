/**
 * The chain of hashes over the audit log. Link n is SHA-256 over link n-1 (32 zero octets before the first) and, in UTF-8,
 * the JSON array [n, time of linking, id, tenant or null, time, actor's kind, actor's id, action, target, details]: who has an
 * export can recompute it. The head is sealed under MASTER_KEYS, and told to the log, where a copy is out of the database's reach.
 */
import { equalBytes, toHex } from "../pki/bytes.ts";
import { sha256 } from "../pki/digest.ts";
import type { AuditLink, ChainName } from "../ports/audit-chain.ts";
import type { AuditEvent } from "../ports/audit-log.ts";
import type { WrappingContext } from "../ports/key-wrapping.ts";
import type { Needs } from "./dependencies.ts";
import { firstIdAt } from "./identifier.ts";

/** Linked by one turn of the clock; the next one goes on. */
const eventsAtOnce = 500;
/** Chains that are left out of one turn; with more, the deployment has another trouble. */
const mostTroubled = 50;
const round = "audit-events";
/** Statements of one batch. */
const linksAtOnce = 50;
/** What is written, or linked, later than this after it was made is told by verification. */
export const latestArrivalMilliseconds = 3600_000;

/** Linked when somebody may have had the time to change it: the clock did not come by, or the chain was taken away. */
export const isLate = ({ at }: AuditEvent, linkedAt: Date): boolean =>
  linkedAt.getTime() - at.getTime() > latestArrivalMilliseconds;

export const beginning = new Uint8Array(32);

export const chainOf = (tenantId: string | undefined): ChainName => tenantId ?? "deployment";

export async function linkHash(
  previous: Uint8Array,
  { sequence, linkedAt }: Pick<AuditLink, "sequence" | "linkedAt">,
  { id, tenantId, at, actor, action, targetId, details }: AuditEvent,
): Promise<Uint8Array> {
  const said = [
    sequence,
    linkedAt,
    id,
    tenantId ?? null,
    at,
    actor.kind,
    actor.id,
    action,
    targetId,
    details,
  ];
  const text = new TextEncoder().encode(JSON.stringify(said));
  const octets = new Uint8Array(previous.length + text.length);
  octets.set(previous);
  octets.set(text, previous.length);
  return await sha256(octets);
}

export const headContext = (tenantId: string | undefined): WrappingContext => ({
  tenant: tenantId ?? "shared",
  kind: "audit-head",
  id: chainOf(tenantId),
});

export interface SealedHead {
  readonly sequence: number;
  readonly hash: Uint8Array;
}

function encodeHead({ sequence, hash }: SealedHead): Uint8Array {
  const octets = new Uint8Array(8 + hash.length);
  new DataView(octets.buffer).setBigUint64(0, BigInt(sequence));
  octets.set(hash, 8);
  return octets;
}

export function decodeHead(octets: Uint8Array): SealedHead {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return { sequence: Number(view.getBigUint64(0)), hash: octets.slice(8) };
}

type ChainingNeeds = Needs<"auditChain" | "platformRecord" | "keyWrapping" | "clock" | "log">;

/**
 * By the clock. Two at once, or one that dies anywhere, leave each event with one link. A chain in trouble is logged and
 * keeps no other waiting: its events stay as they are, and verification says so.
 */
export async function chainAuditEvents(dependencies: ChainingNeeds): Promise<void> {
  const { auditChain, platformRecord, clock, log } = dependencies;
  const reached = firstIdAt(new Date(clock.now().getTime() - latestArrivalMilliseconds));
  const stored = (await platformRecord.findRound(round)) ?? "";
  // One that lies ahead was noted when the clock was wrong.
  const from = stored < reached ? stored : reached;
  const troubled: (string | undefined)[] = [];
  for (;;) {
    const events = await auditChain.listUnlinked(from, eventsAtOnce, troubled);
    const chains = Map.groupBy(events, ({ tenantId }) => tenantId);
    const before = troubled.length;
    for (const [tenantId, own] of chains) {
      try {
        await extend(dependencies, tenantId, own);
      } catch (error) {
        log.fault(`audit-chain ${chainOf(tenantId)}`, error);
        troubled.push(tenantId);
      }
    }
    if (troubled.length > before && troubled.length < mostTroubled) continue;
    // Whoever was slow to write is waited for: what is behind this was looked at for an hour.
    const isDone = events.length < eventsAtOnce && troubled.length === 0;
    if (events.length > 0 && isDone && reached !== stored)
      await platformRecord.noteRound(round, reached);
    return;
  }
}

async function extend(
  { auditChain, keyWrapping, clock, log }: ChainingNeeds,
  tenantId: string | undefined,
  events: readonly AuditEvent[],
): Promise<void> {
  const chain = chainOf(tenantId);
  const known = await auditChain.findHead(chain);
  let head: SealedHead = known
    ? decodeHead(await keyWrapping.unwrap(known.wrapped, headContext(tenantId)))
    : { sequence: 0, hash: beginning };
  if (known && known.sequence !== head.sequence)
    throw new Error(`The audit log's chain ${chain} has a head that was altered.`);
  for (let first = 0; first < events.length; first += linksAtOnce) {
    const before = head.sequence;
    const linkedAt = clock.now();
    const links: AuditLink[] = [];
    const some = events.slice(first, first + linksAtOnce);
    for (const event of some) {
      const place = { sequence: head.sequence + 1, linkedAt };
      head = { ...place, hash: await linkHash(head.hash, place, event) };
      links.push({ eventId: event.id, ...place, hash: head.hash });
    }
    const wrapped = await keyWrapping.wrap(encodeHead(head), headContext(tenantId));
    const { sequence, hash } = head;
    const sealed = { sequence, wrapped, sealedAt: linkedAt };
    if (!(await auditChain.append(chain, tenantId, before, links, sealed))) return;
    log.write({ event: "audit-chain", chain, sequence, hash: toHex(hash) });
    const late = some.filter((event) => isLate(event, linkedAt)).length;
    if (late > 0) log.write({ event: "alarm", alarm: "audit_linked_late", chain, events: late });
  }
}

export const isSameHead = (one: SealedHead, other: SealedHead): boolean =>
  one.sequence === other.sequence && equalBytes(one.hash, other.hash);
