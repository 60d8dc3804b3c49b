/** How far a succession has come, and who has not noticed it yet: as far as that can be known here. */
import { parseCertificate } from "../pki/certificate.ts";
import { equalBytes } from "../pki/bytes.ts";
import type { CertificateFetches, SuccessionEntry } from "../ports/authority-succession-store.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import { notFound, type Outcome } from "./refusal.ts";
import { isWithdrawn } from "./successor-withdrawal.ts";

export const successionStates = [
  "creating",
  "awaiting-certificate",
  /** Announced within a minute. */
  "ready",
  "staged",
  "promoting",
  "promoted",
  "withdrawn",
] as const;
export type SuccessionState = (typeof successionStates)[number];

/** One configuration of the tenant that asks. */
export interface SuccessionOfConfiguration {
  readonly name: string;
  /** It issues through the successor. */
  readonly moved: boolean;
  /** Its agent from the successor is made; true where none is needed. */
  readonly agentReady: boolean;
  /** Since the successor was staged. Devices below it that keep what they fetched once are not seen. */
  readonly fetches: readonly CertificateFetches[];
  /** Devices' certificates that are valid now: the first number falls as they renew, and reaches zero. */
  readonly certificatesOfPredecessor: number;
  readonly certificatesOfSuccessor: number;
}

export interface SuccessionReport extends SuccessionEntry {
  readonly state: SuccessionState;
  /** The new root, when it is another one: devices and relying parties must trust it before the promotion. */
  readonly deployFirst: Uint8Array | undefined;
  readonly configurations: readonly SuccessionOfConfiguration[];
  /** Of other tenants, on a shared CA. */
  readonly otherConfigurations: number;
}

type ReportNeeds = Needs<"authorityDirectory" | "authorities" | "successions" | "agents" | "clock">;

/** @param idOrName of the CA that is followed, or of the one that follows it */
export async function reportSuccession(
  dependencies: ReportNeeds,
  access: TenantAccess<"authority.read"> | TenantAccess<"authority.manage">,
  idOrName: string,
): Promise<Outcome<SuccessionReport>> {
  const { successions, authorityDirectory, clock } = dependencies;
  const found = await authorityDirectory.findAuthority(access.tenantId, idOrName);
  if (!found) return notFound("certificate authority");
  const { id, predecessorId } = found;
  const succession =
    (await successions.findSuccession(id)) ??
    (predecessorId === undefined ? undefined : await successions.findSuccession(predecessorId));
  if (!succession) return notFound("successor");
  const { predecessor, successor } = succession;
  const [rootBefore, rootAfter] = await Promise.all(
    [predecessor.id, successor.id].map(async (one) =>
      (await authorityDirectory.findChain(one))?.at(-1),
    ),
  );
  const sameRoot = rootBefore && rootAfter && equalBytes(rootBefore, rootAfter);
  const configurations = await describeConfigurations(dependencies, access, succession);
  const all = await Promise.all(
    [predecessor.id, successor.id].map((one) => successions.listConfigurationIds(one)),
  );
  return ok({
    ...succession,
    state: stateOf(succession, clock.now()),
    deployFirst: sameRoot ? undefined : rootAfter,
    configurations,
    otherConfigurations: all.flat().length - configurations.length,
  });
}

function stateOf(succession: SuccessionEntry, now: Date): SuccessionState {
  const { state, stagedAt, promotedAt, promoteAt, promotionBegunAt } = succession.successor;
  if (isWithdrawn(succession.successor)) return "withdrawn";
  if (promotedAt) return "promoted";
  if (state === "creating" || state === "awaiting-certificate") return state;
  if (promotionBegunAt || (promoteAt && promoteAt <= now)) return "promoting";
  return stagedAt ? "staged" : "ready";
}

async function describeConfigurations(
  { successions, authorities, agents, clock }: ReportNeeds,
  { tenantId }: TenantAccess,
  { predecessor, successor }: SuccessionEntry,
): Promise<readonly SuccessionOfConfiguration[]> {
  const [waiting, moved] = await Promise.all(
    [predecessor.id, successor.id].map((id) => successions.listConfigurations(id, tenantId)),
  );
  const all = [...(waiting ?? []), ...(moved ?? [])];
  const ids = all.map(({ id }) => id);
  const fetches = await successions.listFetches(successor.id);
  const before = await authorities.get(predecessor.id).countValidCertificates(ids);
  const after = successor.certificate
    ? await authorities.get(successor.id).countValidCertificates(ids)
    : {};
  const now = clock.now();
  return await Promise.all(
    all.map(async ({ id, name, certificateAuthorityId }) => ({
      name,
      moved: certificateAuthorityId === successor.id,
      agentReady:
        successor.ownAgent ||
        (await agents.listAgents(tenantId, id)).some(
          (agent) => agent.certificateAuthorityId === successor.id && agent.notAfter > now,
        ),
      fetches: fetches.filter(({ configurationId }) => configurationId === id),
      certificatesOfPredecessor: before[id] ?? 0,
      certificatesOfSuccessor: after[id] ?? 0,
    })),
  );
}

/** For people: what has to be done before the promotion. */
export function adviceOf({ deployFirst, predecessor, successor }: SuccessionReport): string {
  if (!successor.certificate) return "The successor waits for its certificate.";
  if (!deployFirst) {
    return "The root stays the same: whoever trusts it trusts the successor's certificates too, and no device is touched. Only profiles and servers that name the issuing CA itself (Android profiles, pinned issuers) want the successor's certificate added.";
  }
  const { notBefore } = parseCertificate(deployFirst);
  return `The root changes: before "${successor.name}" takes the place of "${predecessor.name}", give the new root (made ${notBefore.toISOString().slice(0, 10)}) to all devices and to all that verify their certificates, beside the old one.`;
}
