/**
 * Certificates that somebody outside must agree to, before they are signed and before they are delivered. Nobody is asked
 * from here: the edge asks, under a lease, and says what came of it. What it never says is settled by the clock.
 */
import type { Issuer } from "../ca/issuance.ts";
import { equalBytes, fromHex } from "../pki/bytes.ts";
import {
  type ConsentRefusal,
  type ConsentRequest,
  type ConsentState,
  leaseSeconds,
  undeliveredSeconds,
} from "../ports/certificate-delivery.ts";
import type { IssueRefusal, IssueRequest } from "../ports/certificate-issuing.ts";
import { err, ok, type Result } from "../result.ts";
import type { Job } from "./alarms.ts";
import type { CertificateLedger, LedgerEntry } from "./certificate-ledger.ts";
import type { DeliveryLedger } from "./delivery-ledger.ts";
import type { EnrolmentTransactions, RecordedCertificate } from "./enrolment-transactions.ts";
import type { Issuing } from "./issuing.ts";
import type { Outbox } from "./outbox.ts";
import type { Revocations } from "./revocations.ts";

/** As long as a repeat of a request would be answered with its certificate. */
const refusedSeconds = 86_400;
/** Given up in one go; the job is due again at once when there are more. */
const givenUpAtOnce = 50;

type Found =
  | Extract<ConsentState, { readonly status: "leased" | "busy" }>
  | { readonly status: "delivered"; readonly entry: LedgerEntry }
  | {
      readonly status: "undelivered";
      readonly entry: LedgerEntry;
      readonly sameOctets: boolean;
    };

export class Deliveries {
  readonly #storage: DurableObjectStorage;
  readonly #certificates: CertificateLedger;
  readonly #deliveries: DeliveryLedger;
  readonly #transactions: EnrolmentTransactions;
  readonly #issuing: Issuing;
  readonly #revocations: Revocations;
  readonly #outbox: Outbox;

  constructor(
    storage: DurableObjectStorage,
    certificates: CertificateLedger,
    deliveries: DeliveryLedger,
    transactions: EnrolmentTransactions,
    issuing: Issuing,
    revocations: Revocations,
    outbox: Outbox,
  ) {
    this.#storage = storage;
    this.#certificates = certificates;
    this.#deliveries = deliveries;
    this.#transactions = transactions;
    this.#issuing = issuing;
    this.#revocations = revocations;
    this.#outbox = outbox;
  }

  async begin(request: ConsentRequest, now: number): Promise<Result<ConsentState, ConsentRefusal>> {
    const found = this.#storage.transactionSync(() => this.#find(request, now));
    if (!found.ok || !("entry" in found.value))
      return found as Result<ConsentState, ConsentRefusal>;
    // One that was recorded and not signed, because the object died, is signed now.
    const { entry, ...state } = found.value;
    return ok({ ...state, certificate: await this.#issuing.complete(entry) });
  }

  #find(request: ConsentRequest, now: number): Result<Found, ConsentRefusal> {
    const { consent } = request;
    const earlier = this.#transactions.answerOfEarlier(request, now);
    if (earlier && !earlier.ok) return earlier;
    if (earlier) {
      const { entry } = earlier.value;
      const { delivery, validatedDigestHex = "" } = this.#deliveries.find(entry.serialNumberHex);
      if (delivery === "delivered") return ok({ status: "delivered", entry });
      if (!this.#deliveries.lease(request, consent, now)) return ok({ status: "busy" });
      // Not given up while somebody is about to deliver it.
      this.#deliveries.putUndelivered(entry.serialNumberHex, consent, now + 2 * leaseSeconds);
      const sameOctets = equalBytes(fromHex(validatedDigestHex), consent.octetsDigest);
      return ok({ status: "undelivered", entry, sameOctets });
    }
    const refused = this.#deliveries.findRefused(request, now - refusedSeconds);
    if (refused !== undefined) return err({ reason: "delivery_refused", serialNumberHex: refused });
    const leased = this.#deliveries.lease(request, consent, now);
    return ok({ status: leased ? "leased" : "busy" });
  }

  end(request: ConsentRequest): void {
    this.#deliveries.endLease(request, request.consent);
  }

  /** As `EnrolmentTransactions.findOrRecord`, for whoever holds the lease. Call it inside a transaction. */
  findOrRecord(
    request: IssueRequest,
    issuer: Issuer,
    now: number,
  ): Result<RecordedCertificate, IssueRefusal> {
    const { consent } = request;
    if (!consent || !this.#deliveries.holds(request, consent, now))
      return err({ reason: "lease_lost" });
    const recorded = this.#transactions.findOrRecord(request, issuer, now);
    if (!recorded.ok) return recorded;
    if (recorded.value.status === "pending")
      throw new Error("What is validated outside waits for nobody here.");
    const { serialNumberHex } = recorded.value.entry;
    this.#deliveries.putUndelivered(serialNumberHex, consent, now + undeliveredSeconds);
    return ok(recorded.value);
  }

  recordDelivery(serialNumberHex: string, now: number): boolean {
    return this.#storage.transactionSync(() => {
      if (!this.#deliveries.settle(serialNumberHex, "delivered"))
        return this.#deliveries.find(serialNumberHex).delivery === "delivered";
      this.#certificates.journal("delivered", serialNumberHex, now);
      return true;
    });
  }

  refuse(serialNumberHex: string, code: string, now: number): void {
    this.#withdraw(serialNumberHex, "refused", { code }, now);
  }

  /** What was signed and never delivered is revoked, and the story told. */
  readonly giveUp: Job = {
    name: "undelivered-certificates",
    due: () => this.#deliveries.firstUndelivered()?.undeliveredUntilSeconds,
    run: (now) => {
      for (let count = 0; count < givenUpAtOnce; count++) {
        const next = this.#deliveries.firstUndelivered();
        if (!next || next.undeliveredUntilSeconds > now) break;
        this.#withdraw(next.serialNumberHex, "given-up", {}, now);
      }
      return Promise.resolve();
    },
  };

  #withdraw(
    serialNumberHex: string,
    delivery: "refused" | "given-up",
    details: Readonly<Record<string, string>>,
    now: number,
  ): void {
    this.#storage.transactionSync(() => {
      if (!this.#deliveries.settle(serialNumberHex, delivery)) return;
      const by = "delivery";
      this.#revocations.revoke({ serialNumberHex, reason: "cessationOfOperation", by }, now);
      this.#certificates.journal(`delivery-${delivery}`, serialNumberHex, now, details);
      const { subject, configurationId, transactionID } =
        this.#certificates.find(serialNumberHex)?.record ?? {};
      this.#outbox.put(
        "certificate-undelivered",
        serialNumberHex,
        { delivery, ...details, subject, configurationId, transactionID },
        now,
      );
    });
  }
}
