/** Certificates per day and configuration: issued and revoked in the days past, ending in the days to come. */
import type { DailyCount } from "../ports/certificate-inventory.ts";
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import { type InventoryNeeds, issuingAuthorities } from "./issuing-authorities.ts";

export interface NamedCount {
  readonly configurationName: string;
  readonly what: DailyCount["what"];
  /** The beginning of the day, UTC. */
  readonly date: Date;
  readonly count: number;
}

const dayMilliseconds = 86_400_000;

/** In the order of the days. @param days today is one of them, in both directions */
export async function certificateStatistics(
  dependencies: InventoryNeeds & Needs<"clock">,
  access: TenantAccess<"certificate.read">,
  days: number,
): Promise<readonly NamedCount[]> {
  const today = Math.floor(dependencies.clock.now().getTime() / dayMilliseconds);
  const counts = await Promise.all(
    (await issuingAuthorities(dependencies, access)).map(async ({ client, configurations }) => {
      const found = await client.countCertificates({
        configurationIds: [...configurations.keys()],
        fromDay: today - days + 1,
        toDay: today + days - 1,
      });
      return found.flatMap(({ configurationId, what, day, count }) => {
        const configurationName = configurations.get(configurationId);
        const shown = what === "expiring" ? day >= today : day <= today;
        return configurationName !== undefined && shown
          ? [{ configurationName, what, date: new Date(day * dayMilliseconds), count }]
          : [];
      });
    }),
  );
  return counts.flat().toSorted((one, other) => one.date.getTime() - other.date.getTime());
}
