/** Tokens, discovery and their caches (intune-api, 9.1 and 9.2), as the adapter meets them. */
import { describe, expect, it } from "vitest";
import type { IntuneFailure } from "../../src/ports/intune-service.ts";
import { endpoint, pkiAddress, scepAddress } from "../support/fake-microsoft/index.ts";
import { clientSecret, connectionTo, deviceRequest, laboratory } from "../support/intune.ts";

async function prepared() {
  const lab = laboratory();
  const tenant = lab.fake.tenant();
  const connection = await connectionTo(tenant);
  const service = lab.isolate();
  const ask = (at = service, to = connection) =>
    at.validateRequest(to, deviceRequest(lab.fake, tenant), lab.deadline());
  return { ...lab, tenant, connection, service, ask };
}

const kindOf = (result: { ok: boolean; error?: IntuneFailure }) =>
  result.ok ? "ok" : result.error?.kind;
const minute = 60_000;

describe("what is kept", () => {
  it("1,000 enrolments in one warm isolate: two tokens, one discovery, one KV read of each", async () => {
    const { fake, kv, ask } = await prepared();
    for (let count = 0; count < 1000; count += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
      expect(answers.every(({ result }) => result.ok)).toBe(true);
    }
    expect([fake.count("login-graph"), fake.count("login-intune"), fake.count("graph")]).toEqual([
      1, 1, 1,
    ]);
    expect(fake.count("validate")).toBe(1000);
    expect(kv.reads).toBe(3);
    expect(fake.violations).toEqual([]);
  });

  it("another isolate finds it in KV, encrypted, and asks nobody", async () => {
    const { fake, kv, tenant, isolate, ask } = await prepared();
    await ask();
    expect(kindOf((await ask(isolate())).result)).toBe("ok");
    expect([fake.count("login-graph"), fake.count("login-intune"), fake.count("graph")]).toEqual([
      1, 1, 1,
    ]);
    const stored = [...kv.entries.values()]
      .map((one) => Buffer.from(one).toString("latin1"))
      .join();
    expect([...kv.entries.keys()].join()).not.toContain(tenant.directoryId);
    expect(stored).not.toMatch(/eyJ|manage\.microsoft/);
  });

  it.each([
    ["what Entra says less five minutes", 1200, 15 * minute],
    ["30 minutes at most", 7200, 30 * minute],
    ["not at all when it ends within five minutes", 5, 0],
  ])("a token lives %s", async (_, tokenSeconds, life) => {
    const { fake, clock, tenant, ask } = await prepared();
    tenant.tokenSeconds = tokenSeconds;
    await ask();
    if (life > 0) {
      clock.milliseconds += life - 1000;
      await ask();
      expect(fake.count("login-intune")).toBe(1);
    }
    clock.milliseconds += 2000;
    await ask();
    expect(fake.count("login-intune")).toBe(2);
  });

  it("the cap is a figure: none means that nothing is kept", async () => {
    const { fake, isolate, ask } = await prepared();
    const service = isolate({ tokenSecondsAtMost: 0 });
    await ask(service);
    await ask(service);
    expect(fake.count("login-intune")).toBe(2);
  });

  it("a KV that is down, or full of rubbish, or of another tenant's entries, does no harm", async () => {
    const { fake, kv, isolate, ask, tenant } = await prepared();
    kv.mode = "down";
    expect(kindOf((await ask()).result)).toBe("ok");
    kv.mode = "good";
    const other = await connectionTo(tenant);
    await ask(isolate(), other);
    const [first, ...rest] = [...kv.entries.keys()];
    for (const key of rest) kv.entries.set(key, kv.entries.get(first ?? "")!);
    kv.entries.set(first ?? "", new Uint8Array([1, 2, 3]).buffer);
    expect(kindOf((await ask(isolate(), other)).result)).toBe("ok");
    expect(fake.violations).toEqual([]);
  });

  it("threat 42 two tenants of ours at one directory share nothing", async () => {
    const { fake, ask, isolate, tenant } = await prepared();
    const service = isolate();
    await ask(service);
    await ask(service, await connectionTo(tenant));
    expect([fake.count("login-graph"), fake.count("graph")]).toEqual([2, 2]);
  });

  it("threat 41 a token that says it is of another directory is not used", async () => {
    const { fake, tenant, ask } = await prepared();
    tenant.directoryInTokens = crypto.randomUUID();
    expect(kindOf((await ask()).result)).toBe("misconfigured");
    expect(fake.count("graph")).toBe(0);
  });
});

describe("L6 rotating the secret", () => {
  it("the old token serves until its end, and then the new secret is needed", async () => {
    const { clock, tenant, ask, connection } = await prepared();
    await ask();
    tenant.app.secrets = [{ value: "new~secret" }];
    expect(kindOf((await ask()).result)).toBe("ok");
    clock.milliseconds += 31 * minute;
    expect((await ask()).result).toMatchObject({ error: { problem: "secret_wrong" } });
    const fresh = await clientSecret(connection.tenantId, "new~secret");
    const both = { ...connection, credentials: [fresh, ...connection.credentials] };
    expect(kindOf((await ask(undefined, both)).result)).toBe("ok");
  });

  it("either of two secrets is enough, and a token of the old one is not found under the new one", async () => {
    const { fake, connection, ask, isolate, tenant } = await prepared();
    const wrong = await clientSecret(connection.tenantId, "not~known~yet");
    const both = { ...connection, credentials: [wrong, ...connection.credentials] };
    const service = isolate();
    expect(kindOf((await ask(service, both)).result)).toBe("ok");
    const minted = fake.count("login-intune");
    expect(kindOf((await ask(service, both)).result)).toBe("ok");
    expect(fake.count("login-intune")).toBe(minted);
    tenant.app.secrets = [];
    const onlyNew = { ...connection, credentials: [wrong] };
    expect((await ask(service, onlyNew)).result).toMatchObject({
      error: { problem: "secret_wrong" },
    });
  });

  it("a wrapped secret of another tenant or row does not open", async () => {
    const { fake, connection, ask } = await prepared();
    const stolen = { ...connection, tenantId: crypto.randomUUID() };
    expect((await ask(undefined, stolen)).result).toMatchObject({
      error: { kind: "misconfigured", problem: "credential_unreadable" },
    });
    expect(fake.log).toEqual([]);
  });
});

describe("what goes over the wire", () => {
  it("is what the reference libraries send", async () => {
    const { fake, ask } = await prepared();
    await ask();
    const [graphToken, graph, intuneToken, validate] = fake.log;
    const form = new URLSearchParams(graphToken?.body);
    expect(form.get("scope")).toBe("https://graph.microsoft.com/.default");
    expect(new URLSearchParams(intuneToken?.body).get("scope")).toBe(
      "https://api.manage.microsoft.com//.default",
    );
    expect(graph?.url).toBe(
      "https://graph.microsoft.com/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints",
    );
    expect(validate?.headers).toMatchObject({
      "api-version": "2018-02-20",
      "content-type": "application/json",
    });
    expect(Object.keys(JSON.parse(validate?.body ?? "").request)).toEqual([
      "transactionId",
      "certificateRequest",
      "callerInfo",
    ]);
    expect(new Set(fake.log.map(({ headers }) => headers["client-request-id"])).size).toBe(4);
  });

  it("the calls are told with their activity ids, and with nothing secret", async () => {
    const { fake, ask } = await prepared();
    const { calls } = await ask();
    expect(calls.map(({ hop, httpStatus, detail }) => [hop, httpStatus, detail])).toEqual([
      ["graph-token", 200, undefined],
      ["discovery", 200, undefined],
      ["intune-token", 200, undefined],
      ["validate", 200, "Success"],
    ]);
    expect(calls.map(({ activityId }) => activityId)).toEqual(
      fake.log.map(({ headers }) => headers["client-request-id"]),
    );
  });
});

it("a custom cloud in development: http, its own names, and Graph by its public one", async () => {
  const { fake, tenant, connection, isolate, deadline } = await prepared();
  const origin = "http://127.0.0.1:9999";
  const cloud = { ...connection.cloud, name: "custom", graphOrigin: origin } as const;
  const to = { ...connection, cloud };
  const request = deviceRequest(fake, tenant);
  const refused = await isolate().validateRequest(to, request, deadline());
  expect(refused.result).toMatchObject({ error: { kind: "misconfigured" } });
  expect([fake.log.length, fake.strangers.length]).toEqual([0, 0]);
  const service = isolate({}, true);
  const answer = await service.validateRequest(to, request, deadline());
  expect(answer.result).toMatchObject({ error: { kind: "trouble", hop: "discovery" } });
  expect(fake.log.map(({ body }) => new URLSearchParams(body).get("scope"))).toEqual([
    `${origin}/.default`,
    "https://graph.microsoft.com/.default",
  ]);
});

describe("discovery (G4)", () => {
  it("follows pages, and takes addresses with slashes at their end", async () => {
    const { fake, tenant, ask } = await prepared();
    tenant.endpoints = [endpoint("DeviceService", "https://x.manage.microsoft.com")];
    tenant.morePages = [
      [endpoint("SCEPREQUESTVALIDATIONFESERVICE", `${scepAddress(tenant, fake.serviceOrigin)}//`)],
      [endpoint("PkiConnectorFEService", pkiAddress(tenant, fake.serviceOrigin))],
    ];
    expect(kindOf((await ask()).result)).toBe("ok");
    expect(fake.count("graph")).toBe(3);
  });

  it("does not take its token to a page on another host", async () => {
    const { fake, tenant, ask } = await prepared();
    tenant.graphAnswer = { value: [], "@odata.nextLink": "https://evil.example/v1.0/next" };
    expect((await ask()).result).toMatchObject({ error: { problem: "provider_missing" } });
    expect(fake.strangers).toEqual([]);
  });

  it.each([
    ["http", "http://fef.msub05.manage.microsoft.com/x"],
    ["a foreign host", "https://manage.microsoft.com.evil.example/x"],
    ["a name that only ends alike", "https://evilmanage.microsoft.com/x"],
    ["a user in front", "https://fef.manage.microsoft.com@evil.example/x"],
    ["an address of the metadata service", "https://169.254.169.254/x"],
    ["no address", "not an address"],
    ["null", null],
  ])("threat 40 %s: no token goes there", async (_, uri) => {
    const { fake, tenant, ask } = await prepared();
    tenant.endpoints = [endpoint("ScepRequestValidationFEService", uri)];
    expect((await ask()).result).toMatchObject({ error: { problem: "service_address_refused" } });
    expect(fake.strangers).toEqual([]);
    expect(fake.count("validate")).toBe(0);
  });

  it.each([
    ["value is missing", { "@odata.context": "x" }],
    ["value is no list", { value: "x" }],
    ["a list as a whole", []],
  ])("%s: trouble, and nothing is kept", async (_, answer) => {
    const { tenant, ask } = await prepared();
    tenant.graphAnswer = answer;
    expect((await ask()).result).toMatchObject({ error: { kind: "trouble", hop: "discovery" } });
    tenant.graphAnswer = undefined;
    expect(kindOf((await ask()).result)).toBe("ok");
  });

  it("F9 a provider that is missing is asked for again after a minute, and found when it appears", async () => {
    const { fake, tenant, clock, ask } = await prepared();
    tenant.endpoints = [];
    const first = await ask();
    expect(first.result).toMatchObject({ error: { problem: "provider_missing" } });
    await ask();
    expect(fake.count("graph")).toBe(1);
    tenant.endpoints = undefined;
    clock.milliseconds += 61_000;
    expect(kindOf((await ask()).result)).toBe("ok");
  });

  it("no Intune in the directory: said so", async () => {
    const { tenant, ask } = await prepared();
    tenant.hasIntune = false;
    expect((await ask()).result).toMatchObject({
      error: { kind: "misconfigured", hop: "discovery", problem: "intune_not_activated" },
    });
  });
});

describe("while Graph is in trouble", () => {
  const throttled = { status: 429, headers: { "retry-after": "3000" } };

  it("an address in doubt serves on: one 500 of Intune does not end enrolment for an hour", async () => {
    const { fake, clock, ask } = await prepared();
    await ask();
    fake.inject({ hop: "graph", kind: "status", times: 0, ...throttled });
    fake.inject({ hop: "validate", kind: "status", status: 500 });
    expect(kindOf((await ask()).result)).toBe("ok");
    for (let count = 0; count < 3; count++) expect(kindOf((await ask()).result)).toBe("ok");
    expect(fake.count("graph")).toBe(2);
    fake.calm();
    clock.milliseconds += 3001_000;
    expect(kindOf((await ask()).result)).toBe("ok");
    expect(fake.count("graph")).toBe(3);
  });

  it("an address that is old serves on, also one that another isolate found", async () => {
    const { fake, clock, isolate, ask } = await prepared();
    await ask();
    const elsewhere = isolate();
    await ask(elsewhere);
    clock.milliseconds += 61 * minute;
    fake.inject({ hop: "graph", kind: "status", status: 503, times: 0 });
    expect(kindOf((await ask(elsewhere)).result)).toBe("ok");
    expect(fake.count("graph")).toBe(3);
    // Its two tries are not made for each request.
    expect(kindOf((await ask(elsewhere)).result)).toBe("ok");
    expect(fake.count("graph")).toBe(3);
  });

  it("what Graph says instead of trouble counts, and another directory's address never does", async () => {
    const { fake, clock, tenant, connection, service, ask } = await prepared();
    await ask();
    fake.inject({ hop: "validate", kind: "status", status: 404 });
    tenant.endpoints = [];
    expect((await ask()).result).toMatchObject({ error: { problem: "provider_missing" } });
    tenant.endpoints = undefined;
    clock.milliseconds += 61_000;
    expect(kindOf((await ask()).result)).toBe("ok");
    const other = fake.tenant();
    fake.inject({ hop: "graph", kind: "status", times: 0, ...throttled });
    const { id, tenantId } = connection;
    const moved = await connectionTo(other, { id, tenantId });
    expect((await ask(service, moved)).result).toMatchObject({
      error: { kind: "trouble", hop: "discovery" },
    });
  });
});

describe("verdicts (5.5)", () => {
  const codes = [
    ...["CertificateRequestDecodingFailed", "ChallengePasswordMissing", "ChallengeDecodingError"],
    ...["ChallengeDeserializationError", "ChallengeDecryptionError", "SignatureValidationFailed"],
    ...[
      "ChallengeInvalidTimestamp",
      "ChallengeExpired",
      "SubjectNameMissing",
      "SubjectNameMismatch",
    ],
    ...["SubjectAltNameMissing", "SubjectAltNameMismatch", "KeyUsageMismatch", "KeyLengthMismatch"],
    ...["EnhancedKeyUsageMissing", "EnhancedKeyUsageMismatch", "AadKeyIdentifierListMissing"],
    ...["RegisteredKeyMismatch", "SigningCertThumbprintMismatch", "BadDeviceIdInChallenge"],
    ...["ScepProfileNoLongerTargetedToTheClient", "BadCertificateRequestIdInChallenge"],
    ...["BadUserIdInChallenge", "BadTenantIdInChallenge", "Unknown", "InventedTomorrow"],
    ...["success", "SUCCESS", " Success", "Success ", ""],
  ];

  it("V4 every code but exactly Success is a refusal, with its name", async () => {
    const { fake, ask } = await prepared();
    const shown = (code: string) => (code.includes(" ") ? "(unreadable)" : code || "(none)");
    for (const code of codes) {
      fake.force({ hop: "validate", answer: { code, errorDescription: "why" } });
      const { result } = await ask();
      expect(result, code).toEqual({
        ok: false,
        error: { kind: "refused", code: shown(code), description: "why" },
      });
    }
    for (const answer of [
      { code: null },
      {},
      { code: 0 },
      { code: true },
      { code: ["Success"] },
      { Code: "Success" },
    ]) {
      fake.force({ hop: "validate", answer });
      expect((await ask()).result).toMatchObject({ error: { kind: "refused", code: "(none)" } });
    }
  });

  it("10 kB of text and line breaks are clipped into one line", async () => {
    const { fake, ask } = await prepared();
    const text = "line\r\nbreak\u2028".repeat(1000);
    fake.force({ hop: "validate", answer: { code: "x".repeat(500), errorDescription: text } });
    const { result, calls } = await ask();
    const shown = JSON.stringify([result, calls]);
    expect(shown.length).toBeLessThan(1500);
    expect(shown).not.toMatch(/\\r|\\n|\u2028/);
  });
});
