/**
 * Intune enrolments that die, meet or repeat: whatever happens, one certificate, one accepted notification, and none that
 * leaves without it. What one tenant's Microsoft says never counts for another.
 */
import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { inObject } from "../support/authorities.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import {
  createIntuneDeployment,
  type DeviceAnswer,
  type IntuneDeployment,
} from "../support/intune-deployment.ts";
import { MicrosoftDouble, misconfigured, refused, trouble } from "../support/microsoft.ts";
import * as scep from "../support/scep-client/index.ts";

let fleet: Tenant;
let other: Tenant;
let client: scep.ScepClient;
let authority: string;
let microsoft: MicrosoftDouble;
let deployment: IntuneDeployment;
const key = scep.rsaKeyPair();
const signer = scep.selfSigned(key);
const challenge = `CANARY${"0123456789abcdef".repeat(140)}`;

async function createFleet(name: string): Promise<Tenant> {
  const tenant = await createTenant(name);
  await tenant.configuration("fleet", { kind: "intune" });
  return tenant;
}

beforeAll(async () => {
  fleet = await createFleet("Faulty fleet");
  other = await createFleet("Other faulty fleet");
  const { items } = await fleet.api.get<{ items: { id: string; name: string }[] }>(
    fleet.path("certificate-authorities"),
  );
  authority = items.find((item) => item.name === "Devices CA")?.id ?? "";
});
beforeEach(() => {
  microsoft = new MicrosoftDouble();
  deployment = createIntuneDeployment(microsoft);
  deployment.connect(fleet);
  deployment.connect(other);
  client = clientOf(fleet);
});
afterEach(async () => {
  deployment.broken.methods = {};
  await deployment.settle();
  expect(microsoft.violations).toEqual([]);
  vi.restoreAllMocks();
});

const clientOf = (tenant: Tenant) =>
  new scep.ScepClient(deployment.fetch, tenant.url("fleet", { kind: "intune" }));

let devices = 0;
const build = (transactionID = `F${crypto.randomUUID()}`, of = client) =>
  of.build({
    request: { key, challenge, subject: scep.name("O=Fleet", `CN=device ${++devices}`) },
    transactionID,
    signer,
  });
const send = (message: scep.PkiMessage): Promise<DeviceAnswer> =>
  deployment.send(client.url, message);

interface Row {
  readonly status: string;
  readonly delivery: string;
}
const rowsOf = ({ transactionID }: scep.PkiMessage): Promise<Row[]> =>
  inObject(authority, (_, { storage }) =>
    storage.sql
      .exec<Row & Record<string, SqlStorageValue>>(
        "SELECT status, delivery FROM certificates WHERE transaction_id = ?",
        transactionID,
      )
      .toArray(),
  );

/** The worker that had the request is dead, and the time of its lease has passed. */
const leaseEnds = (): Promise<void> =>
  inObject(authority, (_, { storage }) => void storage.sql.exec("UPDATE leases SET until = 0"));

const expectIssued = ({ reply, status }: DeviceAnswer): string => {
  if (!reply) throw new Error(`no CertRep but ${status}`);
  return expectSuccess(reply).certificate.serialNumberHex;
};
const expectPostponed = ({ status, retryAfter }: DeviceAnswer): void => {
  expect(status).toBe(503);
  expect(Number(retryAfter)).toBeGreaterThan(0);
};

const until = (asked: Parameters<MicrosoftDouble["count"]>[0], count = 1): Promise<void> =>
  vi.waitFor(() => expect(microsoft.count(asked)).toBe(count), { interval: 5 });

describe("F15: the same request five times at once", () => {
  it("is validated once, signed once, notified once, and each gets the certificate", async () => {
    const message = await build();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => send(message)));
    expect(new Set(answers.map(expectIssued)).size).toBe(1);
    expect(microsoft.seen.map(({ asked }) => asked)).toEqual(["validate", "success-notification"]);
    expect(await rowsOf(message)).toHaveLength(1);
  });

  it("that Microsoft is slow about: the others are asked to come again, and nothing is asked twice", async () => {
    const message = await build();
    let answer: (value: unknown) => void = () => undefined;
    microsoft.next("validate", new Promise((resolve) => (answer = resolve)));
    const first = send(message);
    await until("validate");
    expectPostponed(await send(message));
    expect(deployment.events.at(-1)).toMatchObject({
      outcome: "postponed",
      reason: "enrolment_under_way",
    });
    answer(undefined);
    expectIssued(await first);
    expect(microsoft.count("validate")).toBe(1);
  });

  it("six requests under one transactionID: one certificate, the others refused, some after a verdict", async () => {
    const transactionID = `F${crypto.randomUUID()}`;
    const messages = await Promise.all(Array.from({ length: 6 }, () => build(transactionID)));
    const answers = await Promise.all(messages.map(send));
    const replies = answers.map(({ reply }) => reply);
    const issued = replies.filter((reply) => reply?.pkiStatus === "SUCCESS");
    expect(issued).toHaveLength(1);
    for (const reply of replies)
      if (reply && reply.pkiStatus !== "SUCCESS") expectFailure(reply, "badRequest");
    await deployment.settle();
    // Our own refusal after Microsoft's Success is told, the others are not.
    const afterVerdict = microsoft.count("validate") - 1;
    expect(microsoft.count("failure-notification")).toBe(afterVerdict);
    for (const { hResult, errorDescription } of microsoft.failures) {
      expect(hResult).toBe(0x8007_0005);
      expect(errorDescription).toMatch(/^transaction_conflict: ./);
    }
    const [message] = messages;
    if (message) expect(await rowsOf(message)).toHaveLength(1);
  });
});

describe("F13: the worker dies", () => {
  it("while Microsoft validates: once its lease is over the request is validated again", async () => {
    const message = await build();
    microsoft.next("validate", "never");
    void send(message);
    await until("validate");
    await leaseEnds();
    expectIssued(await send(message));
    expect(microsoft.count("validate")).toBe(2);
  });

  it("between the verdict and the signature: validated again, one certificate", async () => {
    const message = await build();
    deployment.broken.methods = { issue: () => Promise.reject(new Error("the object died")) };
    expectPostponed(await send(message));
    deployment.broken.methods = {};
    await deployment.settle();
    expect(microsoft.count("failure-notification")).toBe(0);
    expectIssued(await send(message));
    expect(await rowsOf(message)).toHaveLength(1);
  });

  it("with the answer of the object that signed: gone on with at the notification", async () => {
    const message = await build();
    vi.spyOn(crypto.subtle, "sign").mockRejectedValueOnce(new Error("died while signing"));
    expectPostponed(await send(message));
    vi.restoreAllMocks();
    await deployment.settle();
    await abortAllDurableObjects();
    expectIssued(await send(message));
    expect(microsoft.count("validate")).toBe(1);
    await deployment.settle();
    expect(await rowsOf(message)).toEqual([{ status: "issued", delivery: "delivered" }]);
  });

  it("while Microsoft is told: told again in the same words by the device's retry", async () => {
    const message = await build();
    microsoft.next("success-notification", "never");
    void send(message);
    await until("success-notification");
    await leaseEnds();
    expectIssued(await send(message));
    expect(microsoft.count("validate")).toBe(1);
    expect(microsoft.count("success-notification")).toBe(2);
    expect(await rowsOf(message)).toHaveLength(1);
  });

  it("after Microsoft accepted, before that was recorded or answered: the retry tells it once more and delivers the same", async () => {
    const message = await build();
    deployment.broken.methods = { recordDelivery: () => Promise.resolve(true) };
    const lost = expectIssued(await send(message));
    deployment.broken.methods = {};
    await leaseEnds();
    expect(expectIssued(await send(message))).toBe(lost);
    expect(await rowsOf(message)).toHaveLength(1);
  });

  it("and a record of the delivery that the object does not take at first is made a little later", async () => {
    const message = await build();
    let attempts = 0;
    deployment.broken.methods = {
      recordDelivery: (serial) => {
        attempts++;
        deployment.broken.methods = {};
        return attempts === 1
          ? Promise.reject(new Error(`no record of ${serial} now`))
          : Promise.resolve(true);
      },
    };
    expectIssued(await send(message));
    await deployment.settle();
    expect(await rowsOf(message)).toEqual([{ status: "issued", delivery: "delivered" }]);
  });

  it("nobody comes back: the certificate is revoked in the end, and the story is in the outbox", async () => {
    const message = await build();
    microsoft.next("success-notification", trouble("success-notification"));
    expectPostponed(await send(message));
    await deployment.settle();
    await inObject(authority, async (instance, { storage }) => {
      storage.sql.exec("UPDATE certificates SET undelivered_until = undelivered_until - 5500");
      await instance.wake();
      const told = (await instance.readOutbox(100)).at(-1);
      expect(told).toMatchObject({
        event: "certificate-undelivered",
        details: { delivery: "given-up", transactionID: message.transactionID },
      });
    });
    expect(await rowsOf(message)).toMatchObject([{ delivery: "given-up" }]);
  });
});

describe("the CA cannot issue", () => {
  it("for good, after Microsoft's Success: FAILURE, and Microsoft is told, which leaves a line", async () => {
    const message = await build();
    const lines: string[] = [];
    const spy = vi
      .spyOn(console, "log")
      .mockImplementation((line) => void lines.push(String(line)));
    deployment.broken.methods = {
      issue: () => Promise.resolve({ ok: false, error: { reason: "authority_not_ready" } }),
    };
    const { reply } = await send(message);
    expectFailure(reply as scep.CertRep, "badRequest");
    await deployment.settle();
    spy.mockRestore();
    expect(microsoft.failures).toMatchObject([{ hResult: 0x8000_4005 }]);
    const told = lines.map((line) => JSON.parse(line));
    expect(told.filter(({ event }) => event === "intune_failure_told")).toMatchObject([
      {
        ...{ transactionID: message.transactionID, result: "Success" },
        calls: [{ hop: "failure-notification", activityId: expect.any(String) }],
      },
    ]);
  });

  it("at present, before anybody is asked: 503, and Microsoft hears nothing", async () => {
    deployment.broken.methods = { beginConsent: () => Promise.reject(new Error("overloaded")) };
    expectPostponed(await send(await build()));
    expect(microsoft.seen).toEqual([]);
  });

  it("and cannot withhold what Microsoft refused: 503, and the retry withholds it", async () => {
    const message = await build();
    microsoft.next("success-notification", refused("Unknown"), refused("Unknown"));
    deployment.broken.methods = { refuseDelivery: () => Promise.reject(new Error("overloaded")) };
    expectPostponed(await send(message));
    deployment.broken.methods = {};
    await leaseEnds();
    const { reply } = await send(message);
    expectFailure(reply as scep.CertRep, "badRequest");
    expect(await rowsOf(message)).toMatchObject([{ delivery: "refused" }]);
  });
});

describe("F14: tenants never cross", () => {
  it("each request is shown to its own tenant's connection, at once and with one transactionID", async () => {
    const transactionID = `F${crypto.randomUUID()}`;
    const theirs = clientOf(other);
    microsoft.always = (_, connection) =>
      connection.tenantId === fleet.id ? "success" : refused("BadTenantIdInChallenge");
    for (let round = 0; round < 3; round++) {
      const id = `${transactionID}-${round}`;
      const [ours, foreign] = await Promise.all([build(id), build(id, theirs)]);
      const [answer, refusal] = await Promise.all([
        send(ours),
        deployment.send(theirs.url, foreign),
      ]);
      expectIssued(answer);
      expectFailure(refusal.reply as scep.CertRep, "badRequest");
    }
    for (const { connection, answer } of microsoft.seen)
      expect(answer).toBe(connection.endsWith(fleet.id) ? "success" : "refused");
  });
});

describe("F18: nothing secret in what the service says", () => {
  it("neither in log lines, timelines, answers nor in the object's tables", async () => {
    const said: string[] = [];
    const spies = (["log", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((line: unknown) => void said.push(String(line))),
    );
    microsoft.next(
      "validate",
      refused("ChallengeDecodingError", "The challenge is bad"),
      trouble("validate"),
      misconfigured("intune-token"),
      "success",
    );
    microsoft.next("success-notification", refused("Unknown"));
    for (let count = 0; count < 5; count++) {
      const message = await build();
      const response = await deployment.fetch(scep.postPkiOperation(client.url, message.der));
      said.push(Buffer.from(await response.arrayBuffer()).toString("latin1"));
    }
    await deployment.settle();
    for (const spy of spies) spy.mockRestore();
    said.push(JSON.stringify(deployment.events));
    const tables = await inObject(authority, (_, { storage }) =>
      ["certificates", "journal", "outbox", "leases"].map((table) =>
        JSON.stringify(storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
      ),
    );
    const everything = [...said, ...tables].join("\n");
    expect(everything).toContain("ChallengeDecodingError");
    expect(everything).not.toContain("CANARY");
    expect(everything).not.toContain(btoa(challenge).slice(8, 60));
  });
});

it(
  "40 devices with 30 % faults of all kinds: nothing without validation, one certificate each, all get theirs in the end",
  { timeout: 120_000 },
  async () => {
    const faults = [
      trouble("graph-token", 1),
      trouble("validate", 1),
      misconfigured("discovery"),
      refused("ChallengeExpired"),
    ];
    let drawn = 0;
    // No chance in it, so that a failure comes again: three of ten, each kind in turn.
    microsoft.always = (asked) => {
      const turn = drawn++;
      if (asked === "failure-notification" || (turn * 7) % 10 >= 3) return "success";
      const fault = faults[turn % faults.length] ?? "success";
      // A refused delivery is the end of its request: those have tests of their own.
      return asked === "success-notification" && typeof fault === "object" && "code" in fault
        ? trouble("success-notification", 1)
        : fault;
    };
    let waiting = await Promise.all(Array.from({ length: 40 }, () => build()));
    const all = [...waiting];
    let asked = 0;
    for (let round = 0; round < 30 && waiting.length > 0; round++) {
      const left: scep.PkiMessage[] = [];
      await Promise.all(
        waiting.map(async (message) => {
          asked++;
          const { status, reply } = await send(message);
          if (status === 503 || reply?.pkiStatus === "FAILURE") left.push(message);
          else expect(reply?.pkiStatus).toBe("SUCCESS");
        }),
      );
      await deployment.settle();
      waiting = left;
    }
    expect(waiting).toEqual([]);
    expect(asked).toBeGreaterThan(50);
    for (const message of all)
      expect(await rowsOf(message)).toEqual([{ status: "issued", delivery: "delivered" }]);
    expect(microsoft.accepted.size).toBe(all.length);
  },
);
