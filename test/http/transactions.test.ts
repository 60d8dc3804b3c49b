/** The timeline of transactions: every PKIOperation leaves an entry that says what happened, why, and what to do. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { explanations } from "../../src/administration/explanations.ts";
import { openDatabase } from "../../src/storage/database.ts";
import { createTransactionDirectory } from "../../src/storage/transaction-directory.ts";
import { createTransactionLog } from "../../src/storage/transaction-log.ts";
import type { TransactionEvent } from "../../src/ports/transaction-log.ts";
import { createId } from "../../src/administration/identifier.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

interface Entry {
  readonly outcome: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly serialNumber?: string;
}
interface Item {
  readonly id: string;
  readonly transactionID: string;
  readonly configuration: string;
  readonly latest: Entry;
}

let tenant: Tenant;
let neighbour: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  tenant = await createTenant("Timeline");
  neighbour = await createTenant("Timeline neighbour");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
});

const search = async (text: string, of = tenant): Promise<readonly Item[]> =>
  (await of.api.get<{ items: Item[] }>(of.path(`transactions?search=${encodeURIComponent(text)}`)))
    .items;

/** Entries are written a moment after the answer. */
const eventually = async (text: string): Promise<Item> =>
  await vi.waitFor(
    async () => {
      const [item, ...more] = await search(text);
      expect(item, text).toBeDefined();
      expect(more).toEqual([]);
      return item as Item;
    },
    { timeout: 5000, interval: 50 },
  );

const timeline = ({ id }: Item) =>
  tenant.api.get<Item & { events: Entry[] }>(tenant.path(`transactions/${id}`));

const plan = (commonName: string, more: Partial<scep.CertificationRequestPlan> = {}) => ({
  request: { key, challenge, subject: scep.name("O=Demo", `CN=${commonName}`), ...more },
});

describe("a transaction's timeline", () => {
  it("tells of an issue and of its repeat, found by device name, SAN, serial number and transactionID", async () => {
    const san = scep.extensions.subjectAltName(scep.generalName.dns("printer-7.demo.test"));
    const message = await client.build(plan("Printer Seven", { extensions: [san] }));
    const { certificate } = expectSuccess(await client.send(message));
    expectSuccess(await client.send(message));
    const item = await vi.waitFor(
      async () => {
        const found = await eventually("printer SEVEN");
        expect(found.latest.outcome).toBe("repeated");
        return found;
      },
      { timeout: 5000 },
    );
    expect(item).toMatchObject({
      transactionID: message.transactionID,
      configuration: "devices",
      latest: {
        outcome: "repeated",
        subject: "CN=Printer Seven,O=Demo",
        serialNumber: certificate.serialNumberHex,
      },
    });
    for (const text of [
      "printer-7.demo",
      certificate.serialNumberHex.slice(0, 12),
      message.transactionID.slice(0, 12),
    ])
      expect((await eventually(text)).id).toBe(item.id);
    const { events } = await timeline(item);
    expect(events.map(({ outcome }) => outcome)).toEqual(["issued", "repeated"]);
    expect(events[0]).toMatchObject({
      subjectAlternativeNames: [{ type: "dns", value: "printer-7.demo.test" }],
      more: {
        messageType: "19",
        contentEncryption: expect.any(String),
        requestId: expect.any(String),
      },
    });
  });

  it("says in plain words why a request was refused and what to do, and never shows the challenge", async () => {
    const wrong = "guess-that-nobody-must-read";
    expectFailure(await client.enrol(plan("refused one", { challenge: wrong })), "badRequest");
    const item = await eventually("refused one");
    expect(item.latest).toMatchObject({
      outcome: "refused",
      reason: "challenge_invalid",
      ...explanations.challenge_invalid,
    });
    const raw = JSON.stringify(await timeline(item));
    expect(raw).not.toContain(wrong);
    const rows = await env.DB.prepare("SELECT * FROM transaction_events").all();
    expect(JSON.stringify(rows.results)).not.toContain(challenge);
  });

  it("knows the device also where the template, or something before it, has refused", async () => {
    const san = scep.extensions.subjectAltName(scep.generalName.uri("ftp:no-host"));
    expectFailure(
      await client.enrol(plan("bad alternative name", { extensions: [san] })),
      "badRequest",
    );
    expect((await eventually("bad alternative name")).latest).toMatchObject({
      reason: "subject_alt_name_not_allowed",
      subject: "CN=bad alternative name,O=Demo",
    });
    const weak = scep.rsaKeyPair(1024);
    const subject = scep.name("O=Demo", "CN=weak printer");
    const early = { request: { key: weak, challenge, subject } };
    const signer = scep.selfSigned(weak, subject);
    expectFailure(await client.enrol({ ...early, signer }), "badAlg");
    expect((await eventually("weak printer")).latest).toMatchObject({ outcome: "refused" });
    // What cannot be opened is known by the certificate that signed it.
    const own = scep.selfSigned(key, scep.name("O=Demo", "CN=sealed wrongly"));
    const rubbish = { signer: own, pkcsPKIEnvelope: scep.sequence() };
    expectFailure(await client.enrol({ ...plan("unseen"), ...rubbish }), "badRequest");
    expect((await eventually("sealed wrongly")).latest).toMatchObject({ outcome: "refused" });
  });

  it("tells of waiting", async () => {
    const approval = await tenant.configuration("approval", { requiresApproval: true });
    const message = await approval.build({
      request: { key, subject: scep.name("O=Demo", "CN=waiting one") },
    });
    expectPending(await approval.send(message));
    expect((await eventually("waiting one")).latest.outcome).toBe("pending");
  });

  it("tells of our own trouble, without our insides", async () => {
    const message = await client.build(plan("unlucky one"));
    const broken = vi.spyOn(crypto.subtle, "sign").mockRejectedValue(new Error("inner secret"));
    const response = await fetchWorker(scep.postPkiOperation(client.url, message.der));
    broken.mockRestore();
    expect(response.status).toBe(503);
    const item = await eventually(message.transactionID);
    expect(item.latest).toMatchObject({
      outcome: "postponed",
      reason: "service_trouble",
      ...explanations.service_trouble,
    });
    expect(JSON.stringify(item)).not.toContain("inner secret");
  });

  it("is a tenant's own: another one finds neither by search nor by id", async () => {
    expectSuccess(await client.enrol(plan("private one")));
    const { id } = await eventually("private one");
    expect(await search("private one", neighbour)).toEqual([]);
    const response = await neighbour.api.request("GET", neighbour.path(`transactions/${id}`));
    expect(response.status).toBe(404);
  });

  it.each(["no-id", "%F0%9F%92%A9", "AAAA", "e30"])(
    "does not exist under the id %s",
    async (id) => {
      expect((await tenant.api.request("GET", tenant.path(`transactions/${id}`))).status).toBe(404);
    },
  );
});

describe("the log of transactions", () => {
  const event = (change: Partial<TransactionEvent>): TransactionEvent => ({
    id: createId(new Date()),
    tenantId: "log",
    configurationId: "log",
    at: new Date(),
    transactionID: "T",
    outcome: "issued",
    more: {},
    ...change,
  });
  const directory = createTransactionDirectory(openDatabase(env.DB));
  const clock = { now: () => new Date() };

  it("writes what came together in one statement, and pages through it, newest first", async () => {
    const database = openDatabase(env.DB);
    const run = vi.spyOn(database, "run");
    const log = createTransactionLog(database, clock);
    const work: Promise<unknown>[] = [];
    for (let index = 0; index < 25; index++)
      log.record(event({ transactionID: `T${index}` }), (promise) => work.push(promise));
    expect(work).toHaveLength(1);
    await Promise.all(work);
    expect(run).toHaveBeenCalledTimes(1);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await directory.searchTransactions("log", undefined, { cursor, limit: 10 });
      seen.push(...page.items.map(({ latest }) => latest.transactionID));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(
      Array.from({ length: 25 }, (_, index) => `T${index}`).toSorted(),
    );
  });

  it("keeps what strangers cause within bounds, counts what is lost, and keeps room for what was issued", async () => {
    const log = createTransactionLog(openDatabase(env.DB), clock);
    const work: Promise<unknown>[] = [];
    const flood = () =>
      log.record(
        event({ tenantId: "flood", outcome: "refused", transactionID: crypto.randomUUID() }),
        (promise) => work.push(promise),
      );
    for (let count = 0; count < 1000; count++) flood();
    log.record(event({ tenantId: "flood", transactionID: "issued" }), (promise) =>
      work.push(promise),
    );
    expect(log.takeLost()).toBe(700);
    expect(log.takeLost()).toBe(0);
    await Promise.all(work);
    expect(await directory.findTransaction("flood", "bG9nL2lzc3VlZA", 10)).toHaveLength(1);
  });

  it("forgets entries after their time, some at once", async () => {
    const log = createTransactionLog(openDatabase(env.DB), clock);
    const work: Promise<unknown>[] = [];
    const old = new Date(Date.now() - 100 * 86_400_000);
    for (let index = 0; index < 3; index++)
      log.record(
        event({ tenantId: "old", transactionID: `O${index}`, at: old, id: createId(old) }),
        (promise) => work.push(promise),
      );
    await Promise.all(work);
    const left = async () =>
      (await directory.searchTransactions("old", undefined, { limit: 10 })).items.length;
    const before = new Date(Date.now() - 90 * 86_400_000);
    await directory.purgeTransactions(before, 2);
    expect(await left()).toBe(1);
    await directory.purgeTransactions(before, 2);
    expect(await left()).toBe(0);
    const page = await directory.searchTransactions("log", undefined, { limit: 100 });
    expect(page.items).toHaveLength(25);
  });
});
