/**
 * Intune from the device to Microsoft and back, through the Worker as it is deployed: real HTTP calls to a fake of
 * Microsoft's cloud that refuses whatever the real one would. What each fault on the way means to the device.
 */
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import type { FakeTenant, Injection } from "../support/fake-microsoft/index.ts";
import { useFakeMicrosoft } from "../support/fake-microsoft/in-worker.ts";
import * as scep from "../support/scep-client/index.ts";

const fake = useFakeMicrosoft();
const key = scep.rsaKeyPair();
const signer = scep.selfSigned(key);

interface Fleet {
  readonly tenant: Tenant;
  readonly directory: FakeTenant;
  readonly client: scep.ScepClient;
}
let ours: Fleet;
let theirs: Fleet;

async function createFleet(name: string): Promise<Fleet> {
  const tenant = await createTenant(name);
  const directory = fake.tenant();
  await tenant.intuneConnection({ name: "microsoft", ...directory.credentials });
  const client = await tenant.configuration("fleet", { kind: "intune" });
  return { tenant, directory, client };
}

beforeAll(async () => {
  ours = await createFleet("End to end");
  theirs = await createFleet("End to end too");
});
beforeEach(() => fake.calm());

let devices = 0;
function build({ client, directory }: Fleet, wishes: { directory?: FakeTenant } = {}) {
  const commonName = `e2e ${++devices}`;
  const challenge = fake.challenge(wishes.directory ?? directory, {
    subject: ["O=Fleet", `CN=${commonName}`],
  });
  const request = { key, challenge, subject: scep.name("O=Fleet", `CN=${commonName}`) };
  return client.build({ request, signer, transactionID: `E${crypto.randomUUID()}` });
}

type Outcome = "issued" | "refused" | "postponed";

/** Sends as a device does. A certificate that Microsoft has not accepted by then fails the test (invariant I10). */
async function send({ client, directory }: Fleet, message: scep.PkiMessage): Promise<Outcome> {
  const response = await fetchWorker(scep.postPkiOperation(client.url, message.der));
  const octets = new Uint8Array(await response.arrayBuffer());
  if (response.status === 503) {
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    return "postponed";
  }
  expect(response.status).toBe(200);
  const reply = scep.verifyCertRep(octets, message);
  if (reply.pkiStatus === "SUCCESS") {
    expect(fake.unlawful(directory, reply.certificate.der)).toEqual([]);
    return "issued";
  }
  expect(reply).toMatchObject({ pkiStatus: "FAILURE", failInfo: "badRequest" });
  return "refused";
}

describe("a device enrols", () => {
  it("and the log line and the transaction's timeline tell each hop with Microsoft's activity ids", async () => {
    const message = await build(ours);
    const [event] = await scepEvents(async () => expect(await send(ours, message)).toBe("issued"));
    const activityIds = fake.log.map(({ headers }) => headers["client-request-id"]);
    const calls = event?.["intune"] as { hop: string; activityId: string; httpStatus: number }[];
    expect(calls.map(({ hop }) => hop)).toEqual([
      "graph-token",
      "discovery",
      "intune-token",
      "validate",
      "success-notification",
    ]);
    for (const { hop, activityId, httpStatus } of calls) {
      expect(httpStatus).toBe(200);
      expect(activityIds, hop).toContain(activityId);
    }
    const { tenant } = ours;
    const events = await vi.waitFor(
      async () => {
        const path = tenant.path(`transactions?search=${message.transactionID}`);
        const [found] = (await tenant.api.get<{ items: { id: string }[] }>(path)).items;
        const shown = await tenant.api.get<{ events: unknown[] }>(
          tenant.path(`transactions/${found?.id ?? "none"}`),
        );
        return shown.events;
      },
      { timeout: 5000, interval: 100 },
    );
    expect(events).toMatchObject([{ outcome: "issued", microsoftCalls: calls }]);
  });

  it("and the next one, whose Worker is warm, asks two questions and nothing else", async () => {
    const before = fake.log.length;
    expect(await send(ours, await build(ours))).toBe("issued");
    expect(fake.log.slice(before).map(({ hop }) => hop)).toEqual(["validate", "success"]);
  });
});

const html = { body: "<html><h1>502 Bad Gateway</h1></html>" };

describe("what goes wrong once does not reach the device", () => {
  it.each<[string, Injection]>([
    ["F1: a token that has ended, at validate", { hop: "validate", kind: "status", status: 401 }],
    [
      "F1: a token that has ended, at the notification",
      { hop: "success", kind: "status", status: 401 },
    ],
    ["F5: a gateway's HTML", { hop: "validate", kind: "status", status: 502, ...html }],
    ["F8: a connection that breaks off", { hop: "success", kind: "reset" }],
    ["F10: a service that moved", { hop: "validate", kind: "status", status: 410 }],
    ["F12: an answer that is lost", { hop: "success", kind: "lost" }],
  ])("%s", async (_, injection) => {
    fake.inject(injection);
    expect(await send(ours, await build(ours))).toBe("issued");
  });
});

describe("what stays wrong is no verdict, and over as soon as it is mended", () => {
  it.each<[string, Injection]>([
    ["F3: no consent to the role", { hop: "validate", kind: "status", status: 403 }],
    [
      "F4: throttled for an hour",
      { hop: "success", kind: "status", status: 429, headers: { "retry-after": "3600" } },
    ],
    ["F5: 500 again and again", { hop: "validate", kind: "status", status: 500 }],
    ["F8: no connection", { hop: "success", kind: "refused" }],
    ["F12: answers that are lost", { hop: "success", kind: "lost" }],
  ])("%s", async (_, injection) => {
    const fleet = await createFleet(`Trouble ${crypto.randomUUID()}`);
    expect(await send(fleet, await build(fleet))).toBe("issued");
    fake.inject({ ...injection, times: 0 });
    const message = await build(fleet);
    expect(await send(fleet, message)).toBe("postponed");
    fake.calm();
    // A Retry-After of an hour is obeyed, whoever asks.
    if (injection.status !== 429) expect(await send(fleet, message)).toBe("issued");
  });
});

describe("threat 17: only the code `Success`, to the letter, is a Success", () => {
  const answers: readonly unknown[] = [
    { code: null },
    {},
    { code: 0 },
    { code: "success" },
    { code: " Success" },
    { code: "CodeOfTomorrow" },
    { code: ["Success"] },
    { Code: "Success" },
    { value: { code: "Success" } },
  ];
  it.each(answers.map((answer) => [JSON.stringify(answer), answer]))(
    "%s refuses, at both questions",
    async (_, answer) => {
      const [first, second] = [await build(ours), await build(ours)];
      fake.force({ hop: "validate", answer });
      expect(await send(ours, first)).toBe("refused");
      expect(await ours.tenant.certificates(first.transactionID)).toEqual([]);
      fake.force({ hop: "success", answer });
      expect(await send(ours, second)).toBe("refused");
      expect(await ours.tenant.certificates(second.transactionID)).toMatchObject([
        { status: "revoked" },
      ]);
      expect(fake.count("failure")).toBe(0);
    },
  );

  it("F11: an answer that is no JSON is none", async () => {
    fake.inject({ hop: "validate", kind: "status", status: 200, body: '{"code":"Succ' });
    expect(await send(ours, await build(ours))).toBe("refused");
  });

  it.each([
    ["a challenge that has expired", { expires: Date.now() - 1000 }],
    ["another device's names", { subject: ["O=Fleet", "CN=somebody else"] }],
    ["a profile that is not assigned any more", { profile: "gone" }],
  ])("%s refuses by nature", async (_, wishes) => {
    const challenge = fake.challenge(ours.directory, { subject: ["O=Fleet", "CN=n"], ...wishes });
    const request = { key, challenge, subject: scep.name("O=Fleet", "CN=n") };
    expect(await send(ours, await ours.client.build({ request, signer }))).toBe("refused");
  });
});

describe("F14: two tenants at once", () => {
  it("each device is validated by its own tenant's Microsoft, and another's challenge is worth nothing", async () => {
    const fleets = [ours, theirs, ours, theirs, ours, theirs];
    const outcomes = await Promise.all(
      fleets.map(async (fleet) => await send(fleet, await build(fleet))),
    );
    expect(new Set(outcomes)).toEqual(new Set(["issued"]));
    expect(await send(ours, await build(ours, { directory: theirs.directory }))).toBe("refused");
    expect(await send(theirs, await build(theirs, { directory: ours.directory }))).toBe("refused");
  });
});
