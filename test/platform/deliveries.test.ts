/**
 * Certificates that somebody outside must agree to, in the real object: one worker at a time, one certificate, and none
 * that leaves, or stays good, without the other side's consent.
 */
import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { asText } from "../../src/platform/sql-values.ts";
import { longestRetryAfterSeconds } from "../../src/ports/intune-service.ts";
import type { ConsentRequest, ConsentState } from "../../src/ports/certificate-delivery.ts";
import type { IssuedCertificate, IssueRequest } from "../../src/ports/certificate-issuing.ts";
import {
  createRoot,
  expectIssuedBy,
  expectOk,
  inObject,
  issued,
  issueRequest,
  rowsOf,
  type TestAuthority,
} from "../support/authorities.ts";

let root: TestAuthority;

beforeEach(async () => {
  root = await createRoot();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const authorisation = {
  kind: "intune",
  connectionId: "connection",
  activityId: "activity",
} as const;
const lease = () => ({
  holder: crypto.randomUUID(),
  octetsDigest: new Uint8Array(32).fill(7),
});

type ConsentIssueRequest = IssueRequest & ConsentRequest;

const request = async (changes: Partial<IssueRequest> = {}): Promise<ConsentIssueRequest> => ({
  ...(await issueRequest({ authorisation, ...changes })),
  consent: changes.consent ?? lease(),
});
/** The same request in another worker's hands. */
const again = (same: ConsentIssueRequest): ConsentIssueRequest => ({ ...same, consent: lease() });

const begin = async (asked: ConsentRequest): Promise<ConsentState> =>
  expectOk(await root.client.beginConsent(asked));

async function issueUndelivered(asked: ConsentIssueRequest): Promise<IssuedCertificate> {
  expect(await begin(asked)).toEqual({ status: "leased" });
  return await issued(root.client.issue(asked));
}

const journal = async (serial: string): Promise<string[]> =>
  (await rowsOf(root.id, "SELECT event FROM journal WHERE subject = ? ORDER BY id", serial)).map(
    ({ event }) => asText(event),
  );

/** As if the time had passed: what is stored lies that much further back. */
const later = (seconds: number): Promise<void> =>
  inObject(root.id, (_, { storage }) => {
    storage.sql.exec("UPDATE certificates SET undelivered_until = undelivered_until - ?", seconds);
    storage.sql.exec("UPDATE leases SET until = until - ?", seconds);
  });

describe("a request that somebody outside validates", () => {
  it("has one worker when it comes five times at once; the others hear that it is worked on", async () => {
    const first = await request();
    const states = await Promise.all([first, ...[1, 2, 3, 4].map(() => again(first))].map(begin));
    expect(states.map(({ status }) => status).toSorted()).toEqual([
      "busy",
      "busy",
      "busy",
      "busy",
      "leased",
    ]);
  });

  it("is another's to work on once its lease was given back, or has ended", async () => {
    const [first, second, third] = [await request()].flatMap((one) => [
      one,
      again(one),
      again(one),
    ]);
    if (!first || !second || !third) throw new Error("three requests");
    expect(await begin(first)).toEqual({ status: "leased" });
    await root.client.endConsent(second);
    expect(await begin(second)).toEqual({ status: "busy" });
    await root.client.endConsent(first);
    expect(await begin(second)).toEqual({ status: "leased" });
    await later(25);
    expect(await begin(third)).toEqual({ status: "leased" });
    // The second took too long: what it brings comes too late.
    expect(await root.client.issue(second)).toMatchObject({ error: { reason: "lease_lost" } });
    await issued(root.client.issue(third));
  });

  it("is not signed without a lease (I5), and the authorisation is recorded before it is", async () => {
    const asked = await request();
    const signing = vi.spyOn(crypto.subtle, "sign");
    expect(await root.client.issue(asked)).toMatchObject({ error: { reason: "lease_lost" } });
    const { consent: _, ...without } = asked;
    expect(await root.client.issue(without)).toMatchObject({ error: { reason: "lease_lost" } });
    expect(signing).not.toHaveBeenCalled();
    const { serialNumberHex } = await issueUndelivered(asked);
    const [row] = await rowsOf(
      root.id,
      "SELECT authorisation FROM certificates WHERE serial = ?",
      serialNumberHex,
    );
    expect(JSON.parse(asText(row?.["authorisation"]))).toEqual(authorisation);
  });

  it("keeps its lease over the death of the object", async () => {
    const first = await request();
    await begin(first);
    await abortAllDurableObjects();
    expect(await begin(again(first))).toEqual({ status: "busy" });
    await issued(root.client.issue(first));
  });
});

describe("a certificate that was signed and not delivered", () => {
  it("is gone on with at the notification, by one worker, with the same octets", async () => {
    const asked = await request();
    const certificate = await issueUndelivered(asked);
    expect(await begin(again(asked))).toEqual({ status: "busy" });
    await root.client.endConsent(asked);
    const resumed = again(asked);
    expect(await begin(resumed)).toEqual({
      status: "undelivered",
      certificate: { ...certificate, repeated: true },
      sameOctets: true,
    });
    expect(await begin(again(asked))).toEqual({ status: "busy" });
    const [signatures] = await rowsOf(
      root.id,
      "SELECT count(*) AS n FROM certificates WHERE purpose = 'end-entity'",
    );
    expect(signatures?.["n"]).toBe(1);
  });

  it("is validated again when the request is the same in other octets, as an EC client signs it anew", async () => {
    const asked = await request();
    await issueUndelivered(asked);
    await root.client.endConsent(asked);
    const consent = { ...lease(), octetsDigest: new Uint8Array(32).fill(8) };
    expect(await begin({ ...asked, consent })).toMatchObject({
      status: "undelivered",
      sameOctets: false,
    });
  });

  it("that the object died over before signing is signed when its request comes again", async () => {
    const asked = await request();
    await begin(asked);
    vi.spyOn(crypto.subtle, "sign").mockRejectedValueOnce(new Error("died"));
    await expect(root.client.issue(asked)).rejects.toThrow();
    await abortAllDurableObjects();
    await root.client.endConsent(asked);
    const state = await begin(again(asked));
    if (state.status !== "undelivered") throw new Error(`it is ${state.status}`);
    await expectIssuedBy(state.certificate.certificateDer, root.certificateDer);
  });

  it("is not handed out by a poll, and is once it was delivered", async () => {
    const asked = await request();
    const { serialNumberHex } = await issueUndelivered(asked);
    const poll = () => root.client.poll(asked);
    expect(await poll()).toMatchObject({ error: { reason: "transaction_unknown" } });
    expect(await root.client.recordDelivery(serialNumberHex)).toBe(true);
    expect(await poll()).toMatchObject({ value: { serialNumberHex } });
  });

  it("is delivered once and for all: a repeat gets it without a lease", async () => {
    const asked = await request();
    const { serialNumberHex, certificateDer } = await issueUndelivered(asked);
    expect(await root.client.recordDelivery(serialNumberHex)).toBe(true);
    expect(await root.client.recordDelivery(serialNumberHex)).toBe(true);
    expect(await begin(again(asked))).toMatchObject({
      status: "delivered",
      certificate: { serialNumberHex, certificateDer },
    });
    await root.client.refuseDelivery(serialNumberHex, "TooLate");
    await later(4000);
    await root.client.wake();
    expect(await root.client.findCertificate(serialNumberHex)).toMatchObject({
      status: "issued",
      delivery: "delivered",
    });
    expect(await journal(serialNumberHex)).toEqual(["delivered"]);
  });

  it("is revoked at once when the notification was refused, the story told, and its request refused after that", async () => {
    const asked = await request();
    const { serialNumberHex } = await issueUndelivered(asked);
    await root.client.refuseDelivery(serialNumberHex, "BadUserIdInChallenge");
    expect(await root.client.findCertificate(serialNumberHex)).toMatchObject({
      status: "revoked",
      revocation: { reason: "cessationOfOperation" },
      delivery: "refused",
    });
    const outbox = await root.client.readOutbox(10);
    expect(outbox.map(({ event }) => event)).toEqual([
      "certificate-revoked",
      "certificate-undelivered",
    ]);
    expect(outbox[1]).toMatchObject({
      subject: serialNumberHex,
      details: { delivery: "refused", code: "BadUserIdInChallenge" },
    });
    expect(await journal(serialNumberHex)).toEqual(["certificate-revoked", "delivery-refused"]);
    expect(await root.client.beginConsent(again(asked))).toMatchObject({
      error: { reason: "delivery_refused", serialNumberHex },
    });
    expect(await root.client.recordDelivery(serialNumberHex)).toBe(false);
    // The device may make another request under the id that follows from its key.
    const fresh = { ...again(asked), requestDigest: new Uint8Array(32).fill(1) };
    expect(await begin(fresh)).toEqual({ status: "leased" });
  });

  it("is given up and revoked after an hour and a half, later than anybody is told to come back, and its request is then a new one", async () => {
    const asked = await request();
    const { serialNumberHex } = await issueUndelivered(asked);
    await later(longestRetryAfterSeconds + 1700);
    await root.client.wake();
    expect(await root.client.findCertificate(serialNumberHex)).toMatchObject({ status: "issued" });
    await later(200);
    await root.client.wake();
    expect(await root.client.findCertificate(serialNumberHex)).toMatchObject({
      status: "revoked",
      delivery: "given-up",
    });
    const [, told] = await root.client.readOutbox(10);
    expect(told).toMatchObject({
      event: "certificate-undelivered",
      details: { delivery: "given-up" },
    });
    expect(await begin(again(asked))).toEqual({ status: "leased" });
  });

  it("is not given up while somebody is about to deliver it", async () => {
    const asked = await request();
    const { serialNumberHex } = await issueUndelivered(asked);
    await later(3599);
    expect(await begin(again(asked))).toMatchObject({ status: "undelivered" });
    await later(2);
    await root.client.wake();
    expect(await root.client.recordDelivery(serialNumberHex)).toBe(true);
  });

  it("keeps out another request under its transactionID while it may still be delivered", async () => {
    const asked = await request();
    await issueUndelivered(asked);
    const other = { ...again(asked), requestDigest: new Uint8Array(32).fill(1) };
    expect(await root.client.beginConsent(other)).toMatchObject({
      error: { reason: "transaction_conflict" },
    });
  });
});
