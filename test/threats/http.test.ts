/** Abuse of HTTP: plain-HTTP reach, forged headers, odd queries, sizes, floods, enumeration (threats 15, 33 to 37, 58, 59). */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchFrom, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  tenant = await createTenant("Transport");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
});

const build = (wrong = false) =>
  client.build({ request: { key, challenge: wrong ? "wrong" : challenge } });
const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  fetchWorker(new Request(url, { headers }));

describe("threat 15: guessing challenges locks out the guesser and nobody else", () => {
  it("after some wrong ones the source waits, with Retry-After, while another source enrols", async () => {
    const guesser = fetchFrom("198.51.100.7");
    const statuses: number[] = [];
    let retryAfter: string | null = null;
    for (let round = 0; round < 25; round++) {
      const response = await guesser(scep.postPkiOperation(client.url, (await build(true)).der));
      statuses.push(response.status);
      if (response.status !== 200) retryAfter = response.headers.get("retry-after");
    }
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThan(0);
    // The right challenge does not help the locked-out source either: it would tell that the guess was good.
    const right = await guesser(scep.postPkiOperation(client.url, (await build()).der));
    expect(right.status).toBe(429);
    expectSuccess(await client.send(await build()));
  });

  it("the lock-out belongs to one configuration", async () => {
    await tenant.configuration("beside");
    const { challenge: there } = await tenant.token("beside");
    const beside = new scep.ScepClient(fetchFrom("198.51.100.7"), tenant.url("beside"));
    expectSuccess(await beside.enrol({ request: { key, challenge: there } }));
  });
});

describe("threat 33: plain HTTP reaches SCEP and public PKI files, and nothing else", () => {
  it.each([
    "/portal",
    "/portal/",
    "/portal/login",
    "/api/v1/tenants",
    "/api/v1/openapi.json",
    "/api/v1/docs",
    "/redeem/abcdefghijklmnop",
    "/health",
    "/",
    "/favicon.ico",
  ])("%s is not there over http: and no cookie is set or read", async (path) => {
    const answers = [];
    for (const cookie of ["", "session=abc"]) {
      const response = await get(
        `http://scep.example.test${path}`,
        cookie === "" ? {} : { cookie },
      );
      expect(response.status).toBe(404);
      expect(response.headers.has("set-cookie")).toBe(false);
      expect(response.headers.has("location")).toBe(false);
      answers.push(await response.text());
    }
    expect(answers[0]).toBe(answers[1]);
  });

  it("the API does not even look at a good key over http:", async () => {
    const { status } = await get("http://scep.example.test/api/v1/tenants", {
      authorization: `Bearer ${tenant.api.key}`,
    });
    expect(status).toBe(404);
    expect(
      (
        await get("https://scep.example.test/api/v1/tenants", {
          authorization: `Bearer ${tenant.api.key}`,
        })
      ).status,
    ).toBe(200);
  });

  it("a one-time link cannot be redeemed over http:, and is still good afterwards", async () => {
    const { id } = await tenant.api.post<{ id: string }>(tenant.path("token-requests"), {
      configuration: "devices",
      subject: "O=Demo",
      subjectAlternativeNames: [],
      contactEmail: "device@example.test",
    });
    const { redeemUrl } = await tenant.api.post<{ redeemUrl: string }>(
      tenant.path(`token-requests/${id}/approve`),
    );
    const plain = await fetchWorker(
      new Request(redeemUrl.replace("https:", "http:"), { method: "POST" }),
    );
    expect(plain.status).toBe(404);
    const secure = await fetchWorker(new Request(redeemUrl, { method: "POST" }));
    expect(await secure.text()).toContain("data-challenge=");
    const again = await fetchWorker(new Request(redeemUrl, { method: "POST" }));
    expect(await again.text()).not.toContain("data-challenge=");
  });

  it("SCEP over http: sets no cookie", async () => {
    const response = await get(`${tenant.url("devices", { scheme: "http" })}?operation=GetCACaps`, {
      cookie: "a=b",
    });
    expect(response.status).toBe(200);
    expect(response.headers.has("set-cookie")).toBe(false);
  });
});

describe("threat 34: forwarding headers and foreign host names change nothing", () => {
  const forged: Readonly<Record<string, string>> = {
    "x-forwarded-proto": "https",
    "cf-visitor": '{"scheme":"https"}',
    forwarded: "proto=https;host=localhost;for=127.0.0.1",
    "x-forwarded-host": "localhost",
    "x-forwarded-for": "127.0.0.1",
    "x-real-ip": "127.0.0.1",
    "x-original-url": "/api/v1/tenants",
    "x-rewrite-url": "/api/v1/tenants",
    "x-ssl-client-cert": "-----BEGIN CERTIFICATE-----",
    "x-client-verify": "SUCCESS",
    "cf-access-jwt-assertion": "a.b.c",
  };

  it("http: stays http:, and the tenant comes from the path", async () => {
    expect((await get("http://scep.example.test/api/v1/openapi.json", forged)).status).toBe(404);
    expect((await get("https://scep.example.test/api/v1/tenants", forged)).status).toBe(401);
    const url = `${tenant.url("devices")}?operation=GetCACert`;
    const [plain, dressed] = [await get(url), await get(url, forged)];
    expect(new Uint8Array(await dressed.arrayBuffer())).toEqual(
      new Uint8Array(await plain.arrayBuffer()),
    );
  });

  it("another host name, loopback included, opens nothing more", async () => {
    for (const host of [
      "localhost",
      "127.0.0.1",
      "evil.example",
      "scep.example.test.evil.example",
    ]) {
      expect((await get(`http://${host}/api/v1/openapi.json`)).status).toBe(404);
      expect((await get(`http://${host}/portal`)).status).toBe(404);
    }
  });

  it("links in answers come from the configuration, not from the host name asked for", async () => {
    const response = await fetchWorker(
      new Request(`https://evil.example/api/v1/${tenant.path("scep-configurations/devices")}`, {
        headers: { authorization: `Bearer ${tenant.api.key}` },
      }),
    );
    expect(await response.text()).not.toContain("evil.example");
  });

  it("a client that says it sends from elsewhere is still locked out", async () => {
    const source = "203.0.113.9";
    let last = 0;
    for (let round = 0; round < 25; round++) {
      const request = scep.postPkiOperation(client.url, (await build(true)).der);
      request.headers.set("x-forwarded-for", `10.9.8.${round}`);
      last = (await fetchFrom(source)(request)).status;
    }
    expect(last).toBe(429);
  });
});

describe("threat 35: a GET message is read where it can mean one thing only, else 400", () => {
  const query = async (value: (base64: string) => string) => {
    const message = await build();
    const response = await get(
      `${client.url}?operation=PKIOperation&message=${value(Buffer.from(message.der).toString("base64"))}`,
    );
    return { message, answer: await scep.answerOf(response) };
  };

  it("escaped twice is read", async () => {
    const { message, answer } = await query((base64) =>
      encodeURIComponent(encodeURIComponent(base64)),
    );
    expect(answer.status).toBe(200);
    expectSuccess(scep.verifyCertRep(answer.body, message));
  });

  it.each<[string, (base64: string) => string]>([
    ["empty", () => ""],
    ["not base64", () => "%21%22%23%24"],
    [
      "one character short",
      (base64) => encodeURIComponent(base64.replaceAll("=", "").slice(0, -3)),
    ],
    ["cut in half", (base64) => encodeURIComponent(base64.slice(0, base64.length / 2))],
    ["bad escapes", (base64) => `${base64.slice(0, 100)}%ZZ%`],
    [
      "an asterisk in the middle",
      (base64) => encodeURIComponent(`${base64.slice(0, 40)}*${base64.slice(40)}`),
    ],
    [
      "padding in the middle",
      (base64) => encodeURIComponent(`${base64.slice(0, 40)}==${base64.slice(40)}`),
    ],
    ["hexadecimal", (base64) => Buffer.from(base64, "base64").toString("hex")],
  ])("%s is a 400", async (_, value) => {
    const { answer } = await query(value);
    expect(answer.status).toBe(400);
  });

  it("absent and doubled are a 400", async () => {
    const { der } = await build();
    const base64 = encodeURIComponent(Buffer.from(der).toString("base64"));
    for (const more of [
      "",
      `&message=${base64}&message=${base64}`,
      `&Message=${base64}&message=AAAA`,
    ]) {
      expect((await get(`${client.url}?operation=PKIOperation${more}`)).status).toBe(400);
    }
  });
});

describe("threat 36: an operation that is none is a 400", () => {
  it.each([
    "",
    "operation=",
    "operation",
    "operation=PKIOperation2",
    "operation=__proto__",
    "operation=constructor",
    "operation=GetCACaps&operation=GetCACert",
    "operation=GetCACaps&OPERATION=GetCACaps",
    "operation=GetCACaps%00",
    "operation=%20GetCACaps",
    `operation=${"A".repeat(5000)}`,
    "operation[]=GetCACaps",
  ])("GET ?%s", async (query) => {
    expect((await get(`${client.url}?${query}`)).status).toBe(400);
  });

  it("a POST without an operation, or with one that POST does not have", async () => {
    const { der } = await build();
    for (const query of [
      "",
      "?operation=GetCACaps",
      "?operation=GetCACert",
      "?operation=__proto__",
    ]) {
      const { status } = await fetchWorker(
        new Request(client.url + query, { method: "POST", body: der }),
      );
      expect(status).toBe(400);
    }
  });
});

describe("threat 37: a body that is too large is a 413, and nothing is unpacked", () => {
  const post = (body: BodyInit, headers: Readonly<Record<string, string>> = {}) =>
    fetchWorker(
      new Request(`${client.url}?operation=PKIOperation`, { method: "POST", body, headers }),
    );
  const streamed = (chunk: Uint8Array, count: number) => {
    let sent = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < count) controller.enqueue(chunk);
        else controller.close();
      },
    });
  };

  it("8 MB at once and in pieces", async () => {
    expect((await post(new Uint8Array(8 << 20))).status).toBe(413);
    expect((await post(streamed(new Uint8Array(64 << 10), 128))).status).toBe(413);
  });

  it("one octet over 64 KiB is too much, 64 KiB is only no message", async () => {
    expect((await post(new Uint8Array(65_537))).status).toBe(413);
    expect((await post(new Uint8Array(65_536))).status).toBe(400);
  });

  it("a message in small pieces without a length is served", async () => {
    const message = await build();
    let offset = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (offset >= message.der.length) controller.close();
        else controller.enqueue(message.der.slice(offset, (offset += 100)));
      },
    });
    const answer = await scep.answerOf(await post(body));
    expectSuccess(scep.verifyCertRep(answer.body, message));
  });

  it("a body that claims to be gzip, and is, is not unpacked", async () => {
    const { der } = await build();
    const packed = new Response(der).body!.pipeThrough(new CompressionStream("gzip"));
    const { status } = await post(await new Response(packed).arrayBuffer(), {
      "content-encoding": "gzip",
    });
    expect([400, 415]).toContain(status);
  });

  it("a GET of more than 16 KB is refused in words", async () => {
    const response = await get(
      `${client.url}?operation=PKIOperation&message=${"A".repeat(20_000)}`,
    );
    expect([400, 413, 414]).toContain(response.status);
  });
});

describe("threat 58: a flood from one source is answered with Retry-After and touches nobody else", () => {
  it("GetCACaps until the limit, then a neighbour enrols as ever", async () => {
    const flood = fetchFrom("192.0.2.66");
    const url = `${client.url}?operation=GetCACaps`;
    let limited: Response | undefined;
    for (let round = 0; round < 2000 && limited === undefined; round++) {
      const response = await flood(new Request(url));
      if (response.status !== 200) limited = response;
    }
    expect([429, 503]).toContain(limited?.status);
    expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThan(0);
    expectSuccess(await client.send(await build()));
    const neighbour = await createTenant("Neighbour");
    const quiet = await neighbour.configuration("devices");
    const token = await neighbour.token("devices");
    expectSuccess(await quiet.enrol({ request: { key, challenge: token.challenge } }));
  });
});

describe("threat 59: what does not exist, is not yours or is switched off looks the same", () => {
  it("unknown tenant, unknown configuration, disabled, unfinished, wrong kind, no GUID", async () => {
    await tenant.configuration("off");
    await tenant.enable("off", false);
    await tenant.configuration("never-on", { enabled: false });
    const { der } = await build();
    const host = "https://scep.example.test";
    const urls = [
      `${host}/simple/00000000-0000-4000-8000-000000000000/devices/scep`,
      tenant.url("unknown"),
      tenant.url("off"),
      tenant.url("never-on"),
      tenant.url("devices", { kind: "intune" }),
      `${host}/simple/not-a-guid/devices/scep`,
      `${host}/simple/${tenant.id.toUpperCase()}x/devices/scep`,
      `${host}/simple/..%2f..%2f/devices/scep`,
      `${host}/simple/__proto__/constructor/scep`,
    ];
    const shapes = new Set<string>();
    for (const url of urls) {
      const requests = [
        new Request(`${url}?operation=GetCACaps`),
        new Request(`${url}?operation=GetCACert`),
        scep.postPkiOperation(url, der),
      ];
      for (const request of requests) {
        const response = await fetchWorker(request);
        const headers = [...response.headers]
          .map(([name]) => name)
          .toSorted()
          .join();
        shapes.add(`${response.status} ${headers} ${await response.text()}`);
      }
    }
    expect([...shapes]).toHaveLength(1);
    expect([...shapes][0]).toMatch(/^404 /);
  });

  it("a configuration that is switched off stops enrolling at once, and goes on when it is back", async () => {
    const switched = await tenant.configuration("switched");
    const { challenge: there } = await tenant.token("switched");
    expectSuccess(await switched.enrol({ request: { key, challenge: there } }));
    await tenant.enable("switched", false);
    const message = await switched.build({ request: { key, challenge: there } });
    expect((await fetchWorker(scep.postPkiOperation(switched.url, message.der))).status).toBe(404);
    await tenant.enable("switched", true);
    expectSuccess(await switched.send(message));
  });

  it("an Intune configuration refuses everything while nobody validates for it, static challenges included", async () => {
    const intune = await tenant.configuration("intune", { kind: "intune" });
    const subject = scep.name("O=Demo", "CN=unvalidated");
    const message = await intune.build({ request: { key, subject, challenge } });
    const response = await fetchWorker(scep.postPkiOperation(intune.url, message.der));
    // Nobody could be asked, which is no verdict on the device.
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expectFailure(await intune.enrol({ request: { key, subject } }), "badRequest");
    expect(await tenant.certificates("CN=unvalidated")).toEqual([]);
  });
});
