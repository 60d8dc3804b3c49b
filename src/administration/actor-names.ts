/** Who acted, as people know them: an API key by its name. What is stored stays `<kind>:<id>`. */
import { type AuditActor, auditActorKinds } from "../ports/audit-log.ts";
import type { Needs } from "./dependencies.ts";

/** The other way round of `actorName`; undefined: it was not made by it. */
export function readActorName(stored: string): AuditActor | undefined {
  const [, start, id] = /^([a-z-]+):(.*)$/s.exec(stored) ?? [];
  const kind = auditActorKinds.find((known) => known === start);
  return kind && id !== undefined ? { kind, id } : undefined;
}

/** @param tenantId undefined: the operators' keys alone */
export async function keyNames(
  { apiKeys }: Needs<"apiKeys">,
  tenantId: string | undefined,
  actors: readonly AuditActor[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(actors.flatMap(({ kind, id }) => (kind === "api-key" ? [id] : [])));
  const keys = await Promise.all(
    [...ids].map(
      async (id) =>
        // An operator's key acts in tenants as well.
        (tenantId === undefined ? undefined : await apiKeys.findApiKey({ tenantId }, id)) ??
        (await apiKeys.findApiKey("operators", id)),
    ),
  );
  return new Map(keys.flatMap((key) => (key ? [[key.id, key.name] as const] : [])));
}
