/** Revoking and releasing: the fact, its entry in the journal and what others must hear of it are one transaction. */
import { inForce, judgeRelease, judgeRevocation } from "../ca/revocation.ts";
import type { ImportAuthority } from "../ports/authority-hierarchy.ts";
import type { AuthorityEventKind } from "../ports/authority-upkeep.ts";
import type { CertificateRecord } from "../ports/certificate-inventory.ts";
import type {
  CertificateStatus,
  ReleaseRefusal,
  ReleaseRequest,
  RevocationRefusal,
  RevokeRequest,
} from "../ports/certificate-revocation.ts";
import { err, ok, type Result } from "../result.ts";
import type { CertificateLedger } from "./certificate-ledger.ts";
import type { Outbox } from "./outbox.ts";
import { RevocationLedger } from "./revocation-ledger.ts";

const secondsOf = (time: Date): number => Math.floor(time.getTime() / 1000);

export class Revocations {
  readonly #storage: DurableObjectStorage;
  readonly #ledger: CertificateLedger;
  readonly #revocations: RevocationLedger;
  readonly #outbox: Outbox;

  constructor(storage: DurableObjectStorage, ledger: CertificateLedger, outbox: Outbox) {
    this.#storage = storage;
    this.#ledger = ledger;
    this.#revocations = new RevocationLedger(storage.sql);
    this.#outbox = outbox;
  }

  revoke(request: RevokeRequest, now: number): Result<CertificateRecord, RevocationRefusal> {
    const { serialNumberHex, reason, by } = request;
    return this.#storage.transactionSync(() => {
      const record = this.#find(request);
      if (!record) return err({ reason: "certificate_unknown" });
      if (record.purpose === "root") return err({ reason: "own_certificate" });
      const revocation = judgeRevocation(this.#revocations.find(serialNumberHex), reason, now);
      if (!revocation) return ok(record);
      this.#revocations.put(serialNumberHex, revocation, secondsOf(record.notAfter), now);
      this.#tell("certificate-revoked", record, { reason, by }, now);
      return ok(this.#find(request) ?? record);
    });
  }

  release(request: ReleaseRequest, now: number): Result<CertificateRecord, ReleaseRefusal> {
    const { serialNumberHex, by } = request;
    return this.#storage.transactionSync(() => {
      const record = this.#find(request);
      if (!record) return err({ reason: "certificate_unknown" });
      const judgement = judgeRelease(this.#revocations.find(serialNumberHex));
      if (judgement === "not_on_hold") return err({ reason: judgement });
      if (judgement === "already") return ok(record);
      this.#revocations.release(serialNumberHex, now);
      this.#tell("certificate-released", record, { by }, now);
      return ok(this.#find(request) ?? record);
    });
  }

  /** What an imported CA has revoked elsewhere. Call it in the transaction that imports the CA. */
  takeOver(revoked: ImportAuthority["revoked"], now: number): void {
    for (const { serialNumberHex, revokedAt, reason } of revoked)
      this.#revocations.put(
        serialNumberHex,
        { atSeconds: secondsOf(revokedAt), reason },
        null,
        now,
      );
    this.#ledger.journal("imported", "authority", now, { revoked: String(revoked.length) });
  }

  statuses(serialNumbersHex: readonly string[]): readonly CertificateStatus[] {
    return this.#revocations.statuses(serialNumbersHex);
  }

  isRevoked(serialNumberHex: string): boolean {
    return inForce(this.#revocations.find(serialNumberHex)) !== undefined;
  }

  #find({ serialNumberHex, configurationIds }: ReleaseRequest): CertificateRecord | undefined {
    const record = this.#ledger.find(serialNumberHex)?.record;
    const asked = !configurationIds || configurationIds.includes(record?.configurationId ?? "");
    return asked ? record : undefined;
  }

  #tell(
    event: AuthorityEventKind,
    record: CertificateRecord,
    details: Readonly<Record<string, string>>,
    now: number,
  ): void {
    const { serialNumberHex, subject, configurationId, transactionID } = record;
    this.#ledger.journal(event, serialNumberHex, now, details);
    const about = { subject, configurationId, transactionID, notAfter: record.notAfter };
    this.#outbox.put(event, serialNumberHex, { ...about, ...details }, now);
  }
}
