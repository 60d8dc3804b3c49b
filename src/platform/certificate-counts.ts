/** How many certificates a day: kept counts, and the tail that is not counted yet. No scan of what there is. */
import type { CountedDays, DailyCount } from "../ports/certificate-inventory.ts";
import { type InventoryIndex, revocationInForce, stateOfCertificate } from "./inventory-index.ts";
import { asNumber, asText } from "./sql-values.ts";

const daySeconds = 86_400;

export class CertificateCounts {
  readonly #sql: SqlStorage;
  readonly #index: InventoryIndex;

  constructor(sql: SqlStorage, index: InventoryIndex) {
    this.#sql = sql;
    this.#index = index;
  }

  /** In no particular order; days without any are left out. */
  count({ configurationIds, fromDay, toDay }: CountedDays): readonly DailyCount[] {
    const own = JSON.stringify(configurationIds);
    const rows = this.#sql.exec(
      `WITH tail AS (SELECT c.configuration_id, ${stateOfCertificate} AS state, c.recorded_at, c.not_after, r.revoked_at
         FROM certificates c ${revocationInForce}
         -- The plus keeps the tail from being looked for through all that a configuration has issued.
         WHERE c.id > ? AND +c.configuration_id IN (SELECT value FROM json_each(?))),
       counted AS (
         SELECT configuration_id, what, day, count FROM daily_counts
           WHERE configuration_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?
         UNION ALL SELECT configuration_id, 'issued', recorded_at / ${daySeconds}, 1 FROM tail WHERE state <> 'abandoned'
         UNION ALL SELECT configuration_id, 'expiring', not_after / ${daySeconds}, 1 FROM tail WHERE state = 'issued'
         UNION ALL SELECT configuration_id, 'revoked', revoked_at / ${daySeconds}, 1 FROM tail WHERE state = 'revoked')
       SELECT configuration_id, what, day, sum(count) AS count FROM counted WHERE day BETWEEN ? AND ?
       GROUP BY configuration_id, what, day HAVING sum(count) > 0`,
      this.#index.indexedUpTo,
      own,
      own,
      fromDay,
      toDay,
      fromDay,
      toDay,
    );
    return rows.toArray().map((row) => ({
      configurationId: asText(row["configuration_id"]),
      what: asText(row["what"]) as DailyCount["what"],
      day: asNumber(row["day"]),
      count: asNumber(row["count"]),
    }));
  }
}
