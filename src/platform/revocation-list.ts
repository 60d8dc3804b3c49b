/** The CRL of one CA: made anew when half its life is over, its number one higher each time, durable before it is served. */
import type { Issuer } from "../ca/issuance.ts";
import { assembleCertificateList, buildTbsCertList } from "../pki/certificate-list.ts";
import type { CurrentCrl } from "../ports/certificate-revocation.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";
import { eventLog } from "./event-log.ts";
import { asNumber, asOctets } from "./sql-values.ts";

const lifeSeconds = 7 * 86_400;
const backdateSeconds = 300;

export class RevocationList {
  readonly #storage: DurableObjectStorage;
  readonly #identity: AuthorityIdentity;
  #making: Promise<CurrentCrl> | undefined;

  constructor(storage: DurableObjectStorage, identity: AuthorityIdentity) {
    this.#storage = storage;
    this.#identity = identity;
  }

  async current(issuer: Issuer, now: number): Promise<CurrentCrl> {
    const [row] = this.#storage.sql
      .exec("SELECT * FROM revocation_list WHERE next_update > ? ORDER BY number DESC LIMIT 1", now)
      .toArray();
    if (row && asNumber(row["this_update"]) + lifeSeconds / 2 > now) return crlOf(row);
    this.#making ??= this.#make(issuer, now).finally(() => (this.#making = undefined));
    try {
      return await this.#making;
    } catch (error) {
      // A key that cannot be used now may be usable again before the list that there is has ended.
      if (!row) throw error;
      eventLog.write({ event: "alarm", alarm: "crl_not_renewed", authority: this.#identity.id });
      return crlOf(row);
    }
  }

  async #make(issuer: Issuer, now: number): Promise<CurrentCrl> {
    const { sql } = this.#storage;
    const number = asNumber(
      sql
        .exec(
          "SELECT max(coalesce((SELECT max(number) FROM revocation_list), 0), imported_crl_number) + 1 AS number FROM authority",
        )
        .one()["number"],
    );
    const signer = await this.#identity.signer();
    const { algorithmDer } = signer;
    const tbsDer = buildTbsCertList({
      signatureAlgorithmDer: algorithmDer,
      issuerDer: issuer.subjectDer,
      thisUpdateSeconds: now - backdateSeconds,
      nextUpdateSeconds: now + lifeSeconds,
      authorityKeyIdentifier: issuer.keyIdentifier,
      number,
    });
    const der = assembleCertificateList(tbsDer, algorithmDer, await signer.sign(tbsDer));
    this.#storage.transactionSync(() => {
      sql.exec("DELETE FROM revocation_list");
      sql.exec(
        "INSERT INTO revocation_list (number, this_update, next_update, der) VALUES (?, ?, ?, ?)",
        number,
        now,
        now + lifeSeconds,
        der,
      );
    });
    return {
      der,
      number,
      thisUpdate: new Date((now - backdateSeconds) * 1000),
      nextUpdate: new Date((now + lifeSeconds) * 1000),
    };
  }
}

const crlOf = (row: Record<string, SqlStorageValue>): CurrentCrl => ({
  der: asOctets(row["der"]),
  number: asNumber(row["number"]),
  thisUpdate: new Date((asNumber(row["this_update"]) - backdateSeconds) * 1000),
  nextUpdate: new Date(asNumber(row["next_update"]) * 1000),
});
