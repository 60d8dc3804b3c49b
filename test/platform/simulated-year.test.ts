/**
 * A year in the life of a CA on its alarms alone: one in ten fails, some are lost until the cron comes by, the object is
 * evicted now and then. What must hold at every moment is a check of its own in `checks`.
 */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { armedAt, loseAlarm, ringNext, setClock } from "../support/alarms.ts";
import {
  createRoot,
  expectOk,
  generatePublicKey,
  issued,
  issueRequest,
  nameDer,
  rowsOf,
  stubOf,
  type TestAuthority,
} from "../support/authorities.ts";

const start = Date.UTC(2027, 0, 10);
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** Repeatable: a failure must be found again. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Year {
  readonly root: TestAuthority;
  readonly random: () => number;
  /** Serial numbers, and since when they are revoked. */
  readonly revoked: Map<string, number>;
  lists: number;
}

/** What must hold whenever somebody looks. */
const checks: Readonly<Record<string, (year: Year) => Promise<void>>> = {
  async "an unexpired CRL, hardly older than half its life, its number never lower"(year) {
    const { number, thisUpdate, nextUpdate } = expectOk(await year.root.client.currentCrl());
    const now = Date.now();
    expect(nextUpdate.getTime()).toBeGreaterThan(now + 3 * day);
    expect(thisUpdate.getTime()).toBeLessThanOrEqual(now);
    expect(now - thisUpdate.getTime()).toBeLessThan(3.5 * day + 2 * hour);
    expect(number).toBeGreaterThanOrEqual(year.lists);
    year.lists = number;
  },
  async "no revocation that a list should have by now is in none"({ root }) {
    const late = await rowsOf(
      root.id,
      "SELECT serial FROM revocations WHERE revision > (SELECT revision FROM crl) AND changed_at < ?",
      (Date.now() - 15 * minute) / 1000,
    );
    expect(late).toEqual([]);
  },
};

/** The runtime's share: the alarm rings, or is lost and the cron wakes the CA within the minute. One in ten fails. */
async function letTimePass({ root, random }: Year): Promise<void> {
  if (random() < 0.1) await evictDurableObject(stubOf(root.id));
  const sign = crypto.subtle.sign.bind(crypto.subtle);
  const failing = random() < 0.1;
  const signing = vi.spyOn(crypto.subtle, "sign").mockImplementation(async (...input) => {
    if (failing) throw new Error("this alarm fails");
    return await sign(...input);
  });
  if (random() < 0.05) {
    const due = (await armedAt(root.id)) ?? Date.now();
    await loseAlarm(root.id);
    setClock(Math.max(due, Date.now()) + minute);
    await root.client.wake();
  } else {
    await ringNext(root.id);
  }
  signing.mockRestore();
}

async function revokeSomething({ root, random, revoked }: Year): Promise<void> {
  if (random() > 0.3) return;
  const { serialNumberHex } = await issued(root.client.issue(await issueRequest()));
  expectOk(await root.client.revoke({ serialNumberHex, reason: "superseded", by: "tests" }));
  revoked.set(serialNumberHex, Date.now());
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it("I7: a year of alarms, one in ten failing, and there is always an unexpired CRL", async () => {
  setClock(start);
  const root = await createRoot("P-256", (2 * 365 * day) / 1000);
  const agent = { configurationId: "devices", subjectDer: nameDer("CN=Agent") };
  const validitySeconds = (120 * day) / 1000;
  const key = { subjectPublicKeyInfoDer: await generatePublicKey(), validitySeconds };
  expectOk(await root.client.issueEnrolmentAgent({ ...agent, ...key }));
  const year: Year = { root, random: randomNumbers(8894), revoked: new Map(), lists: 0 };
  await root.client.wake();
  let steps = 0;
  while (Date.now() < start + 365 * day) {
    await revokeSomething(year);
    await letTimePass(year);
    for (const check of Object.values(checks)) await check(year);
    expect(++steps).toBeLessThan(2000);
  }
  expect(year.lists).toBeGreaterThan(100);
  const statuses = await root.client.certificateStatuses([...year.revoked.keys()]);
  expect(statuses.every(({ status }) => status === "revoked")).toBe(true);
  // The agent that nobody renewed was told three times, each once; the CA has another year to go.
  const told = await root.client.readOutbox(10_000);
  const expiring = told.filter(({ event }) => event.endsWith("-expiring"));
  expect(
    expiring.map(({ event, at }) => [event, Math.round((at.getTime() - start) / day)]),
  ).toEqual([
    ["enrolment-agent-expiring", 90],
    ["enrolment-agent-expiring", 113],
    ["enrolment-agent-expiring", 119],
  ]);
}, 60_000);

it("what ends is told once for each threshold, the nearest only after a long sleep, and not when it was renewed", async () => {
  setClock(start);
  const root = await createRoot("P-256", (400 * day) / 1000);
  const other = await createRoot("P-256", (400 * day) / 1000);
  const agentOf = async (configurationId: string, days: number): Promise<string> => {
    const content = { configurationId, subjectDer: nameDer("CN=Agent") };
    const key = await generatePublicKey();
    const validitySeconds = days * 86_400;
    const request = { ...content, subjectPublicKeyInfoDer: key, validitySeconds };
    return expectOk(await root.client.issueEnrolmentAgent(request)).serialNumberHex;
  };
  const renewed = await agentOf("renewed", 200);
  const forgotten = await agentOf("forgotten", 200);
  const revoked = await agentOf("revoked", 200);
  expectOk(
    await root.client.revoke({ serialNumberHex: revoked, reason: "superseded", by: "tests" }),
  );
  await root.client.wake();
  setClock(start + 150 * day);
  const successor = await agentOf("renewed", 300);
  for (let passed = 150; passed < 400; passed++) {
    setClock(start + passed * day);
    await root.client.wake();
    if (passed % 7 === 0) await evictDurableObject(stubOf(root.id));
  }
  const told = (await root.client.readOutbox(1000)).filter(({ event }) =>
    event.endsWith("-expiring"),
  );
  const days = ({ at }: { readonly at: Date }): number => (at.getTime() - start) / day;
  expect(told.map((one) => [one.subject, Math.ceil(days(one))])).toEqual([
    ...[
      [forgotten, 170],
      [forgotten, 193],
      [forgotten, 199],
    ],
    // The renewed one ends with its CA.
    ...[
      [root.id, 310],
      [root.id, 370],
      [successor, 370],
      [root.id, 393],
      [successor, 393],
      [successor, 399],
    ],
  ]);
  expect(told[0]?.details).toMatchObject({ configurationId: "forgotten" });
  expect(told.map(({ subject }) => subject)).not.toContain(renewed);
  // Asleep for more than a year.
  setClock(start + 399 * day);
  await other.client.wake();
  await other.client.wake();
  const late = await other.client.readOutbox(10);
  expect(late.map(({ event, subject }) => [event, subject])).toEqual([
    ["authority-expiring", other.id],
  ]);
});
