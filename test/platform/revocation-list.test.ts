/** The CRL (RFC 5280, section 5): what is on it, when it is made, and that there always is one that is good (I7). */
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { crlReasonCodes } from "../../src/pki/crl-reason.ts";
import {
  type RevocationReason,
  revocationReasons,
} from "../../src/ports/certificate-revocation.ts";
import { armedAt, loseAlarm, ring, ringNext, ringUntil, setClock } from "../support/alarms.ts";
import {
  createRoot,
  endEntityContent,
  expectOk,
  inObject,
  issued,
  issueRequest,
  rowsOf,
  stubOf,
  type TestAuthority,
} from "../support/authorities.ts";
import {
  type CertificateList,
  isCrlSignedBy,
  readCertificateList,
} from "../support/scep-client/index.ts";

const start = Date.UTC(2027, 0, 10);
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const halfLife = 3.5 * day;
let root: TestAuthority;

const at = (milliseconds: number): void => setClock(start + milliseconds);

beforeEach(async () => {
  at(0);
  root = await createRoot();
  await root.client.wake();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function crl(): Promise<CertificateList> {
  const { der, ...head } = expectOk(await root.client.currentCrl());
  const list = readCertificateList(der);
  expect(isCrlSignedBy(list, parseCertificate(root.certificateDer).publicKey.der)).toBe(true);
  expect(head).toEqual({
    number: list.number,
    thisUpdate: list.thisUpdate,
    nextUpdate: list.nextUpdate,
  });
  expect(list.thisUpdate.getTime()).toBeLessThanOrEqual(Date.now() + 5 * minute);
  expect(list.nextUpdate.getTime()).toBeGreaterThan(Date.now());
  return list;
}
/** Lets time pass until a new list is published. @returns the time that it is then */
async function nextList(): Promise<number> {
  const { number } = await crl();
  return await ringUntil(root.id, async () => (await crl()).number > number);
}
const serials = async (): Promise<string[]> =>
  (await crl()).revoked.map(({ serialNumberHex }) => serialNumberHex);

async function issueAndRevoke(
  reason: RevocationReason = "keyCompromise",
  validitySeconds?: number,
): Promise<string> {
  const content = await endEntityContent(validitySeconds ? { validitySeconds } : {});
  const { serialNumberHex } = await issued(root.client.issue(await issueRequest({ content })));
  expectOk(await root.client.revoke({ serialNumberHex, reason, by: "tests" }));
  return serialNumberHex;
}

const sql = (statement: string, ...values: SqlStorageValue[]): Promise<void> =>
  inObject(root.id, (_, { storage }) => void storage.sql.exec(statement, ...values));

const notices = async (event = "crl-trouble") =>
  (await root.client.readOutbox(1000)).filter((told) => told.event === event);

/** The key cannot be used. */
const breakKey = () => vi.spyOn(crypto.subtle, "sign").mockRejectedValue(new Error("no key"));

describe("what is on the list", () => {
  it("5.1, 5.2: the first is empty, backdated a little, of a life of days, and names key and number", async () => {
    const list = await crl();
    expect(list).toMatchObject({ number: 1, revoked: [] });
    expect(list.thisUpdate.getTime()).toBe(start - 5 * minute);
    expect(list.nextUpdate.getTime()).toBe(start + 2 * halfLife);
    expect([...list.extensions.keys()].toSorted()).toEqual(["2.5.29.20", "2.5.29.35"]);
    expect(list.issuer).toEqual(parseCertificate(root.certificateDer).subjectDer);
  });

  it("5.3.1: an entry has serial, time and reason; unspecified is said by leaving the reason out", async () => {
    const expected = new Map<string, number | undefined>();
    for (const reason of revocationReasons)
      expected.set(await issueAndRevoke(reason), crlReasonCodes[reason] || undefined);
    await nextList();
    const { revoked } = await crl();
    expect(new Map(revoked.map((one) => [one.serialNumberHex, one.reasonCode]))).toEqual(expected);
    expect(revoked.map(({ at: time }) => time.getTime())).toEqual(revoked.map(() => start));
  });

  it("5.3.1: what is released from its hold is off the next list, and what became final stays", async () => {
    const [held, final] = [
      await issueAndRevoke("certificateHold"),
      await issueAndRevoke("certificateHold"),
    ];
    await nextList();
    expect((await serials()).toSorted()).toEqual([held, final].toSorted());
    expectOk(await root.client.release({ serialNumberHex: held, by: "tests" }));
    expectOk(
      await root.client.revoke({ serialNumberHex: final, reason: "superseded", by: "tests" }),
    );
    await nextList();
    expect((await crl()).revoked).toMatchObject([{ serialNumberHex: final, reasonCode: 4 }]);
  });

  it("3.3: a certificate leaves the list after one that was made past its end has had it", async () => {
    const [short, long] = [await issueAndRevoke("superseded", 86_400), await issueAndRevoke()];
    await nextList();
    const seen: boolean[] = [];
    for (let list = 0; list < 3; list++) {
      expect(await serials()).toContain(long);
      seen.push((await serials()).includes(short));
      await nextList();
    }
    // The second is made three days after its end.
    expect(seen).toEqual([true, true, false]);
  });

  it("3.3: a certificate that had ended before it was revoked is on one list", async () => {
    const content = await endEntityContent({ validitySeconds: 3600 });
    const { serialNumberHex } = await issued(root.client.issue(await issueRequest({ content })));
    await nextList();
    expectOk(await root.client.revoke({ serialNumberHex, reason: "superseded", by: "tests" }));
    await nextList();
    expect(await serials()).toEqual([serialNumberHex]);
    await nextList();
    expect(await serials()).toEqual([]);
  });
});

describe("when it is made", () => {
  it("when half its life is over, again and again, and not by being read", async () => {
    for (let number = 1; number <= 5; number++) {
      const made = Date.now();
      expect(await armedAt(root.id)).toBe(made + halfLife);
      setClock(made + halfLife - 1000);
      expect((await crl()).number).toBe(number);
      setClock(made + halfLife + hour);
      expect((await crl()).number).toBe(number);
      await ring(root.id);
    }
  });

  it("at once after a revocation, and once more at the end of a minute in which there were others", async () => {
    at(hour);
    const first = await issueAndRevoke();
    expect(await nextList()).toBe(start + hour + 1000);
    expect(await serials()).toEqual([first]);
    const burst = [first];
    for (let second = 5; second < 50; second += 5) {
      at(hour + second * 1000);
      burst.push(await issueAndRevoke());
    }
    expect(await nextList()).toBe(start + hour + 61_000);
    expect((await serials()).toSorted()).toEqual(burst.toSorted());
    expect((await crl()).number).toBe(3);
    expect(await nextList()).toBe(start + hour + 61_000 + halfLife);
  });

  it("what is revoked or released while one is made is in the next", async () => {
    const [held, early] = [await issueAndRevoke("certificateHold"), await issueAndRevoke()];
    const { serialNumberHex } = await issued(root.client.issue(await issueRequest()));
    at(minute);
    const sign = crypto.subtle.sign.bind(crypto.subtle);
    const progress = { signing: false, goOn: false };
    vi.spyOn(crypto.subtle, "sign").mockImplementationOnce(async (...input) => {
      progress.signing = true;
      while (!progress.goOn) await scheduler.wait(2);
      return await sign(...input);
    });
    const making = root.client.wake();
    await vi.waitFor(() => expect(progress.signing).toBe(true), { interval: 5 });
    expectOk(await root.client.revoke({ serialNumberHex, reason: "superseded", by: "tests" }));
    expectOk(await root.client.release({ serialNumberHex: held, by: "tests" }));
    progress.goOn = true;
    await making;
    expect((await serials()).toSorted()).toEqual([early, held].toSorted());
    expect((await crl()).number).toBe(2);
    await nextList();
    expect((await serials()).toSorted()).toEqual([early, serialNumberHex].toSorted());
  });

  it("a long one is made in slices between which devices enrol, and kept in chunks under 2 MB", async () => {
    await sql(
      `INSERT INTO revocations (serial, revoked_at, reason, not_after, revision, changed_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
       SELECT printf('7f%030x', i), ?, CASE WHEN i % 2 THEN 'superseded' ELSE 'unspecified' END, NULL, i, ? FROM n`,
      start / 1000,
      start / 1000,
    );
    at(hour);
    const requests = await Promise.all(Array.from({ length: 5 }, () => issueRequest()));
    const finished: string[] = [];
    const making = root.client.wake().then(() => finished.push("list"));
    for (const request of requests) {
      await issued(root.client.issue(request));
      finished.push("enrolment");
    }
    await making;
    expect(finished[0]).toBe("enrolment");
    const { revoked } = await crl();
    expect(revoked).toHaveLength(30_000);
    expect(new Set(revoked.map((one) => one.serialNumberHex)).size).toBe(30_000);
    const chunks = await rowsOf(root.id, "SELECT length(octets) AS octets FROM crl_chunks");
    expect(chunks.length).toBeGreaterThan(1);
    for (const { octets } of chunks) expect(octets).toBeLessThan(2_000_000);
  });
});

describe("alarms", () => {
  it("that ring twice make nothing twice", async () => {
    await issueAndRevoke();
    await nextList();
    const { der } = await crl();
    for (let again = 0; again < 3; again++) {
      await inObject(root.id, (instance) => instance.alarm());
      await root.client.wake();
    }
    expect((await crl()).der).toEqual(der);
  });

  it("that ring an hour late, or never until the cron wakes the CA, leave a list that is good", async () => {
    at(halfLife + hour);
    await ring(root.id);
    expect((await crl()).number).toBe(2);
    await loseAlarm(root.id);
    at(2 * halfLife + 2 * day);
    expect((await crl()).number).toBe(2);
    await root.client.wake();
    expect((await crl()).number).toBe(3);
    expect(await armedAt(root.id)).toBe(Date.now() + halfLife);
    await loseAlarm(root.id);
    await evictDurableObject(stubOf(root.id));
    await root.client.wake();
    expect(await armedAt(root.id)).toBe(Date.now() + halfLife);
  });

  it("whose work fails six times are armed again each time, later each time, and the seventh succeeds", async () => {
    const revoked = await issueAndRevoke();
    const broken = breakKey();
    const attempts: number[] = [];
    for (let failures = 1; failures <= 6; failures++) {
      attempts.push(await ringUntil(root.id, async () => broken.mock.calls.length === failures));
      expect(await serials()).toEqual([]);
    }
    broken.mockRestore();
    attempts.push(await nextList());
    const pauses = attempts.slice(1).map((time, index) => time - (attempts[index] ?? 0));
    expect(pauses).toEqual([30, 60, 120, 240, 480, 960].map((seconds) => seconds * 1000));
    expect(await serials()).toEqual([revoked]);
    // It was in no list for more than a quarter of an hour.
    expect((await notices()).map(({ details }) => details["trouble"])).toEqual([
      "revocation-not-published",
    ]);
  });
});

describe("trouble", () => {
  it("with the key: the list is served to its end, each stage is told once, and then there is none rather than an old one", async () => {
    const broken = breakKey();
    const { der } = await crl();
    while (Date.now() < start + 2 * halfLife - 2 * hour) {
      await ringNext(root.id);
      expect((await crl()).der).toEqual(der);
    }
    const told = (await notices()).map(({ subject, details }) => [subject, details["trouble"]]);
    expect(told).toEqual([["1", "not-renewed"]]);
    expect((await notices())[0]?.details).toMatchObject({ number: 1, message: "no key" });
    at(2 * halfLife + 1000);
    await ring(root.id);
    expect(await root.client.currentCrl()).toEqual({
      ok: false,
      error: { reason: "crl_unavailable" },
    });
    expect((await notices()).map(({ details }) => details["trouble"])).toEqual([
      "not-renewed",
      "ended",
    ]);
    broken.mockRestore();
    expect((await crl()).number).toBe(2);
  });

  it("with the wrapped key: it is told once, with what to do, and a restored secret is enough", async () => {
    const [row] = await rowsOf(root.id, "SELECT wrapped_key FROM authority");
    await sql("UPDATE authority SET wrapped_key = zeroblob(80)");
    await evictDurableObject(stubOf(root.id));
    at(halfLife);
    for (let again = 0; again < 5; again++) await ringNext(root.id);
    const [told, ...more] = await notices("key-trouble");
    expect(more).toEqual([]);
    expect(told).toMatchObject({ subject: root.id });
    expect(told?.details["remedy"]).toMatch(/MASTER_KEYS/);
    await sql("UPDATE authority SET wrapped_key = ?", row?.["wrapped_key"] ?? null);
    await evictDurableObject(stubOf(root.id));
    await root.client.wake();
    expect((await crl()).number).toBe(2);
  });

  it("with SQLite: nothing is published by half, and no number is used twice", async () => {
    const serial = await issueAndRevoke();
    for (const table of ["crl", "crl_chunks", "journal"]) {
      await sql(
        `CREATE TRIGGER full BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
      );
      for (let alarm = 0; alarm < 4; alarm++) await ringNext(root.id);
      expect(await crl()).toMatchObject({ number: 1, revoked: [] });
      await sql("DROP TRIGGER full");
    }
    await nextList();
    expect((await crl()).number).toBe(2);
    expect(await serials()).toEqual([serial]);
    const published = "SELECT subject FROM journal WHERE event = 'crl-published'";
    expect((await rowsOf(root.id, published)).map(({ subject }) => subject)).toEqual(["1", "2"]);
  });

  it("with the object: it dies while the list is made, and the next life makes it", async () => {
    const serial = await issueAndRevoke();
    at(hour);
    let signing = false;
    const never = vi.spyOn(crypto.subtle, "sign").mockImplementationOnce(() => {
      signing = true;
      return new Promise(() => undefined);
    });
    const making = root.client.wake().then(
      () => "made",
      () => "died",
    );
    await vi.waitFor(() => expect(signing).toBe(true), { interval: 5 });
    await abortAllDurableObjects();
    expect(await making).toBe("died");
    never.mockRestore();
    expect(await crl()).toMatchObject({ number: 1, revoked: [] });
    await root.client.wake();
    expect(await crl()).toMatchObject({ number: 2, revoked: [{ serialNumberHex: serial }] });
  });

  it("with the clock: it was a year ahead and goes back; the list of that time is replaced, and forgets nothing", async () => {
    const serial = await issueAndRevoke("keyCompromise", 30 * 86_400);
    at(365 * day);
    await root.client.wake();
    await root.client.wake();
    expect((await crl()).number).toBe(2);
    at(hour);
    // Made anew although nobody woke the CA: whoever reads must not get a list of next year.
    const list = await crl();
    expect(list.number).toBe(3);
    expect(list.thisUpdate.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await serials()).toEqual([serial]);
    await root.client.wake();
    expect(await armedAt(root.id)).toBe(Date.now() + halfLife);
  });

  it("with the clock: a little back, thisUpdate does not go back with it", async () => {
    const before = await crl();
    at(-2 * minute);
    await issueAndRevoke();
    await nextList();
    const after = await crl();
    expect(after.number).toBe(2);
    expect(after.thisUpdate.getTime()).toBeGreaterThanOrEqual(before.thisUpdate.getTime());
  });

  it("there is none yet: twenty who ask at once get the same, which was made once", async () => {
    const fresh = await createRoot();
    const lists = await Promise.all(Array.from({ length: 20 }, () => fresh.client.currentCrl()));
    expect(new Set(lists.map((list) => expectOk(list).number))).toEqual(new Set([1]));
    expect(
      await rowsOf(fresh.id, "SELECT 1 FROM journal WHERE event = 'crl-published'"),
    ).toHaveLength(1);
  });
});
