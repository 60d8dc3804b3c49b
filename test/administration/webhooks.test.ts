/** Webhooks: where they may point, what they are told, how often, and that the receiver can know who speaks. */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliverWebhooks } from "../../src/administration/webhook-delivery.ts";
import { collectIssued, publishWebhookEvents } from "../../src/administration/webhook-events.ts";
import { readWebhookTarget } from "../../src/administration/webhook-target.ts";
import type { WebhookAnswer } from "../../src/ports/webhook-sender.ts";
import {
  afterwards,
  call,
  clock,
  createTestTenant,
  dependencies,
  must,
  stores,
} from "../support/api.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const minute = 60_000;
const hook = "https://hooks.example.com/scep";
let device: Tenant;
let key: string;
let path: string;
let sent: Sent[] = [];

const deliver = (answer: WebhookAnswer = { status: 204 }) =>
  deliverWebhooks({
    ...dependencies,
    webhookSender: {
      async post(url, headers, body) {
        sent.push({ url, headers, body });
        return answer;
      },
    },
  });
/** What was sent to one webhook: suites share a database. */
const sentTo = (url: string) => sent.filter((one) => one.url === url);

beforeAll(async () => {
  device = await createTenant("Webhooks");
  key = device.api.key;
  path = `/tenants/${device.id}`;
});
beforeEach(async () => {
  clock.offsetMilliseconds = 0;
  await deliver();
  sent = [];
});
afterAll(() => {
  clock.offsetMilliseconds = 0;
});

const create = (events: readonly string[], url = `${hook}/${crypto.randomUUID()}`) =>
  must(key, "POST", `${path}/webhooks`, { url, events });
const deliveriesOf = async (id: string) =>
  (await must(key, "GET", `${path}/webhooks/${id}/deliveries`)).items;
const publish = (name: string) =>
  publishWebhookEvents(dependencies, [
    {
      kind: "refused",
      tenantId: device.id,
      at: clock.now(),
      key: name,
      data: { reason: "badRequest" },
    },
  ]);

describe("threat 40: the address", () => {
  it.each([
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST:8443/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fd00::1]/",
    "https://①②⑦.⓪.⓪.①/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://router.lan/",
    "https://intranet/",
    "https://db.corp./",
    "https://x.home.arpa/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:80/",
    "javascript:alert(1)",
    "//hooks.example.com",
    "hooks.example.com",
    "",
  ])("%s is refused", (url) => {
    expect(readWebhookTarget(url, false).ok).toBe(false);
  });

  it.each(["https://hooks.example.com/a?b=c", "https://xn--bcher-kva.example.org:8443/"])(
    "%s is taken",
    (url) => {
      expect(readWebhookTarget(url, false)).toEqual({ ok: true, value: url });
    },
  );

  it("this machine may be named in development, and nowhere else", () => {
    for (const url of ["http://127.0.0.1:9000/hook", "http://localhost:9000/hook"]) {
      expect(readWebhookTarget(url, true).ok).toBe(true);
      expect(readWebhookTarget(url, false).ok).toBe(false);
    }
    expect(readWebhookTarget("http://10.0.0.1/", true).ok).toBe(false);
    expect(readWebhookTarget("http://127.0.0.1.example.com/", true).ok).toBe(false);
  });

  it("the API says which field is wrong, when a webhook is made and when it is changed", async () => {
    const { id } = await create(["issued"]);
    const url = "https://169.254.169.254/";
    for (const answer of [
      await call(key, "POST", `${path}/webhooks`, { url, events: ["issued"] }),
      await call(key, "PATCH", `${path}/webhooks/${id}`, { url }),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.body.errors[0].field).toBe("url");
    }
    await must(key, "DELETE", `${path}/webhooks/${id}`);
  });
});

describe("what is sent", () => {
  it("is signed with both secrets for a day after a new one was made, and then with that one only", async () => {
    const webhook = await create(["refused"]);
    const replaced = await must(key, "POST", `${path}/webhooks/${webhook.id}/secret`, {});
    expect(replaced.secret).toMatch(/^whsec_/);
    expect(replaced.secret).not.toBe(webhook.secret);
    const signedWith = ({ headers, body }: Sent, shown: string): boolean => {
      const said = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      const secret = Buffer.from(shown.slice(6), "base64");
      const mac = createHmac("sha256", secret).update(said).digest("base64");
      return (headers["webhook-signature"] ?? "").split(" ").includes(`v1,${mac}`);
    };
    const one = async (name: string): Promise<Sent> => {
      await publish(name);
      await deliver();
      const last = sentTo(webhook.url).at(-1);
      if (!last) throw new Error("nothing was sent");
      return last;
    };
    const both = await one(`both-${webhook.id}`);
    expect([signedWith(both, webhook.secret), signedWith(both, replaced.secret)]).toEqual([
      true,
      true,
    ]);
    clock.offsetMilliseconds = 24 * 60 * minute + minute;
    const later = await one(`later-${webhook.id}`);
    expect([signedWith(later, webhook.secret), signedWith(later, replaced.secret)]).toEqual([
      false,
      true,
    ]);
    const stored = await stores.webhooks.findWebhook(device.id, webhook.id);
    expect(stored).not.toHaveProperty("previousSecret");
    await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
  });

  it("is signed as Standard Webhooks says, with a secret that is shown once and stored wrapped", async () => {
    const webhook = await create(["refused"]);
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify(await must(key, "GET", `${path}/webhooks`))).not.toContain("whsec_");
    await publish("signed");
    await deliver();
    const [first] = sentTo(webhook.url);
    const body = first?.body ?? "";
    const [id, at, signature] = ["id", "timestamp", "signature"].map(
      (name) => first?.headers[`webhook-${name}`],
    );
    const secret = Buffer.from(webhook.secret.slice(6), "base64");
    const mac = createHmac("sha256", secret).update(`${id}.${at}.${body}`).digest("base64");
    expect(signature).toBe(`v1,${mac}`);
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
    expect(JSON.parse(body)).toMatchObject({
      type: "refused",
      tenant: device.id,
      data: { reason: "badRequest" },
    });
    await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
  });

  it("certificates are told of once, from their CA's rows, and only those of the tenant and of the webhook's time", async () => {
    const client = await device.configuration("devices");
    const { challenge } = await device.token("devices");
    const pair = scep.rsaKeyPair();
    const enrol = (name: string) =>
      client.enrol({
        request: { key: pair, challenge, subject: scep.name("O=Demo", `CN=${name}`) },
      });
    expectSuccess(await enrol("before"));
    // Recorded to the second: the webhook is of a later one.
    clock.offsetMilliseconds = 2000;
    const webhook = await create(["issued"]);
    await new Promise((done) => setTimeout(done, 2100));
    clock.offsetMilliseconds = 0;
    await collectIssued(dependencies);
    const one = expectSuccess(await enrol("one"));
    const two = expectSuccess(await enrol("two"));
    for (let minutes = 0; minutes < 3; minutes++) {
      await Promise.all([collectIssued(dependencies), collectIssued(dependencies)]);
      clock.offsetMilliseconds = minutes * minute;
      await Promise.all([deliver(), deliver()]);
    }
    const told = sentTo(webhook.url).map(({ body }) => JSON.parse(body));
    expect(told.map(({ data }) => String(data.serialNumber)).toSorted()).toEqual(
      [one, two].map(({ certificate }) => certificate.serialNumberHex).toSorted(),
    );
    expect(told[0]).toMatchObject({ type: "issued", data: { configuration: "devices" } });
    await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
  });

  it("a failure is tried again with the same id and body; a redirect is one, and nothing of an answer is kept", async () => {
    const webhook = await create(["refused"]);
    await publish("retried");
    await publish("retried");
    await deliver({ status: 302 });
    await deliver({ status: 204 });
    expect(sentTo(webhook.url), "the pause holds").toHaveLength(1);
    expect(await deliveriesOf(webhook.id)).toMatchObject([
      { status: "waiting", attempts: 1, lastStatus: 302 },
    ]);
    clock.offsetMilliseconds = 2 * minute;
    await deliver({ error: "The address could not be reached." });
    clock.offsetMilliseconds = 10 * minute;
    await deliver();
    const all = sentTo(webhook.url);
    expect(all).toHaveLength(3);
    expect(new Set(all.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(all.map(({ body }) => body)).size).toBe(1);
    expect(await deliveriesOf(webhook.id)).toMatchObject([{ status: "delivered", attempts: 3 }]);
    await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
  });

  it("a receiver that takes nothing for three days is switched off, once, with a mail; enabled again it is well", async () => {
    await must(key, "PATCH", `${path}/notification-addresses`, { upkeep: ["ops@example.test"] });
    const webhook = await create(["refused"]);
    for (const [index, day] of [0, 1, 2, 3.1, 3.2].entries()) {
      clock.offsetMilliseconds = day * 24 * 60 * minute;
      await publish(`failing ${index}`);
      await deliver({ status: 500 });
    }
    expect(await must(key, "GET", `${path}/webhooks/${webhook.id}`)).toMatchObject({
      enabled: false,
    });
    const { items } = await must(key, "GET", `${path}/mails?limit=100`);
    const told = items.filter((mail: { about: string }) => mail.about === webhook.id);
    expect(told).toMatchObject([{ kind: "webhook-disabled", recipient: "ops@example.test" }]);
    const states = (await deliveriesOf(webhook.id)).map(({ status }: { status: string }) => status);
    expect(new Set(states)).toEqual(new Set(["failed"]));
    const off = await call(key, "POST", `${path}/webhooks/${webhook.id}/test`);
    expect(off.status).toBe(409);
    const on = await must(key, "PATCH", `${path}/webhooks/${webhook.id}`, { enabled: true });
    expect(on.failingSince).toBeUndefined();
    await must(key, "POST", `${path}/webhooks/${webhook.id}/test`);
    await Promise.all(afterwards);
    // Sent right away, by the sender of these tests; a test is not tried again.
    expect((await deliveriesOf(webhook.id))[0]).toMatchObject({
      event: "test",
      status: "failed",
      lastError: "Tests reach no network.",
    });
    await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
  });

  it("a sender that died before it wrote down what it sent sends again under the same id", async () => {
    const webhook = await create(["refused"]);
    await publish("crash");
    const dying = {
      ...dependencies,
      webhooks: { ...stores.webhooks, markDelivered: () => Promise.reject(new Error("gone")) },
      webhookSender: {
        post: async (url: string, headers: Readonly<Record<string, string>>, body: string) => {
          sent.push({ url, headers, body });
          return { status: 200 };
        },
      },
    };
    await expect(deliverWebhooks(dying)).rejects.toThrow("gone");
    await deliver();
    expect(sentTo(webhook.url)).toHaveLength(1);
    clock.offsetMilliseconds = 3 * minute;
    await deliver();
    const ids = sentTo(webhook.url).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
  });
});

it("a tenant has twenty at most, asked for one after the other or all at once", async () => {
  const own = await createTestTenant();
  const post = () =>
    call(own.key, "POST", `${own.path}/webhooks`, { url: hook, events: ["refused"] });
  for (let made = 0; made < 15; made++) expect((await post()).status).toBe(201);
  const answers = await Promise.all(Array.from({ length: 12 }, post));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  expect(answers.find(({ status }) => status === 409)?.body.detail).toContain("20 webhooks");
  expect((await must(own.key, "GET", `${own.path}/webhooks?limit=100`)).items).toHaveLength(20);
});

it("a secret that does not open is one webhook's failure, and tried again", async () => {
  const [broken, whole] = [await create(["refused"]), await create(["refused"])];
  await publish("unopened");
  const told: string[] = [];
  const keyWrapping = {
    ...dependencies.keyWrapping,
    unwrap: (...[octets, context]: Parameters<typeof dependencies.keyWrapping.unwrap>) =>
      context.id === broken.id
        ? Promise.reject(new Error("no such version"))
        : dependencies.keyWrapping.unwrap(octets, context),
  };
  const post = (url: string) => {
    told.push(url);
    return Promise.resolve({ status: 204 });
  };
  await deliverWebhooks({ ...dependencies, keyWrapping, webhookSender: { post } });
  expect(told).toContain(whole.url);
  const { items } = await must(key, "GET", `${path}/webhooks/${broken.id}/deliveries`);
  expect(items[0]).toMatchObject({ status: "waiting", lastError: expect.stringMatching(/log/) });
  for (const { id } of [broken, whole]) await must(key, "DELETE", `${path}/webhooks/${id}`);
});

it("another tenant's webhooks do not exist, and hear nothing", async () => {
  const webhook = await create(["refused"]);
  const other = await createTestTenant();
  for (const [method, more] of [
    ["GET", ""],
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/test"],
    ["GET", "/deliveries"],
  ] as const) {
    const body = method === "PATCH" ? { enabled: false } : undefined;
    const foreign = `${other.path}/webhooks/${webhook.id}${more}`;
    expect((await call(other.key, method, foreign, body)).status).toBe(404);
  }
  const event = { kind: "refused", at: clock.now(), key: "foreign", data: {} } as const;
  await publishWebhookEvents(dependencies, [{ ...event, tenantId: other.id }]);
  await deliver();
  expect(sentTo(webhook.url)).toHaveLength(0);
  await must(key, "DELETE", `${path}/webhooks/${webhook.id}`);
});
