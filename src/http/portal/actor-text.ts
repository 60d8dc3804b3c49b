/** Who acted, in words. A person is known by the address, an API key by its name, a link by its id. */
import { keyNames, readActorName } from "../../administration/actor-names.ts";
import type { TenantPermission } from "../../administration/permissions.ts";
import type { AuditActor } from "../../ports/audit-log.ts";
import { texts } from "./texts/texts.ts";
import type { TenantVisit } from "./visit.ts";

/** @param name of an API key */
export function actorText({ kind, id }: AuditActor, name?: string): string {
  const words = texts.auditLog.actors[kind];
  return words === "" ? id : `${words} ${name ?? id}`;
}

export type ActorText = (stored: string) => string;

/** @param stored `<kind>:<id>` of each that will be shown */
export async function actorTexts<Allowed extends TenantPermission>(
  { dependencies, access }: TenantVisit<Allowed>,
  stored: readonly (string | undefined)[],
): Promise<ActorText> {
  const actors = stored.flatMap((one) => (one === undefined ? [] : (readActorName(one) ?? [])));
  const names = await keyNames(dependencies, access.tenantId, actors);
  return (one) => {
    const actor = readActorName(one);
    return actor ? actorText(actor, names.get(actor.id)) : one;
  };
}
