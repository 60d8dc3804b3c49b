/** The place of a CA that another one will take, or has taken. */
import { buildNextCaCertificates } from "../scep/next-ca-certificates.ts";
import type { TokenTally } from "../ports/authority-succession.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";
import type { CertificateLedger } from "./certificate-ledger.ts";
import { nowInSeconds } from "./issuing.ts";
import type { Outbox } from "./outbox.ts";
import { asNumber, asOctets, asText, optional } from "./sql-values.ts";

export class Succession {
  readonly #storage: DurableObjectStorage;
  readonly #ledger: CertificateLedger;
  readonly #identity: AuthorityIdentity;
  readonly #outbox: Outbox;

  constructor(
    storage: DurableObjectStorage,
    ledger: CertificateLedger,
    identity: AuthorityIdentity,
    outbox: Outbox,
  ) {
    this.#storage = storage;
    this.#ledger = ledger;
    this.#identity = identity;
    this.#outbox = outbox;
  }

  async stage(
    certificatesDer: readonly Uint8Array[],
    successorId: string | undefined,
  ): Promise<void> {
    const { certificateDer = new Uint8Array(0) } = this.#identity.state();
    const signer = await this.#identity.signer();
    const body = await buildNextCaCertificates(certificatesDer, certificateDer, signer);
    const { id } = this.#identity.record();
    const now = nowInSeconds();
    this.#storage.transactionSync(() => {
      const known = this.#storage.sql.exec("DELETE FROM successor").rowsWritten > 0;
      this.#storage.sql.exec("INSERT INTO successor (body) VALUES (?)", body);
      // Told once, however often the staging had to be tried.
      if (known) return;
      this.#ledger.journal("successor-staged", id, now);
      this.#outbox.put("successor-staged", id, { successor: successorId }, now);
    });
  }

  unstage(): void {
    this.#storage.transactionSync(() => {
      if (this.#storage.sql.exec("DELETE FROM successor").rowsWritten > 0)
        this.#ledger.journal("successor-withdrawn", this.#identity.record().id, nowInSeconds());
    });
  }

  announced(): Uint8Array | undefined {
    const [row] = this.#storage.sql.exec("SELECT body FROM successor").toArray();
    return row && asOctets(row["body"]);
  }

  handOver(successorId: string): void {
    const { id } = this.#identity.record();
    const now = nowInSeconds();
    this.#storage.transactionSync(() => {
      if (!this.#identity.succeed(now)) return;
      this.#storage.sql.exec("DELETE FROM successor");
      this.#ledger.journal("succeeded", id, now);
      this.#outbox.put("successor-promoted", id, { successor: successorId }, now);
    });
  }

  readTokens(after: string, limit: number): readonly TokenTally[] {
    return this.#storage.sql
      .exec(
        "SELECT id, uses, revoked_at FROM tokens WHERE id > ? ORDER BY id LIMIT ?",
        after,
        limit,
      )
      .toArray()
      .map((row) => {
        const revokedAtSeconds = optional(row["revoked_at"], asNumber);
        return {
          tokenId: asText(row["id"]),
          uses: asNumber(row["uses"]),
          ...(revokedAtSeconds !== undefined && { revokedAtSeconds }),
        };
      });
  }

  takeOverTokens(tallies: readonly TokenTally[]): void {
    this.#storage.transactionSync(() => {
      for (const { tokenId, uses, revokedAtSeconds } of tallies) {
        this.#storage.sql.exec(
          `INSERT INTO tokens (id, uses, revoked_at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET
             uses = max(uses, excluded.uses), revoked_at = coalesce(revoked_at, excluded.revoked_at)`,
          tokenId,
          uses,
          revokedAtSeconds ?? null,
        );
      }
    });
  }

  lastCertificateEnd(): Date | undefined {
    const row = this.#storage.sql
      .exec(
        "SELECT max(not_after) AS last FROM certificates WHERE status = 'issued' AND purpose NOT IN ('root', 'ocsp-responder')",
      )
      .one();
    const seconds = optional(row["last"], asNumber);
    return seconds === undefined ? undefined : new Date(seconds * 1000);
  }

  countValid(configurationIds: readonly string[]): Readonly<Record<string, number>> {
    const now = nowInSeconds();
    return Object.fromEntries(
      configurationIds.map((configurationId) => {
        const row = this.#storage.sql
          .exec(
            `SELECT count(*) AS number FROM certificates WHERE configuration_id = ? AND purpose = 'end-entity' AND status = 'issued'
               AND not_after > ? AND serial NOT IN (SELECT serial FROM revocations WHERE released_at IS NULL)`,
            configurationId,
            now,
          )
          .one();
        return [configurationId, asNumber(row["number"])];
      }),
    );
  }
}
