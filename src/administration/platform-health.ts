/** Whether the deployment works as a whole, for its operators. */
import type { Backlog, PlatformTrouble, UpkeepRun } from "../ports/platform-record.ts";
import { ok } from "../result.ts";
import type { OperatorAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import { type MasterKeyReport, reportMasterKeys } from "./master-keys.ts";
import type { Outcome } from "./refusal.ts";

export interface PlatformHealth {
  readonly bindings: Readonly<Record<string, "ok" | "failing">>;
  readonly upkeep: UpkeepRun | undefined;
  /** The clock comes every minute; five without it are too many. */
  readonly isUpkeepLate: boolean;
  readonly backlogs: readonly Backlog[];
  readonly troubles: readonly PlatformTrouble[];
  readonly masterKeys: MasterKeyReport;
}

const lateMilliseconds = 5 * 60_000;
const shownMilliseconds = 7 * 86_400_000;
const mostTroubles = 50;

export async function readPlatformHealth(
  dependencies: Needs<
    "health" | "platformRecord" | "authorityDirectory" | "wrappedSecrets" | "keyWrapping" | "clock"
  >,
  access: OperatorAccess,
): Promise<Outcome<PlatformHealth>> {
  const { health, platformRecord, clock } = dependencies;
  const now = clock.now().getTime();
  const since = new Date(now - shownMilliseconds);
  const [bindings, upkeep, backlogs, troubles, masterKeys] = await Promise.all([
    health.check(),
    platformRecord.findUpkeep(),
    platformRecord.countBacklog(since),
    platformRecord.listTroubles(since, mostTroubles),
    reportMasterKeys(dependencies, access),
  ]);
  if (!masterKeys.ok) return masterKeys;
  const isUpkeepLate = !upkeep || now - upkeep.endedAt.getTime() > lateMilliseconds;
  return ok({ bindings, upkeep, isUpkeepLate, backlogs, troubles, masterKeys: masterKeys.value });
}
