/**
 * The keys in a CA's object under MASTER_KEYS: once in each of the object's lives its own key is opened, so that trouble is
 * known before a device meets it, and whatever names an older version of the secret is wrapped anew, a few rows at a
 * time. Each row is changed only if it is still what was read, so dying anywhere leaves rows that can be read.
 */
import type { KeyWrapping, WrappingContext } from "../ports/key-wrapping.ts";
import type { Job } from "./alarms.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";
import { asOctets, asText, optional } from "./sql-values.ts";

const rewrappedAtOnce = 20;

export class KeyUpkeep implements Job {
  readonly name = "keys";
  readonly #sql: SqlStorage;
  readonly #identity: AuthorityIdentity;
  readonly #keyWrapping: KeyWrapping;
  #opened = false;

  constructor(sql: SqlStorage, identity: AuthorityIdentity, keyWrapping: KeyWrapping) {
    this.#sql = sql;
    this.#identity = identity;
    this.#keyWrapping = keyWrapping;
  }

  due(): number | undefined {
    if (this.#identity.id === undefined) return undefined;
    const outdated = this.versions().some((version) => version !== this.#keyWrapping.version);
    return !this.#opened || outdated ? 0 : undefined;
  }

  async run(): Promise<void> {
    await this.#identity.rewrapKey();
    this.#opened = true;
    await this.#rewrapReplyKeys();
  }

  /** Versions of MASTER_KEYS that something here needs. */
  versions(): readonly number[] {
    if (this.#identity.id === undefined) return [];
    const { wrappedKey } = this.#identity.record();
    const replyKeys = this.#sql
      .exec(
        "SELECT DISTINCT substr(wrapped_reply_key, 1, 1) AS version FROM enrolment_requests WHERE wrapped_reply_key IS NOT NULL",
      )
      .toArray()
      .map((row) => asOctets(row["version"])[0] ?? 0);
    return [...new Set([wrappedKey[0] ?? 0, ...replyKeys])].toSorted((one, other) => one - other);
  }

  async #rewrapReplyKeys(): Promise<void> {
    // At random: one that does not open must not keep the others waiting for ever.
    const rows = this.#sql
      .exec(
        `SELECT id, configuration_id, transaction_id, wrapped_reply_key, json_extract(request, '$.tenantId') AS tenant
         FROM enrolment_requests WHERE wrapped_reply_key IS NOT NULL AND substr(wrapped_reply_key, 1, 1) <> ?
         ORDER BY random() LIMIT ?`,
        Uint8Array.of(this.#keyWrapping.version),
        rewrappedAtOnce,
      )
      .toArray();
    for (const row of rows) {
      const before = asOctets(row["wrapped_reply_key"]);
      const context: WrappingContext = {
        tenant: optional(row["tenant"], asText) ?? this.#identity.record().tenant,
        kind: "reply-key",
        id: `${asText(row["configuration_id"])}/${asText(row["transaction_id"])}`,
      };
      const after = await this.#keyWrapping.rewrap(before, context);
      this.#sql.exec(
        "UPDATE enrolment_requests SET wrapped_reply_key = ? WHERE id = ? AND wrapped_reply_key = ?",
        after,
        asText(row["id"]),
        before,
      );
    }
  }
}
