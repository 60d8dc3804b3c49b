/** Microsoft in trouble (intune-api, 9.5): what each fault leads to on each hop, and that nothing but Success allows anything. */
import { describe, expect, it } from "vitest";
import type { IntuneFailure } from "../../src/ports/intune-service.ts";
import { scepAddress, pkiAddress, endpoint } from "../support/fake-microsoft/index.ts";
import type { FakeHop, Injection } from "../support/fake-microsoft/index.ts";
import { connectionTo, deviceRequest, laboratory } from "../support/intune.ts";

async function prepared() {
  const lab = laboratory();
  const tenant = lab.fake.tenant();
  const connection = await connectionTo(tenant);
  const service = lab.isolate();
  const request = deviceRequest(lab.fake, tenant);
  const validate = () => service.validateRequest(connection, request, lab.deadline());
  const issued = {
    ...request,
    thumbprintHex: "ab".repeat(20),
    serialNumberHex: "5a4d",
    notAfter: new Date("2027-11-27T10:00:00Z"),
    issuingCertificateAuthority: "CN=Issuing,O=Demo",
    ...{ caConfiguration: "ca-1", certificateAuthority: "Issuing" },
  };
  const succeed = () => service.notifySuccess(connection, issued, lab.deadline());
  return { ...lab, tenant, connection, service, request, validate, issued, succeed };
}

const kindOf = (result: { ok: boolean; error?: IntuneFailure }) =>
  result.ok ? "ok" : result.error?.kind;

const hops: readonly FakeHop[] = ["login-graph", "graph", "login-intune", "validate"];
const unauthorised = (status: number): Partial<Injection> => ({ kind: "status", status });
const nested = JSON.stringify({
  error: { code: "InternalError", message: JSON.stringify({ Message: "busy", RetryAfter: "2" }) },
});

/** Each passes by itself: two tries at most, and the request succeeds. */
const passing: [string, Partial<Injection>][] = [
  ["F4 429 with Retry-After 1", { kind: "status", status: 429, headers: { "retry-after": "1" } }],
  ["F4 429 without Retry-After", { kind: "status", status: 429 }],
  ["F5 500", { kind: "status", status: 500 }],
  ["F5 502 with HTML", { kind: "status", status: 502, body: "<html>Bad gateway</html>" }],
  ["F5 503", { kind: "status", status: 503 }],
  ["F5 504", { kind: "status", status: 504 }],
  ["F6 500 with the nested message", { kind: "status", status: 500, body: nested }],
  ["F8 no connection", { kind: "refused" }],
  ["F8 a reset in the middle of the body", { kind: "reset" }],
];

describe.each(hops)("trouble at %s", (hop) => {
  it.each(passing)("%s, once: one more try, and the verdict", async (_, injection) => {
    const { fake, validate, pauses } = await prepared();
    fake.inject({ hop, ...injection } as Injection);
    const { result, calls } = await validate();
    expect(kindOf(result)).toBe("ok");
    expect(pauses.length).toBe(1);
    expect(pauses[0]).toBeGreaterThanOrEqual(300);
    expect(calls.length).toBeLessThanOrEqual(7);
  });

  it.each(passing)("%s, for ever: trouble with Retry-After, two tries", async (_, injection) => {
    const { fake, validate } = await prepared();
    fake.inject({ hop, times: 0, ...injection } as Injection);
    const { result } = await validate();
    expect(result).toMatchObject({ ok: false, error: { kind: "trouble" } });
    expect(fake.count(hop)).toBeLessThanOrEqual(2);
    expect(fake.tenants[0]?.transactions.size).toBe(0);
  });

  it.each([
    ["3600", 3600],
    ["Fri, 27 Nov 2026 10:10:00 GMT", 600],
  ])("F4 Retry-After %s: no waiting, and no call before its time", async (value, seconds) => {
    const { fake, validate, clock, pauses } = await prepared();
    fake.inject({ hop, kind: "status", status: 429, headers: { "retry-after": value } });
    const { result } = await validate();
    expect(result).toMatchObject({ error: { kind: "trouble", retryAfterSeconds: seconds } });
    const count = fake.count(hop);
    expect((await validate()).result).toMatchObject({ error: { retryAfterSeconds: seconds } });
    expect(fake.count(hop)).toBe(count);
    clock.milliseconds += 1000 * seconds + 1000;
    await validate();
    expect(fake.count(hop)).toBe(count + 1);
    expect(pauses).toEqual([]);
  });

  it("F7 an answer that does not come, or drips: its own time-out", async () => {
    const { fake, isolate, connection, request, deadline } = await prepared();
    const service = isolate({ directoryCallMilliseconds: 260, serviceCallMilliseconds: 260 });
    const kind = hop.startsWith("login") ? "slow" : "dribble";
    fake.inject({ hop, kind, milliseconds: kind === "slow" ? 2000 : 20, times: 2 });
    const { result, calls } = await service.validateRequest(connection, request, deadline());
    expect(result).toMatchObject({ error: { kind: "trouble" } });
    expect(calls.at(-1)?.detail).toContain("260 ms");
  });
});

describe("401 and 403", () => {
  it.each([401, 403])("F1 %s once: one more token, minted past the cache", async (status) => {
    for (const hop of ["graph", "validate"] as const) {
      const { fake, validate } = await prepared();
      fake.inject({ hop, ...unauthorised(status) } as Injection);
      expect(kindOf((await validate()).result)).toBe("ok");
      expect(fake.count(hop === "graph" ? "login-graph" : "login-intune")).toBe(2);
      expect(fake.count(hop === "graph" ? "login-intune" : "login-graph")).toBe(1);
    }
  });

  it.each([401, 403])("F2, F3 %s for ever: two tokens, then what to click", async (status) => {
    const { fake, validate } = await prepared();
    fake.inject({ hop: "validate", times: 0, ...unauthorised(status) } as Injection);
    const { result } = await validate();
    expect(result).toMatchObject({
      error: { kind: "misconfigured", hop: "validate", problem: "intune_forbidden" },
    });
    expect(result.ok ? "" : JSON.stringify(result.error)).toContain("scep_challenge_provider");
    expect([fake.count("login-intune"), fake.count("validate")]).toEqual([2, 2]);
  });

  it("F3 the role missing at first works at once after consent", async () => {
    const { tenant, validate } = await prepared();
    const roles = tenant.app.intuneRoles;
    tenant.app.intuneRoles = [];
    expect((await validate()).result).toMatchObject({ error: { problem: "intune_forbidden" } });
    tenant.app.intuneRoles = roles;
    expect(kindOf((await validate()).result)).toBe("ok");
  });

  it("F17 a stale token in KV is passed by, and the service recovers", async () => {
    const { fake, validate, kv, isolate, connection, request, deadline } = await prepared();
    expect(kindOf((await validate()).result)).toBe("ok");
    fake.endTokens();
    kv.mode = "frozen";
    const elsewhere = isolate();
    for (let count = 0; count < 2; count++) {
      const again = await elsewhere.validateRequest(connection, request, deadline());
      expect(kindOf(again.result)).toBe("ok");
    }
    expect(fake.count("login-intune")).toBe(2);
  });
});

describe("F10 the service has moved", () => {
  it.each([
    ["404", { kind: "status", status: 404 }],
    ["410", { kind: "status", status: 410 }],
    [
      "307 to elsewhere",
      { kind: "status", status: 307, headers: { location: "https://evil.example/" } },
    ],
    ["no such host", { kind: "refused" }],
  ] as [string, Partial<Injection>][])(
    "%s: discovered once more, no redirect followed",
    async (_, injection) => {
      const { fake, validate } = await prepared();
      expect(kindOf((await validate()).result)).toBe("ok");
      fake.inject({ hop: "validate", ...injection } as Injection);
      expect(kindOf((await validate()).result)).toBe("ok");
      expect(fake.count("graph")).toBe(2);
      expect(fake.strangers).toEqual([]);
    },
  );
});

describe("F11 what is no verdict", () => {
  const body = (text: string, headers = {}): Partial<Injection> => ({
    kind: "status",
    status: 200,
    body: text,
    headers: { "content-type": "application/json", ...headers },
  });
  const utf16 = Buffer.from('{"code":"Success"}', "utf16le").toString("base64");
  const strange: [string, Partial<Injection>][] = [
    ["malformed JSON", body('{"code":"Success"')],
    ["an empty body", body("")],
    ["an array", body('["Success"]')],
    ["a string", body('"Success"')],
    ["HTML", body("<html>Success</html>")],
    ["2 MB", body(`{"code":"Success","x":"${"x".repeat(2_000_000)}"}`)],
    ["UTF-16", { kind: "status", status: 200, bodyBase64: utf16 }],
    [
      "gzip that nobody announced",
      {
        kind: "status",
        status: 200,
        bodyBase64: "H4sIAAAAAAAAA6tWSs5PSVWyUgouTU5OLS5WqgUAF3z6JxIAAAA=",
      },
    ],
  ];

  it.each(strange)("%s for a verdict: refused; for a notification: not known", async (_, one) => {
    const { fake, validate, succeed } = await prepared();
    fake.inject({ hop: "validate", ...one } as Injection);
    expect((await validate()).result).toMatchObject({ error: { kind: "refused", code: "(none)" } });
    expect(kindOf((await validate()).result)).toBe("ok");
    fake.inject({ hop: "success", ...one } as Injection);
    expect((await succeed()).result).toMatchObject({ error: { kind: "trouble" } });
    expect(kindOf((await succeed()).result)).toBe("ok");
  });

  it.each(strange)("%s from Entra or Graph: trouble", async (_, one) => {
    for (const hop of ["login-graph", "graph", "login-intune"] as const) {
      const { fake, validate } = await prepared();
      fake.inject({ hop, ...one } as Injection);
      expect(kindOf((await validate()).result)).toBe("trouble");
    }
  });

  it("gzip that was announced is a body like any other", async () => {
    const { fake, validate } = await prepared();
    const zipped = new Response('{"code":"Success"}').body!.pipeThrough(
      new CompressionStream("gzip"),
    );
    const octets = Buffer.from(await new Response(zipped).arrayBuffer()).toString("base64");
    const headers = { "content-encoding": "gzip" };
    fake.inject({ hop: "validate", kind: "status", status: 200, headers, bodyBase64: octets });
    // In here nothing unpacks it: what cannot be read is refused, and on the wire the runtime unpacks it first.
    expect(["ok", "refused"]).toContain(kindOf((await validate()).result));
  });
});

describe("notifications", () => {
  it("F12 applied, and the answer lost: once more with identical content", async () => {
    const { fake, tenant, validate, succeed } = await prepared();
    await validate();
    fake.inject({ hop: "success", kind: "lost" });
    expect(kindOf((await succeed()).result)).toBe("ok");
    const bodies = fake.log.filter(({ hop }) => hop === "success").map(({ body }) => body);
    expect(bodies.length).toBe(2);
    expect(new Set(bodies).size).toBe(1);
    expect([...tenant.transactions.values()].length).toBe(1);
    expect(fake.violations).toEqual([]);
  });

  it("V8 a repeat that Microsoft refuses is a refusal", async () => {
    const { tenant, validate, succeed } = await prepared();
    await validate();
    await succeed();
    tenant.acceptsRepeatedNotification = false;
    expect((await succeed()).result).toMatchObject({ error: { kind: "refused" } });
  });

  it("V5 the fake tells when one comes without a verdict", async () => {
    const { fake, succeed } = await prepared();
    expect(kindOf((await succeed()).result)).toBe("refused");
    expect(fake.violations.length).toBe(1);
  });

  it("failures are told with a number and at most 255 characters", async () => {
    const { fake, service, connection, request, validate, deadline, tenant } = await prepared();
    await validate();
    const failed = { ...request, hResult: 2147500037, errorDescription: "why ".repeat(200) };
    expect(kindOf((await service.notifyFailure(connection, failed, deadline())).result)).toBe("ok");
    const [transaction] = tenant.transactions.values();
    expect(transaction?.failed?.["hResult"]).toBe(2147500037);
    expect(fake.violations).toEqual([]);
  });
});

describe("the breaker", () => {
  it("opens after five troubles, lets one probe through after 15 s, and closes with a verdict", async () => {
    const { fake, validate, clock } = await prepared();
    fake.inject({ hop: "validate", kind: "status", status: 500, times: 0 });
    for (let count = 0; count < 5; count++)
      expect((await validate()).calls.length).toBeGreaterThan(0);
    expect(await validate()).toMatchObject({ calls: [], result: { error: { kind: "trouble" } } });
    clock.milliseconds += 15_001;
    fake.calm();
    const [probe, other] = await Promise.all([validate(), validate()]);
    expect([kindOf(probe.result), other.calls.length]).toEqual(["ok", 0]);
    expect(kindOf((await validate()).result)).toBe("ok");
  });

  it("F14 leaves every other connection alone, and nothing of one tenant reaches another", async () => {
    const { fake, validate, isolate, deadline } = await prepared();
    const other = fake.tenant();
    const connection = await connectionTo(other);
    const service = isolate();
    fake.inject({ hop: "login-graph", kind: "refused", times: 12 });
    for (let count = 0; count < 6; count++) await validate();
    fake.calm();
    const request = deviceRequest(fake, other);
    const fine = await service.validateRequest(connection, request, deadline());
    expect(kindOf(fine.result)).toBe("ok");
    const [mine] = fake.tenants;
    const foreign = deviceRequest(fake, mine!);
    const refused = await service.validateRequest(connection, foreign, deadline());
    expect(refused.result).toMatchObject({ error: { code: "BadTenantIdInChallenge" } });
    expect(fake.violations).toEqual([]);
  });
});

describe("duplicates of a service (G4)", () => {
  it.each(["first", "last"])("the %s one alive: found", async (alive) => {
    const { fake, tenant, validate } = await prepared();
    const good = endpoint(
      "ScepRequestValidationFEService",
      scepAddress(tenant, fake.serviceOrigin),
    );
    const dead = endpoint("ScepRequestValidationFEService", "https://dead.manage.microsoft.com/x");
    const pki = endpoint("PkiConnectorFEService", pkiAddress(tenant, fake.serviceOrigin));
    tenant.endpoints = alive === "first" ? [good, pki, dead] : [dead, pki, good];
    expect(kindOf((await validate()).result)).toBe("ok");
    expect(fake.strangers.length).toBe(alive === "first" ? 0 : 1);
    expect(kindOf((await validate()).result)).toBe("ok");
    expect(fake.strangers.length).toBe(alive === "first" ? 0 : 1);
  });
});

it("F18 no secret, token or challenge is in what comes back, whatever went wrong", async () => {
  const seen: string[] = [];
  for (const hop of hops)
    for (const status of [400, 401, 403, 418, 500]) {
      const { fake, validate, tenant, request } = await prepared();
      // A server that throws everything back at us.
      const echo = fake.fetch;
      Object.assign(fake, {
        fetch: async (sent: Request) => {
          const copy = sent.clone();
          const response = await echo(sent);
          return response.status === status
            ? new Response(
                `${Buffer.from(await copy.arrayBuffer()).toString()} ${copy.headers.get("authorization")}`,
                { status },
              )
            : response;
        },
      });
      fake.inject({ hop, kind: "status", status, times: 0 });
      const answer = JSON.stringify(await validate());
      seen.push(answer);
      expect(answer).not.toContain(tenant.secret);
      expect(answer).not.toContain("Bearer");
      const text = Buffer.from(request.certificationRequestDer).toString("base64").slice(200, 260);
      expect(answer).not.toContain(text);
    }
  expect(seen.length).toBe(20);
});
