/** The API's manners: keys, errors, idempotency, tenant separation. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  app,
  bootstrapOperatorKey,
  call,
  createApprovedToken,
  createReadyTenant,
  createTestTenant,
  dependencies,
  faults,
  must,
  replaceOperatorKey,
} from "../support/api.ts";
import { createApi } from "../../src/http/api/api.ts";

let operator: string;
let tenant: Awaited<ReturnType<typeof createReadyTenant>>;

beforeAll(async () => {
  const before = await call(bootstrapOperatorKey, "GET", "/tenants");
  expect(before.status).toBe(200);
  const first = { name: "tests" };
  operator = (await must(bootstrapOperatorKey, "POST", "/api-keys", first)).key;
  replaceOperatorKey(operator);
  tenant = await createReadyTenant();
});

interface Operation {
  readonly method: string;
  readonly path: string;
}

function operations(): Operation[] {
  const document = createApi(dependencies).getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "", version: "" },
  });
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

describe("keys", () => {
  it("the bootstrap key stops working once there is an operator key", async () => {
    expect((await call(bootstrapOperatorKey, "GET", "/tenants")).status).toBe(401);
    expect((await call(operator, "GET", "/tenants")).status).toBe(200);
  });

  it("without a key, or with a wrong one, there is nothing but the description", async () => {
    for (const key of [undefined, "wrong", "edgescep_", `${operator}x`]) {
      const answer = await call(key, "GET", `${tenant.path}/tokens`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain("Bearer");
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    expect((await call(undefined, "GET", "/openapi.json")).status).toBe(200);
    expect((await call(undefined, "GET", "/docs")).text).toContain("scep-configurations");
  });

  it("a revoked key stops working at once", async () => {
    const created = await must(tenant.key, "POST", `${tenant.path}/api-keys`, { name: "short" });
    expect((await call(created.key, "GET", tenant.path)).status).toBe(200);
    await must(tenant.key, "POST", `${tenant.path}/api-keys/${created.id}/revoke`);
    expect((await call(created.key, "GET", tenant.path)).status).toBe(401);
  });

  it("the last operator key cannot be revoked, even by two requests at once", async () => {
    const other = await must(operator, "POST", "/api-keys", { name: "other" });
    const { items } = await must(operator, "GET", "/api-keys");
    expect(items).toHaveLength(2);
    const first = items.find(({ id }: { id: string }) => id !== other.id);
    const answers = await Promise.all([
      call(operator, "POST", `/api-keys/${first.id}/revoke`),
      call(other.key, "POST", `/api-keys/${other.id}/revoke`),
    ]);
    expect(answers.map(({ status }) => status).toSorted((one, two) => one - two)).toEqual([
      200, 409,
    ]);
    // Go on with the one that is left.
    operator = answers[0]?.status === 200 ? other.key : operator;
    replaceOperatorKey(operator);
    expect((await call(operator, "GET", "/tenants")).status).toBe(200);
  });

  it("a tenant's key cannot do what is for operators", async () => {
    expect((await call(tenant.key, "POST", "/tenants", { name: "mine" })).status).toBe(403);
    expect((await call(tenant.key, "GET", "/api-keys")).status).toBe(403);
    expect((await call(tenant.key, "POST", "/api-keys", { name: "mine" })).status).toBe(403);
    const shared = { name: "s", subject: "CN=S", keyAlgorithm: "P-256", shared: true };
    expect(
      (await call(tenant.key, "POST", `${tenant.path}/certificate-authorities`, shared)).status,
    ).toBe(403);
    const { items } = await must(tenant.key, "GET", "/tenants");
    expect(items.map(({ id }: { id: string }) => id)).toEqual([tenant.id]);
  });
});

describe("tenant separation", () => {
  it.each(operations().filter(({ path }) => path.startsWith("/tenants/{tenant}")))(
    "$method $path answers a foreign tenant's key with 404, as if the tenant did not exist",
    async ({ method, path }) => {
      const foreign = await createTestTenant();
      const existing = path
        .replace("{tenant}", tenant.id)
        .replace("{name}", "devices")
        .replace("{idOrName}", tenant.authority.id)
        .replace(/\{\w+\}/, tenant.configuration.id);
      const body = method === "GET" ? undefined : {};
      const answer = await call(foreign.key, method, existing, body);
      const unknown = await call(
        foreign.key,
        method,
        existing.replace(tenant.id, crypto.randomUUID()),
        body,
      );
      expect(answer.status).toBe(404);
      expect(answer.text).toBe(unknown.text);
    },
  );

  it("the matrix above has every resource in it", () => {
    expect(
      operations().filter(({ path }) => path.startsWith("/tenants/{tenant}")).length,
    ).toBeGreaterThan(25);
  });

  it("ids of another tenant's rows are unknown below one's own tenant", async () => {
    const foreign = await createTestTenant();
    const { requestId, tokenId } = await createApprovedToken(tenant);
    const { items: keys } = await must(tenant.key, "GET", `${tenant.path}/api-keys`);
    const { items: agents } = await must(
      tenant.key,
      "GET",
      `${tenant.path}/scep-configurations/devices/enrolment-agent`,
    );
    const paths: [string, string][] = [
      ["GET", `certificate-authorities/${tenant.authority.id}`],
      ["GET", `certificate-templates/${tenant.template.id}`],
      ["PATCH", `certificate-templates/${tenant.template.id}`],
      ["GET", `scep-configurations/${tenant.configuration.id}`],
      ["PATCH", `scep-configurations/${tenant.configuration.id}`],
      ["POST", `scep-configurations/${tenant.configuration.id}/enrolment-agent`],
      ["GET", `token-requests/${requestId}`],
      ["POST", `token-requests/${requestId}/approve`],
      ["POST", `token-requests/${requestId}/reject`],
      ["GET", `tokens/${tokenId}`],
      ["POST", `tokens/${tokenId}/revoke`],
      ["POST", `api-keys/${keys[0].id}/revoke`],
      ["GET", `certificates/${agents[0].serialNumber}`],
    ];
    for (const [method, path] of paths) {
      const body = method === "PATCH" ? {} : undefined;
      expect((await call(foreign.key, method, `${foreign.path}/${path}`, body)).status, path).toBe(
        404,
      );
    }
    // The very same paths exist for their owner.
    expect(
      (await call(tenant.key, "GET", `${tenant.path}/certificates/${agents[0].serialNumber}`))
        .status,
    ).toBe(200);
    // Nor may a foreign CA or template be named in a body.
    for (const more of [
      { certificateAuthority: tenant.authority.id },
      { certificateTemplate: tenant.template.id },
    ]) {
      await call(foreign.key, "POST", `${foreign.path}/certificate-templates`, { name: "own" });
      const answer = await call(foreign.key, "POST", `${foreign.path}/scep-configurations`, {
        name: "x",
        kind: "simple",
        certificateAuthority: "none",
        certificateTemplate: "own",
        ...more,
      });
      expect(answer.status).toBe(422);
    }
    for (const list of [
      "certificate-authorities",
      "certificate-templates",
      "scep-configurations",
      "token-requests",
      "tokens",
      "certificates",
    ]) {
      expect(
        (await must(foreign.key, "GET", `${foreign.path}/${list}`)).items.filter(
          (item: { name?: string }) => item.name !== "own",
        ),
      ).toEqual([]);
    }
  });
});

describe("bad input", () => {
  const create = () => `${tenant.path}/certificate-templates`;

  it("names the fields that are unknown, missing or wrong", async () => {
    const answer = await call(tenant.key, "POST", create(), {
      validityDays: 0,
      colour: "red",
      keyUsage: { sauce: 1 },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const fields = answer.body.errors.map(({ field }: { field: string }) => field);
    expect(fields.toSorted()).toEqual(["colour", "keyUsage.sauce", "name", "validityDays"]);
  });

  it.each([
    ["malformed JSON", "{", {}, 400],
    ["a JSON string", '"x"', {}, 400],
    ["null", "null", {}, 400],
    ["__proto__ as a field", '{"name":"p","__proto__":{"a":1}}', {}, 400],
    ["another media type", "{}", { "content-type": "text/plain" }, 415],
    ["a form", "name=x", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["an empty body", "", {}, 400],
    ["a body over 64 KiB", JSON.stringify({ name: "x".repeat(70_000) }), {}, 413],
    ["a name with a line break", { name: "a\nb" }, {}, 400],
    ["a name that reads from right to left", { name: "a‮b" }, {}, 400],
    ["half a surrogate pair", '{"name":"\\ud800"}', {}, 400],
    [
      "an object identifier that is none",
      { name: "o", extendedKeyUsage: { allowed: ["1.2.x"] } },
      {},
      422,
    ],
    ["keyCertSign", { name: "k", keyUsage: { allowed: ["keyCertSign"] } }, {}, 422],
    ["anyExtendedKeyUsage", { name: "e", extendedKeyUsage: { default: ["2.5.29.37.0"] } }, {}, 422],
    ["no keys at all", { name: "n", keys: { rsa: null, curves: [] } }, {}, 422],
  ])("%s", async (_name, body, headers, status) => {
    const answer = await call(tenant.key, "POST", create(), body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(/\.$/) });
  });

  it("an unknown route is 404, a known one with another method 405 with Allow", async () => {
    expect((await call(tenant.key, "GET", "/nothing")).status).toBe(404);
    expect((await call(tenant.key, "GET", `${tenant.path}/nothing`)).status).toBe(404);
    const answer = await call(tenant.key, "DELETE", `${tenant.path}/tokens`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  it("no operation answers hostile input with 5xx", async () => {
    const hostile = [
      "{",
      "[]",
      "null",
      '{"name":{"$ne":1}}',
      JSON.stringify({ name: "'; drop table tenants; --" }),
    ];
    const segments = ["..", "%00", "%ff", "'", "__proto__", "a".repeat(2000)];
    for (const { method, path } of operations()) {
      for (const segment of segments) {
        const target = path.replace("{tenant}", tenant.id).replace(/\{\w+\}/, segment);
        const answer = await call(
          operator,
          method,
          target,
          method === "GET" ? undefined : hostile[segment.length % hostile.length],
        );
        expect(answer.status, `${method} ${target}`).toBeLessThan(500);
      }
    }
    for (const query of [
      "limit=0",
      "limit=1e9",
      "limit=x",
      "cursor=%00",
      `cursor=${"x".repeat(299)}`,
      "search=%25_'",
    ]) {
      for (const list of ["tokens", "certificates", "audit-events", "certificate-templates"]) {
        expect(
          (await call(tenant.key, "GET", `${tenant.path}/${list}?${query}`)).status,
        ).toBeLessThan(500);
      }
    }
    expect(faults).toEqual([]);
  });
});

describe("lists", () => {
  it("go page by page to the end, each item once", async () => {
    const own = await createTestTenant();
    for (let index = 0; index < 5; index++) {
      await must(own.key, "POST", `${own.path}/certificate-templates`, { name: `t${index}` });
    }
    const seen: string[] = [];
    let cursor = "";
    let pages = 0;
    do {
      const page = await must(
        own.key,
        "GET",
        `${own.path}/certificate-templates?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map(({ name }: { name: string }) => name));
      cursor = page.nextCursor ?? "";
      pages++;
    } while (cursor);
    expect(pages).toBe(3);
    expect(seen.toSorted()).toEqual(["t0", "t1", "t2", "t3", "t4"]);
  });
});

describe("Idempotency-Key", () => {
  const headers = () => ({ "idempotency-key": crypto.randomUUID() });

  it("the same key and request give the same answer, and one thing", async () => {
    const header = headers();
    const body = { name: `once ${header["idempotency-key"]}` };
    const [first, again] = [
      await call(operator, "POST", "/tenants", body, header),
      await call(operator, "POST", "/tenants", body, header),
    ];
    expect(first.status).toBe(201);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });

  it("the same key with another request is refused", async () => {
    const header = headers();
    await call(operator, "POST", "/tenants", { name: `a ${header["idempotency-key"]}` }, header);
    expect((await call(operator, "POST", "/tenants", { name: "b" }, header)).status).toBe(422);
  });

  it("ten at once create one token request", async () => {
    const header = headers();
    const body = { configuration: "devices", subject: "O=Ten", contactEmail: "a@example.test" };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        call(tenant.key, "POST", `${tenant.path}/token-requests`, body, header),
      ),
    );
    for (const { status } of answers) expect([201, 409]).toContain(status);
    const { items } = await must(tenant.key, "GET", `${tenant.path}/token-requests`);
    expect(items.filter(({ subject }: { subject: string }) => subject === "O=Ten")).toHaveLength(1);
  });

  it("a refused request leaves the key free", async () => {
    const header = headers();
    const body = { configuration: "later", subject: "O=Later", contactEmail: "a@example.test" };
    expect(
      (await call(tenant.key, "POST", `${tenant.path}/token-requests`, body, header)).status,
    ).toBe(422);
    await must(tenant.key, "POST", `${tenant.path}/scep-configurations`, {
      name: "later",
      kind: "simple",
      certificateAuthority: "issuing",
      certificateTemplate: "device",
    });
    expect(
      (await call(tenant.key, "POST", `${tenant.path}/token-requests`, body, header)).status,
    ).toBe(201);
  });

  it("a repeated answer lacks the secret, and the secret is not stored", async () => {
    const header = headers();
    const first = await call(
      operator,
      "POST",
      `${tenant.path}/api-keys`,
      { name: "replayed" },
      header,
    );
    const again = await call(
      operator,
      "POST",
      `${tenant.path}/api-keys`,
      { name: "replayed" },
      header,
    );
    const { key: secret, ...rest } = first.body;
    expect(secret).toMatch(/^edgescep_/);
    expect(again.body).toEqual(rest);
    const rows = await env.DB.prepare("select body from idempotency_records").all();
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe("the description", () => {
  it("the reference page has no script and lists every operation", async () => {
    const response = await app.request("https://scep.example.test/api/v1/docs");
    const page = await response.text();
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'nonce-/,
    );
    expect(page).not.toContain("<script");
    // A schema that extends another shows the fields of both.
    const [, extended = ""] = page.split("<code>TokenWithUses</code>");
    expect(extended.split("</section>")[0]).toMatch(/>redeemed<.*>uses</s);
    for (const { method, path } of operations()) expect(page).toContain(`${method} ${path}`);
  });
});
