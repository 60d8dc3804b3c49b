/** Whether the audit log is as it was written: its chain walked through, from link to link. */
import { equalBytes } from "../pki/bytes.ts";
import type { OperatorAccess, TenantAccess } from "./access.ts";
import {
  beginning,
  chainOf,
  decodeHead,
  headContext,
  isLate,
  isSameHead,
  latestArrivalMilliseconds,
  linkHash,
  type SealedHead,
} from "./audit-chain.ts";
import type { Needs } from "./dependencies.ts";
import { firstIdAt } from "./identifier.ts";

const pageSize = 500;
/** The newest ones: more take longer than a page may. */
const mostVerified = 50_000;

export const auditTroubles = [
  /** An event is not what its link was made of. */
  "altered",
  /** An event's link is there, the event is not. */
  "removed",
  /** A link is missing between two others. */
  "gap",
  /** The newest link is not the one that was sealed: links were removed at the end, or made by somebody else. */
  "head",
  /** An event stands in no chain, and is too old for that. */
  "added",
] as const;
export type AuditTrouble = (typeof auditTroubles)[number];

export interface AuditVerification {
  /** Links that are good. */
  readonly verified: number;
  /** Where it began: 1, or a later one where there are very many. */
  readonly from: number;
  /** To be compared with one that was noted down, or told to the log, before. */
  readonly head: (SealedHead & { readonly sealedAt: Date }) | undefined;
  /** Linked long after they were written: what was done to them before that is not known. */
  readonly late: { readonly count: number; readonly lastAt: Date } | undefined;
  /** The newest events, which the clock links within a minute. */
  readonly waiting: number;
  /** The first one, or none: the log is as it was written. */
  readonly trouble:
    | { readonly kind: AuditTrouble; readonly sequence?: number; readonly eventId?: string }
    | undefined;
}

type VerificationNeeds = Needs<"auditChain" | "keyWrapping" | "clock">;

export const verifyAuditLog = (
  dependencies: VerificationNeeds,
  { tenantId }: TenantAccess<"audit.read">,
): Promise<AuditVerification> => verify(dependencies, tenantId);

/** Of what concerns the deployment and no single tenant. */
export const verifyDeploymentLog = (
  dependencies: VerificationNeeds,
  _access: OperatorAccess,
): Promise<AuditVerification> => verify(dependencies, undefined);

async function verify(
  dependencies: VerificationNeeds,
  tenantId: string | undefined,
): Promise<AuditVerification> {
  const { auditChain, clock } = dependencies;
  const recent = firstIdAt(new Date(clock.now().getTime() - latestArrivalMilliseconds));
  const { stored, walked } = await walkToHead(dependencies, tenantId);
  const sealed = stored && (await unsealed(dependencies, tenantId, stored));
  const found = {
    verified: walked.verified,
    from: walked.from,
    late: walked.late,
    head: stored && sealed && { ...sealed, sealedAt: stored.sealedAt },
    waiting: await auditChain.countUnlinked(tenantId, { since: recent }),
  };
  if (walked.trouble) return { ...found, trouble: walked.trouble };
  if (!isSameHead(sealed ?? noHead, walked.last))
    return { ...found, trouble: { kind: "head", sequence: walked.last.sequence } };
  const added = await auditChain.countUnlinked(tenantId, { before: recent });
  return { ...found, trouble: added > 0 ? { kind: "added" } : undefined };
}

const noHead: SealedHead = { sequence: 0, hash: beginning };

/** The clock may link more meanwhile: then the walk was not to the head that was read, and is taken again. */
async function walkToHead(dependencies: VerificationNeeds, tenantId: string | undefined) {
  const { auditChain } = dependencies;
  const chain = chainOf(tenantId);
  let stored = await auditChain.findHead(chain);
  for (;;) {
    const walked = await walk(dependencies, tenantId, stored?.sequence ?? 0);
    const now = await auditChain.findHead(chain);
    if (now?.sequence === stored?.sequence) return { stored: now, walked };
    stored = now;
  }
}

interface Walked {
  readonly from: number;
  readonly verified: number;
  readonly late: AuditVerification["late"];
  readonly last: SealedHead;
  readonly trouble?: AuditVerification["trouble"];
}

async function walk(
  { auditChain }: VerificationNeeds,
  tenantId: string | undefined,
  head: number,
): Promise<Walked> {
  const chain = chainOf(tenantId);
  const from = Math.max(1, head - mostVerified + 1);
  let verified = 0;
  let late: AuditVerification["late"];
  let last: SealedHead = { ...noHead, sequence: from - 1 };
  const at = (kind: AuditTrouble, sequence: number, eventId?: string): Walked => ({
    ...{ from, verified, late, last },
    trouble: { kind, sequence, ...(eventId !== undefined && { eventId }) },
  });
  if (from > 1) {
    const [before] = await auditChain.readLinks(chain, from - 2, 1);
    if (before?.link.sequence !== from - 1) return at("gap", from - 1);
    last = before.link;
  }
  for (;;) {
    const page = await auditChain.readLinks(chain, last.sequence, pageSize);
    for (const { link, event } of page) {
      const sequence = last.sequence + 1;
      if (link.sequence !== sequence) return at("gap", sequence);
      if (!event) return at("removed", sequence, link.eventId);
      const hash = await linkHash(last.hash, link, event);
      if (!equalBytes(hash, link.hash) || event.tenantId !== tenantId)
        return at("altered", sequence, link.eventId);
      last = { sequence, hash };
      if (isLate(event, link.linkedAt))
        late = { count: (late?.count ?? 0) + 1, lastAt: link.linkedAt };
      verified++;
    }
    if (page.length < pageSize) return { from, verified, late, last };
  }
}

/** Undefined: it was not made with one of our master keys, or is about another sequence. */
async function unsealed(
  { keyWrapping }: VerificationNeeds,
  tenantId: string | undefined,
  { wrapped, sequence }: { readonly wrapped: Uint8Array; readonly sequence: number },
): Promise<SealedHead | undefined> {
  try {
    const head = decodeHead(await keyWrapping.unwrap(wrapped, headContext(tenantId)));
    return head.sequence === sequence ? head : undefined;
  } catch {
    return undefined;
  }
}
