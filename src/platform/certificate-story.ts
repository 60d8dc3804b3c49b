/** All that the object knows of one certificate: its own row, the request that waited for it, the journal, its relatives. */
import type { CertificateStory, StoryEvent } from "../ports/certificate-inventory.ts";
import type { CertificateLedger } from "./certificate-ledger.ts";
import { asNumber, asText, optional } from "./sql-values.ts";

/** A certificate that was renewed more often is shown with its nearest relatives. */
const mostRelatives = 100;

type Details = Readonly<Record<string, unknown>>;

export class CertificateStories {
  readonly #sql: SqlStorage;
  readonly #ledger: CertificateLedger;

  constructor(sql: SqlStorage, ledger: CertificateLedger) {
    this.#sql = sql;
    this.#ledger = ledger;
  }

  tell(serialNumberHex: string): CertificateStory | undefined {
    const record = this.#ledger.find(serialNumberHex)?.record;
    if (!record) return undefined;
    const row = this.#sql
      .exec(
        "SELECT authorisation, recorded_at, issued_at, signer FROM certificates WHERE serial = ?",
        serialNumberHex,
      )
      .one();
    const issuedAt = optional(row["issued_at"], asNumber);
    const events = [
      ...this.#waiting(serialNumberHex),
      storyEvent(asNumber(row["recorded_at"]), "recorded", {}),
      ...(issuedAt === undefined ? [] : [storyEvent(issuedAt, "issued", {})]),
      ...this.#journal(serialNumberHex),
    ];
    return {
      record,
      authorisation: JSON.parse(asText(row["authorisation"])) as Details,
      // Stable: what happened within one second stays in the order above.
      events: events.toSorted((one, other) => one.at.getTime() - other.at.getTime()),
      renewalOf: this.#ancestors(asText(row["signer"])),
      renewedBy: this.#descendants(serialNumberHex),
    };
  }

  /** The request that waited for a person, and the decision. */
  #waiting(serialNumberHex: string): StoryEvent[] {
    return this.#sql
      .exec(
        `SELECT id, requested_at, decided_at, decided_by, decision_reason FROM enrolment_requests
         WHERE serial = ? ORDER BY rowid`,
        serialNumberHex,
      )
      .toArray()
      .flatMap((row) => {
        const enrolmentRequest = asText(row["id"]);
        const decidedAt = optional(row["decided_at"], asNumber);
        const [by, reason] = [row["decided_by"], row["decision_reason"]];
        return [
          storyEvent(asNumber(row["requested_at"]), "requested", { enrolmentRequest }),
          ...(decidedAt === undefined
            ? []
            : [
                storyEvent(decidedAt, "approved", {
                  enrolmentRequest,
                  by,
                  ...(reason && { reason }),
                }),
              ]),
        ];
      });
  }

  #journal(serialNumberHex: string): StoryEvent[] {
    return this.#sql
      .exec("SELECT at, event, details FROM journal WHERE subject = ? ORDER BY id", serialNumberHex)
      .toArray()
      .map((row) => {
        const details = optional(row["details"], asText);
        const read = details === undefined ? {} : (JSON.parse(details) as Details);
        return storyEvent(asNumber(row["at"]), asText(row["event"]), read);
      });
  }

  /** @param signer a serial number, or another word where there is none */
  #ancestors(signer: string): string[] {
    const found: string[] = [];
    for (let serial: string | undefined = signer; found.length < mostRelatives;) {
      const [row] = this.#sql
        .exec("SELECT signer FROM certificates WHERE serial = ?", serial)
        .toArray();
      if (!row || found.includes(serial)) return found;
      found.push(serial);
      serial = asText(row["signer"]);
    }
    return found;
  }

  #descendants(serialNumberHex: string): string[] {
    const found: string[] = [];
    const open = [serialNumberHex];
    for (let serial = open.shift(); serial !== undefined; serial = open.shift()) {
      const children = this.#sql
        .exec(
          `SELECT serial FROM certificates WHERE signer = ? AND signer NOT IN ('self-signed', 'administration')
           ORDER BY id LIMIT ?`,
          serial,
          mostRelatives - found.length,
        )
        .toArray()
        .map((row) => asText(row["serial"]))
        .filter((child) => !found.includes(child));
      found.push(...children);
      if (found.length < mostRelatives) open.push(...children);
    }
    return found;
  }
}

const storyEvent = (seconds: number, event: string, details: Details): StoryEvent => ({
  at: new Date(seconds * 1000),
  event,
  details,
});
