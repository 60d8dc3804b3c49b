/**
 * The CRL of one CA (RFC 5280, section 5): made by the alarm when half its life is over and soon after each revocation,
 * its number one higher each time, durable before it is served. Devices go on enrolling while a long one is made.
 */
import type { Issuer } from "../ca/issuance.ts";
import type { Signer } from "../ca/signer.ts";
import { fromHex } from "../pki/bytes.ts";
import {
  assembleCertificateList,
  buildTbsCertList,
  encodeRevokedCertificates,
} from "../pki/certificate-list.ts";
import type { CrlRefusal, CrlSummary, CurrentCrl } from "../ports/certificate-revocation.ts";
import { err, ok, type Result } from "../result.ts";
import type { Job } from "./alarms.ts";
import type { AuthorityIdentity } from "./authority-identity.ts";
import { CertificateLedger } from "./certificate-ledger.ts";
import { eventLog } from "./event-log.ts";
import type { Notices } from "./notices.ts";
import { type CrlHead, PublishedCrl } from "./published-crl.ts";
import { RevocationLedger } from "./revocation-ledger.ts";

/** Renewed at half of it: there are always days in which the key may be out of order. */
const lifeSeconds = 7 * 86_400;
const backdateSeconds = 300;
/** A relying party's clock may be this late; a list from further ahead was made when ours was wrong. */
const toleranceSeconds = 300;
/** A burst of revocations makes one list at its beginning and one at the end of its minute. */
const shortestPauseSeconds = 60;
/** A revocation that is in no list by then is told. */
const latestPublicationSeconds = 15 * 60;
/** An enrolment takes several turns, and meets a slice at each. */
const sliceEntries = 150;

/** A macrotask: calls that wait for the object get their turn. */
const pause = (): Promise<void> => scheduler.wait(0);

const halfLife = ({ madeAtSeconds, nextUpdateSeconds }: CrlHead): number =>
  madeAtSeconds + Math.floor((nextUpdateSeconds - madeAtSeconds) / 2);

/** Not ended, and not of a time to come. */
const isValid = ({ thisUpdateSeconds, nextUpdateSeconds }: CrlHead, now: number): boolean =>
  now < nextUpdateSeconds && thisUpdateSeconds <= now + toleranceSeconds;

export class RevocationList implements Job {
  readonly name = "certificate-revocation-list";
  readonly #storage: DurableObjectStorage;
  readonly #identity: AuthorityIdentity;
  readonly #ledger: CertificateLedger;
  readonly #revocations: RevocationLedger;
  readonly #notices: Notices;
  readonly #published: PublishedCrl;
  #making: Promise<void> | undefined;

  constructor(storage: DurableObjectStorage, identity: AuthorityIdentity, notices: Notices) {
    this.#storage = storage;
    this.#identity = identity;
    this.#ledger = new CertificateLedger(storage.sql);
    this.#revocations = new RevocationLedger(storage.sql);
    this.#notices = notices;
    this.#published = new PublishedCrl(storage.sql);
  }

  /** The list that is published, whatever its age below its end; one is made only when there is none. */
  async current(now: number): Promise<Result<CurrentCrl, CrlRefusal>> {
    const head = this.#published.head();
    if (head && isValid(head, now)) return ok(this.#published.read(head));
    const issuer = await this.#identity.issuer(now);
    if (!issuer) return err({ reason: "authority_not_ready" });
    try {
      await this.#makeOnce(issuer, now);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const authority = this.#identity.id;
      eventLog.write({ event: "alarm", alarm: "crl_unavailable", authority, message });
      return err({ reason: "crl_unavailable" });
    }
    const made = this.#published.head();
    return made ? ok(this.#published.read(made)) : err({ reason: "crl_unavailable" });
  }

  describe(): CrlSummary | undefined {
    const head = this.#published.head();
    return (
      head && {
        number: head.number,
        thisUpdate: new Date(head.thisUpdateSeconds * 1000),
        nextUpdate: new Date(head.nextUpdateSeconds * 1000),
        isComplete: this.#revocations.changedSince(head.revision) === undefined,
      }
    );
  }

  due(now: number): number | undefined {
    if (!this.#identity.isReady(now)) return undefined;
    const head = this.#published.head();
    if (!head || !isValid(head, now)) return now;
    if (this.#revocations.changedSince(head.revision) === undefined) return halfLife(head);
    // One that was made later than now was made before the clock went back.
    const pauseEnds = head.madeAtSeconds > now ? now : head.madeAtSeconds + shortestPauseSeconds;
    return Math.min(halfLife(head), pauseEnds);
  }

  async run(now: number): Promise<void> {
    const issuer = await this.#identity.issuer(now);
    if (!issuer) return;
    try {
      await this.#makeOnce(issuer, now);
    } catch (error) {
      this.#tellTrouble(error, now);
      throw error;
    }
  }

  async #makeOnce(issuer: Issuer, now: number): Promise<void> {
    this.#making ??= this.#make(issuer, now).finally(() => (this.#making = undefined));
    await this.#making;
  }

  async #make(issuer: Issuer, now: number): Promise<void> {
    // First: with a key that cannot be used, nothing else is worth its time.
    const signer = await this.#identity.signer();
    const previous = this.#published.head();
    const head = {
      number: this.#published.nextNumber(),
      madeAtSeconds: now,
      // It does not go back behind the list before, unless that one was of a time to come.
      thisUpdateSeconds: Math.max(
        now - backdateSeconds,
        Math.min(previous?.thisUpdateSeconds ?? 0, now),
      ),
      nextUpdateSeconds: now + lifeSeconds,
      // Before the first slice: what changes from here on may be in it by half, and makes the next one due.
      revision: this.#revocations.revision(),
    };
    const der = await this.#sign(head, issuer, signer, await this.#entries(head, previous));
    await this.#published.store(head.number, der, pause);
    this.#storage.transactionSync(() => {
      this.#published.publish(head);
      const { revision } = head;
      this.#ledger.journal("crl-published", String(head.number), now, { revision });
    });
    await this.#published.clear(pause);
  }

  /**
   * A certificate leaves the list when one that was made after its end has had it (section 3.3): when it had ended before
   * the list before this one was made and was revoked by then.
   */
  async #entries(
    { thisUpdateSeconds }: CrlHead,
    previous: CrlHead | undefined,
  ): Promise<readonly Uint8Array[]> {
    const wanted = {
      limit: sliceEntries,
      // A list that was made when the clock was ahead has seen no certificate's end.
      endedBeforeSeconds: Math.min(previous?.thisUpdateSeconds ?? 0, thisUpdateSeconds),
      upToRevision: previous?.revision ?? 0,
    };
    const slices: Uint8Array[] = [];
    let after = "";
    for (;;) {
      const entries = this.#revocations.entries({ ...wanted, after });
      const last = entries.at(-1);
      if (!last) return slices;
      slices.push(
        encodeRevokedCertificates(
          entries.map(({ serialNumberHex, ...entry }) => ({
            serialNumber: fromHex(serialNumberHex),
            ...entry,
          })),
        ),
      );
      if (entries.length < sliceEntries) return slices;
      after = last.serialNumberHex;
      await pause();
    }
  }

  async #sign(
    head: CrlHead,
    issuer: Issuer,
    signer: Signer,
    revokedCertificates: readonly Uint8Array[],
  ): Promise<Uint8Array> {
    const { algorithmDer } = signer;
    const tbsDer = buildTbsCertList({
      ...head,
      signatureAlgorithmDer: algorithmDer,
      issuerDer: issuer.subjectDer,
      authorityKeyIdentifier: issuer.keyIdentifier,
      revokedCertificates,
    });
    await pause();
    const signature = await signer.sign(tbsDer);
    await pause();
    return assembleCertificateList(tbsDer, algorithmDer, signature);
  }

  /** Each trouble once for each list that is the last one. */
  #tellTrouble(error: unknown, now: number): void {
    const head = this.#published.head();
    const message = error instanceof Error ? error.message : String(error);
    const details = {
      ...(head && { number: head.number, ends: new Date(head.nextUpdateSeconds * 1000) }),
      message,
    };
    for (const trouble of this.#troubles(head, now))
      this.#notices.give(
        "crl-trouble",
        String(head?.number ?? 0),
        trouble,
        { trouble, ...details },
        now,
      );
  }

  #troubles(head: CrlHead | undefined, now: number): readonly string[] {
    if (!head) return ["no-list"];
    const changedSince = this.#revocations.changedSince(head.revision) ?? now;
    return [
      ...(now >= changedSince + latestPublicationSeconds ? ["revocation-not-published"] : []),
      ...(now >= halfLife(head) ? ["not-renewed"] : []),
      ...(isValid(head, now) ? [] : ["ended"]),
    ];
  }
}
