/** What webhooks and people are told of: once each, whatever dies in between. */
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { tellOfEndingSecrets } from "../../src/administration/ending-secrets.ts";
import { carryAuthorityEvents } from "../../src/administration/notices.ts";
import { keepUp } from "../../src/administration/upkeep.ts";
import { collectEnding, collectRefused } from "../../src/administration/webhook-collection.ts";
import { createTransactionLog } from "../../src/storage/transaction-log.ts";
import { openDatabase } from "../../src/storage/database.ts";
import { env } from "cloudflare:workers";
import type { TransactionEvent } from "../../src/ports/transaction-log.ts";
import { clock, dependencies, faults, must } from "../support/api.ts";
import { inObject, lastingClient } from "../support/authorities.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const minute = 60_000;
const day = 1440 * minute;

let tenant: Tenant;
let client: scep.ScepClient;
let path: string;
let authorityId: string;

beforeAll(async () => {
  tenant = await createTenant("Told");
  path = `/tenants/${tenant.id}`;
  client = await tenant.configuration("devices", { requiresApproval: false });
  const authority = await tenant.api.get<{ id: string }>(
    tenant.path("certificate-authorities/Devices%20CA"),
  );
  authorityId = authority.id;
  for (const [value, role] of [
    ["approver@example.test", "approver"],
    ["admin@example.test", "tenant-administrator"],
  ])
    await must(tenant.api.key, "POST", `${path}/members`, { kind: "mail", value, role });
});
beforeEach(() => {
  clock.offsetMilliseconds = 0;
});
afterEach(() => {
  clock.offsetMilliseconds = 0;
  vi.restoreAllMocks();
});

interface Told {
  readonly event: string;
  readonly body: string;
}

const hook = (events: readonly string[]): Promise<{ id: string }> =>
  must(tenant.api.key, "POST", `${path}/webhooks`, {
    url: `https://hooks.example.com/${crypto.randomUUID()}`,
    events,
  });
const toldTo = async ({ id }: { id: string }) => {
  const { items } = await dependencies.webhooks.listDeliveries(tenant.id, id, { limit: 100 });
  return items.map(({ event, body }: Told) => ({ event, ...JSON.parse(body).data }));
};
const mails = async (about: string) =>
  (await dependencies.mailOutbox.listMails(tenant.id, { limit: 100 })).items
    .filter((mail) => mail.about === about)
    .map(({ recipient, message }) => ({ recipient, ...message }));
const dyingOnce = <Name extends string>(
  object: Record<Name, (...given: never[]) => Promise<unknown>>,
  name: Name,
) => vi.spyOn(object, name as never).mockRejectedValueOnce(new Error("it dies here"));

it("refusals are read from the timeline, each once, those that arrive late and after a death too", async () => {
  const webhook = await hook(["refused"]);
  const configurationId = (await must(tenant.api.key, "GET", `${path}/scep-configurations/devices`))
    .id;
  const log = createTransactionLog(openDatabase(env.DB), clock);
  const refuse = async (number: number, at: Date, outcome: "refused" | "issued" = "refused") => {
    const hex = at.getTime().toString(16).padStart(12, "0");
    const event: TransactionEvent = {
      id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(number).padStart(12, "0")}`,
      ...{ tenantId: tenant.id, configurationId, at, outcome, transactionID: `T${number}` },
      ...(outcome === "refused" && { reason: "challenge_wrong" }),
      more: {},
    };
    const works: Promise<unknown>[] = [];
    log.record(event, (work) => void works.push(work));
    await Promise.all(works);
  };
  const at = new Date(Date.now() + 1000);
  await refuse(2, new Date(at.getTime() + 10));
  await refuse(3, at, "issued");
  await refuse(9, new Date(Date.now() - day));
  clock.offsetMilliseconds = minute;
  dyingOnce(dependencies.webhooks as never, "advance");
  await collectRefused(dependencies);
  expect(faults.pop()).toMatchObject({ message: "it dies here" });
  await collectRefused(dependencies);
  // Its isolate wrote it later than another one wrote what happened after it.
  await refuse(1, at);
  for (let minutes = 1; minutes < 5; minutes++) {
    clock.offsetMilliseconds = minutes * minute;
    await Promise.all([collectRefused(dependencies), collectRefused(dependencies)]);
  }
  const told = await toldTo(webhook);
  expect(told.map(({ transactionID }) => String(transactionID)).toSorted()).toEqual(["T1", "T2"]);
  expect(told[0]).toMatchObject({ configuration: "devices", reason: "challenge_wrong" });
  await refuse(4, clock.now());
  clock.offsetMilliseconds = 10 * minute;
  await collectRefused(dependencies);
  expect(await toldTo(webhook)).toHaveLength(3);
});

it("a request that waits and a revocation are told to webhooks, and the first to approvers, once, whenever the carrier dies", async () => {
  const webhook = await hook(["pending", "revoked"]);
  const waiting = await tenant.configuration("approval", { requiresApproval: true });
  const { challenge } = await tenant.token("approval");
  const devices = ["one", "two"].map((name) => ({
    key: scep.rsaKeyPair(),
    challenge,
    subject: scep.name("O=Demo", `CN=${name}`),
  }));
  for (const request of devices) expectPending(await waiting.enrol({ request }));
  const { serialNumber } =
    (await tenant.certificates("agent approval"))[0] ?? expect.fail("no agent");
  await tenant.revoke(serialNumber, "superseded");

  const authority = lastingClient(authorityId);
  const carry = (of = authority) => carryAuthorityEvents(dependencies, authorityId, of);
  const first = (await authority.readOutbox(1))[0]?.subject ?? "";
  dyingOnce(dependencies.webhooks as never, "queueDeliveries");
  await expect(carry()).rejects.toThrow("it dies here");
  dyingOnce(dependencies.mailOutbox as never, "queueMails");
  await expect(carry()).rejects.toThrow("it dies here");
  await expect(
    carryAuthorityEvents(dependencies, authorityId, {
      readOutbox: (limit) => authority.readOutbox(limit),
      confirmOutbox: () => Promise.reject(new Error("it dies here")),
    }),
  ).rejects.toThrow("it dies here");
  await carry();
  await carry();
  expect(await authority.readOutbox(1)).toEqual([]);

  const told = await toldTo(webhook);
  expect(told.map(({ event }) => String(event)).toSorted()).toEqual([
    "pending",
    "pending",
    "revoked",
  ]);
  expect(told.find(({ event }) => event === "revoked")).toMatchObject({
    ...{ serialNumber, reason: "superseded", certificateAuthority: authorityId },
  });
  expect(await mails(first)).toEqual([
    {
      kind: "enrolment-request-waiting",
      recipient: "approver@example.test",
      ...{ configuration: "approval", subject: "CN=one,O=Demo", others: 1 },
      tenantName: expect.stringContaining("Told"),
    },
  ]);
});

it("administrators hear of what ends and of trouble; of certificates that were not handed out once a day", async () => {
  const webhook = await hook(["expiring"]);
  const configurationId = (await must(tenant.api.key, "GET", `${path}/scep-configurations/devices`))
    .id;
  const seconds = Math.floor(Date.now() / 1000);
  const tell = (event: string, subject: string, details: object) =>
    inObject(authorityId, (_, { storage }) => {
      const insert = "INSERT INTO outbox (at, event, subject, details) VALUES (?, ?, ?, ?)";
      storage.sql.exec(insert, seconds, event, subject, JSON.stringify(details));
    });
  const notAfter = "2027-01-02T00:00:00.000Z";
  await tell("enrolment-agent-expiring", "agent", { notAfter, configurationId });
  await tell("authority-expiring", authorityId, { notAfter });
  await tell("crl-trouble", "list", { trouble: "ended" });
  await tell("key-trouble", "key", { masterKeyVersion: 7 });
  for (const serial of ["aa", "bb"])
    await tell("certificate-undelivered", serial, { configurationId });
  await carryAuthorityEvents(dependencies, authorityId, lastingClient(authorityId));
  await tell("certificate-undelivered", "cc", { configurationId });
  await carryAuthorityEvents(dependencies, authorityId, lastingClient(authorityId));

  const expiring = { kind: "expiring", endsAt: notAfter, recipient: "admin@example.test" };
  expect(await mails("agent")).toMatchObject([
    { ...expiring, what: "enrolment-agent", name: "devices (Devices CA)" },
  ]);
  expect(await mails(authorityId)).toMatchObject([
    { ...expiring, what: "authority", name: "Devices CA" },
  ]);
  expect(await mails("list")).toMatchObject([{ trouble: expect.stringContaining("has ended") }]);
  expect(await mails("key")).toMatchObject([{ trouble: expect.stringContaining("version 7") }]);
  expect(await mails("aa")).toHaveLength(1);
  expect([...(await mails("bb")), ...(await mails("cc"))]).toEqual([]);
  expect((await toldTo(webhook)).map(({ what }) => String(what)).toSorted()).toEqual([
    "authority",
    "enrolment-agent",
  ]);
});

it("an Intune secret that ends is told of at 30, 7 and 1 days, each once", async () => {
  const ends = new Date(Date.now() + 20 * day);
  await tenant.intuneConnection({ name: "ending", clientSecretExpiresAt: ends.toISOString() });
  const { credentials } =
    (await dependencies.intuneConnections.findConnection(tenant.id, "ending")) ?? expect.fail();
  const about = credentials[0]?.id ?? "";
  dyingOnce(dependencies.intuneConnections as never, "markCredentialTold");
  await expect(tellOfEndingSecrets(dependencies)).rejects.toThrow("it dies here");
  await tellOfEndingSecrets(dependencies);
  await tellOfEndingSecrets(dependencies);
  expect(await mails(about)).toMatchObject([
    { kind: "expiring", what: "secret", name: "ending", recipient: "admin@example.test" },
  ]);
  for (const [days, count] of [
    [14, 2],
    [19.5, 3],
    [25, 3],
  ] as const) {
    clock.offsetMilliseconds = days * day;
    await tellOfEndingSecrets(dependencies);
    await tellOfEndingSecrets(dependencies);
    expect(await mails(about)).toHaveLength(count);
  }
});

it("a certificate that ends is told once at each threshold, unless its device has the next one", async () => {
  const { challenge } = await tenant.token("devices");
  const webhook = await hook(["expiring"]);
  const enrol = async (name: string) => {
    const key = scep.rsaKeyPair();
    const request = { key, challenge, subject: scep.name("O=Demo", `CN=${name}`) };
    return { key, request, reply: expectSuccess(await client.enrol({ request })) };
  };
  const kept = await enrol("kept");
  const renewed = await enrol("renewed");
  const { key, request, reply } = renewed;
  expectSuccess(
    await client.enrol({
      messageType: scep.messageTypes.RenewalReq,
      request,
      signer: { key, certificate: reply.certificate },
    }),
  );
  const serials = async () =>
    (await toldTo(webhook)).map(({ serialNumber, days }) => `${days} ${serialNumber}`);
  clock.offsetMilliseconds = 59 * day;
  await collectEnding(dependencies);
  expect(await serials()).toEqual([]);
  clock.offsetMilliseconds = 61 * day;
  dyingOnce(dependencies.webhooks as never, "advance");
  await collectEnding(dependencies);
  expect(faults.pop()).toMatchObject({ message: "it dies here" });
  await collectEnding(dependencies);
  await collectEnding(dependencies);
  const serial = kept.reply.certificate.serialNumberHex;
  // The renewed one is told in its successor alone.
  const at30 = await serials();
  expect(at30).toHaveLength(2);
  expect(at30).toContain(`30 ${serial}`);
  expect(at30).not.toContain(`30 ${reply.certificate.serialNumberHex}`);
  clock.offsetMilliseconds = 84 * day;
  await collectEnding(dependencies);
  expect(await serials()).toContain(`7 ${serial}`);
  expect(await serials()).toHaveLength(4);
});

it("the clock does all of it in one run, and a part that fails keeps no other waiting", async () => {
  const webhook = await hook(["revoked"]);
  const agent = (await tenant.certificates("agent devices"))[0]?.serialNumber ?? "";
  await tenant.revoke(agent, "keyCompromise");
  dyingOnce(dependencies.intuneConnections as never, "listEndingCredentials");
  vi.spyOn(dependencies.wrappedSecrets, "listOutdated").mockRejectedValueOnce(new Error("or here"));
  const purged = vi.spyOn(dependencies.transactionDirectory, "purgeTransactions");
  await keepUp(dependencies);
  expect(await toldTo(webhook)).toMatchObject([{ event: "revoked", serialNumber: agent }]);
  expect(purged).toHaveBeenCalledOnce();
  expect(faults.splice(-2)).toMatchObject([{ message: "or here" }, { message: "it dies here" }]);
});
