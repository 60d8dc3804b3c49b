/** What the clock's work stands on, for the suites in workerd that do it by themselves. */
import { env } from "cloudflare:workers";
import { readEnvironment } from "../../src/env.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import { createStores } from "../../src/storage/stores.ts";
import { authorities } from "./authorities.ts";
import type { Tenant } from "./deployment.ts";

export interface UpkeepRecord {
  readonly events: Record<string, unknown>[];
  /** Ids of configurations. */
  readonly told: string[];
}

export function upkeepDependencies(record: UpkeepRecord) {
  return {
    ...createStores(env.DB),
    authorities,
    keyWrapping: createKeyWrapping(readEnvironment(env).masterKeys),
    configurationChanges: { changed: (id: string) => void record.told.push(id) },
    clock: { now: () => new Date() },
    log: {
      write: (event: Record<string, unknown>) => void record.events.push(event),
      fault: (requestId: string, error: unknown) =>
        void record.events.push({ event: "fault", requestId, message: String(error) }),
    },
  };
}

/** Suites share a database: what other tenants have due would be first in the line. */
export async function nothingDueBut({ id }: Tenant): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("UPDATE enrolment_agents SET renew_at = NULL WHERE tenant_id <> ?").bind(id),
    env.DB.prepare(
      "UPDATE certificate_authorities SET promote_at = NULL, retire_at = NULL WHERE tenant_id <> ?",
    ).bind(id),
  ]);
}
