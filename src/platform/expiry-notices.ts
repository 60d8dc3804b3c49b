/**
 * Tells of the CA's own certificate and of those of our own keys before they end: an agent or responder that has a newer
 * one has been renewed and is no news. Devices' certificates are not told one by one; the inventory is asked for them.
 */
import type { AuthorityEventKind } from "../ports/authority-upkeep.ts";
import type { Job } from "./alarms.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";
import type { Notices } from "./notices.ts";
import { asNumber, asText, optional } from "./sql-values.ts";

const daySeconds = 86_400;

const authorityDays = [90, 30, 7] as const;
/** Renewed when a third of its life remains; these are for when that went wrong. */
const ownKeyDays = [30, 7, 1] as const;

const eventOfPurpose: Readonly<Record<string, AuthorityEventKind>> = {
  "enrolment-agent": "enrolment-agent-expiring",
  "ocsp-responder": "ocsp-responder-expiring",
};

interface Expiring {
  readonly event: AuthorityEventKind;
  readonly subject: string;
  readonly lifeSeconds: number;
  readonly notAfterSeconds: number;
  /** Days before the end at which it is told, from the first to the last. */
  readonly days: readonly number[];
  /** The last that it was told at. */
  readonly toldDays: number | undefined;
  readonly configurationId?: string | undefined;
}

/** A short-lived certificate is told at a quarter of its life, not at its birth. */
const timeOf = ({ notAfterSeconds, lifeSeconds }: Expiring, days: number): number =>
  notAfterSeconds - Math.min(days * daySeconds, Math.floor(lifeSeconds / 4));

const untold = ({ days, toldDays }: Expiring): readonly number[] =>
  toldDays === undefined ? days : days.filter((threshold) => threshold < toldDays);

export class ExpiryNotices implements Job {
  readonly name = "expiry-notices";
  readonly #sql: SqlStorage;
  readonly #identity: AuthorityIdentity;
  readonly #notices: Notices;

  constructor(sql: SqlStorage, identity: AuthorityIdentity, notices: Notices) {
    this.#sql = sql;
    this.#identity = identity;
    this.#notices = notices;
  }

  due(): number | undefined {
    const times = this.#expiring().flatMap((expiring) =>
      untold(expiring)
        .slice(0, 1)
        .map((days) => timeOf(expiring, days)),
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async run(now: number): Promise<void> {
    for (const expiring of this.#expiring()) {
      // After a long sleep only the nearest is news.
      const days = untold(expiring).findLast((threshold) => timeOf(expiring, threshold) <= now);
      if (days === undefined) continue;
      const { event, subject, notAfterSeconds, configurationId } = expiring;
      const details = { notAfter: new Date(notAfterSeconds * 1000), configurationId };
      this.#notices.give(event, subject, String(days), details, now);
    }
  }

  #expiring(): readonly Expiring[] {
    return [...this.#authority(), ...this.#ownKeys()];
  }

  #authority(): readonly Expiring[] {
    const { id } = this.#identity;
    if (id === undefined) return [];
    const { validitySeconds, notAfterSeconds } = this.#identity.record();
    if (notAfterSeconds === undefined) return [];
    const event = "authority-expiring";
    return [
      {
        ...{ event, subject: id, days: authorityDays, notAfterSeconds },
        lifeSeconds: validitySeconds,
        toldDays: this.#notices.lastDays(event, id),
      },
    ];
  }

  /** The newest of each configuration and purpose. */
  #ownKeys(): readonly Expiring[] {
    return this.#sql
      .exec(
        `SELECT purpose, configuration_id, serial, not_before, max(not_after) AS not_after FROM certificates
         WHERE purpose IN ('enrolment-agent', 'ocsp-responder') AND purpose <> 'end-entity' AND NOT EXISTS (
           SELECT 1 FROM revocations WHERE revocations.serial = certificates.serial AND released_at IS NULL)
         GROUP BY purpose, configuration_id`,
      )
      .toArray()
      .flatMap((row) => {
        const event = eventOfPurpose[asText(row["purpose"])];
        if (!event) return [];
        const subject = asText(row["serial"]);
        const notAfterSeconds = asNumber(row["not_after"]);
        return {
          ...{ event, subject, days: ownKeyDays, notAfterSeconds },
          lifeSeconds: notAfterSeconds - asNumber(row["not_before"]),
          toldDays: this.#notices.lastDays(event, subject),
          configurationId: optional(row["configuration_id"], asText),
        };
      });
  }
}
