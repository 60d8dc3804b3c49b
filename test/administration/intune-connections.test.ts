/** Intune connections over the API, before a fake of Microsoft's cloud: what is kept secret, and who may use what. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { call, clock, createReadyTenant, must, stores, type TestTenant } from "../support/api.ts";
import type { FakeTenant } from "../support/fake-microsoft/index.ts";
import { useFakeMicrosoft } from "../support/fake-microsoft/in-worker.ts";
import { derOfPem } from "../support/pem.ts";

const fake = useFakeMicrosoft({ now: () => clock.now() });
let tenant: TestTenant;
let microsoft: FakeTenant;
let base: string;

beforeAll(async () => {
  tenant = await createReadyTenant();
  microsoft = fake.tenant();
  base = `${tenant.path}/intune-connections`;
});

const create = (name: string, more: object = {}) =>
  call(tenant.key, "POST", base, { name, cloud: "public", ...microsoft.credentials, ...more });
const validate = async (name: string) =>
  (await must(tenant.key, "POST", `${base}/${name}/validate`)) as {
    valid: boolean;
    steps: { hop: string; outcome: string; detail: string; problem?: string; remedy?: string }[];
  };
const outcomes = ({ steps }: { steps: { outcome: string }[] }) =>
  steps.map(({ outcome }) => outcome);

describe("a connection", () => {
  it("takes a secret and never shows it; nothing stored has it in the clear", async () => {
    const created = await create("one", { clientSecretExpiresAt: "2099-01-01T00:00:00Z" });
    expect(created.status).toBe(201);
    const everything = [
      created.text,
      (await call(tenant.key, "GET", `${base}/one`)).text,
      (await call(tenant.key, "GET", base)).text,
      (await call(tenant.key, "GET", `${tenant.path}/audit-events`)).text,
    ].join();
    expect(everything).not.toContain(microsoft.secret);
    expect(created.body.credentials).toMatchObject([
      { kind: "client-secret", expiresAt: "2099-01-01T00:00:00.000Z" },
    ]);
    const rows = await env.DB.prepare("select * from intune_credentials").all();
    const stored = rows.results.map((row) =>
      Buffer.from(row["wrapped"] as number[]).toString("latin1"),
    );
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.join()).not.toContain(microsoft.secret);
  });

  it("4.3.3.4: IDs are taken with the space that was copied along, and kept without", async () => {
    const ids = { directoryId: microsoft.directoryId, clientId: microsoft.app.clientId };
    const pasted = { directoryId: ` ${ids.directoryId}`, clientId: `${ids.clientId} \n` };
    expect(await create("pasted", pasted)).toMatchObject({ status: 201, body: ids });
    const changed = await call(tenant.key, "PATCH", `${base}/pasted`, pasted);
    expect(changed).toMatchObject({ status: 200, body: ids });
    await must(tenant.key, "DELETE", `${base}/pasted`);
  });

  it.each([
    ["threat 41 a path in the directory id", { directoryId: "../common" }],
    ["threat 41 no GUID", { clientId: "contoso" }],
    ["threat 40 another login host", { endpoints: { login: "https://169.254.169.254" } }],
    [
      "threat 40 a login host below Microsoft's",
      { endpoints: { login: "https://x.login.microsoftonline.com" } },
    ],
    [
      "threat 40 another Graph host",
      { endpoints: { graph: "https://graph.microsoft.com.evil.example" } },
    ],
    ["threat 40 http", { endpoints: { graph: "http://graph.microsoft.com" } }],
    ["threat 40 foreign service hosts", { endpoints: { serviceHosts: ["evil.example"] } }],
    [
      "threat 40 a custom cloud in production",
      {
        cloud: "custom",
        endpoints: { login: "http://127.0.0.1", graph: "http://127.0.0.1", intuneResource: "x" },
      },
    ],
    ["China without its resource, which nobody has published", { cloud: "china" }],
    ["an expiry that has passed", { clientSecretExpiresAt: "2020-01-01T00:00:00Z" }],
    ["an unknown field", { secret: "x" }],
  ])("%s: refused, and nothing is made", async (_, more) => {
    const answer = await create("refused", more);
    expect([400, 422]).toContain(answer.status);
    expect(answer.text).not.toContain(microsoft.secret);
    expect((await call(tenant.key, "GET", `${base}/refused`)).status).toBe(404);
  });

  it("may be in the US government's cloud, and in China's with what its operator says", async () => {
    const dod = await create("dod", {
      cloud: "us-government",
      endpoints: { graph: "https://dod-graph.microsoft.us" },
    });
    expect(dod.body.endpoints).toEqual({
      login: "https://login.microsoftonline.us",
      graph: "https://dod-graph.microsoft.us",
      intuneResource: "https://api.manage.microsoft.us/",
      serviceHosts: ["manage.microsoft.us"],
    });
    const endpoints = {
      intuneResource: "https://api.manage.microsoftonline.cn/",
      serviceHosts: ["*.manage.microsoftonline.cn"],
    };
    const china = await create("china", { cloud: "china", endpoints });
    expect(china.body.endpoints).toMatchObject({
      login: "https://login.partner.microsoftonline.cn",
      serviceHosts: ["manage.microsoftonline.cn"],
    });
  });

  it("is validated by a round trip, and its secret replaced with an overlap", async () => {
    await create("two");
    expect(await validate("two")).toMatchObject({ valid: true });
    const old = microsoft.app.secrets;
    microsoft.app.secrets = [{ value: "the~next~one" }];
    expect(await validate("two")).toMatchObject({ valid: false });
    const changed = await must(tenant.key, "PATCH", `${base}/two`, {
      clientSecret: "the~next~one",
    });
    expect(changed.credentials).toHaveLength(2);
    expect(changed.credentials[0].retiresAt).toBeUndefined();
    expect(changed.credentials[1].retiresAt).toBeDefined();
    expect(await validate("two")).toMatchObject({ valid: true });
    // The other way round: given here before Microsoft knows it.
    microsoft.app.secrets = old;
    const early = await validate("two");
    expect(early.valid).toBe(false);
    expect(early.steps[0]).toMatchObject({ outcome: "failed", problem: "secret_wrong" });
    expect(early.steps[0]?.detail).toMatch(
      /^The new secret is refused \(.+\); the older secret serves/,
    );
    expect(early.steps[0]?.detail).toContain(`until ${changed.credentials[1].retiresAt}`);
    expect(outcomes(early).slice(1)).toEqual(["ok", "ok", "ok"]);
    microsoft.app.secrets = [...old, { value: "the~next~one" }];
    expect(await validate("two")).toMatchObject({ valid: true });
    microsoft.app.secrets = old;
    clock.offsetMilliseconds = 25 * 3600_000;
    expect(await validate("two")).toMatchObject({ valid: false });
    clock.offsetMilliseconds = 0;
  });

  it("has a certificate made for it, which proves it once it is uploaded", async () => {
    await must(tenant.key, "POST", base, {
      ...{ name: "three", cloud: "public", directoryId: microsoft.directoryId },
      clientId: microsoft.app.clientId,
    });
    expect((await validate("three")).steps[0]).toMatchObject({ problem: "credential_missing" });
    const made = await must(tenant.key, "POST", `${base}/three/client-certificate`);
    const der = new Uint8Array(derOfPem(made.certificate));
    expect(parseCertificate(der).notAfter.toISOString()).toBe(made.expiresAt);
    expect((await validate("three")).steps[0]).toMatchObject({ problem: "certificate_unknown" });
    microsoft.app.certificates.push(der);
    expect(await validate("three")).toMatchObject({ valid: true });
    await must(tenant.key, "POST", `${base}/three/client-certificate`);
    // The new one is not uploaded yet; the old one goes on, and is what the later steps are made with.
    const early = await validate("three");
    expect(early.steps[0]?.detail).toContain("The new certificate is refused");
    expect(outcomes(early)).toEqual(["failed", "ok", "ok", "ok"]);
    const removed = await call(tenant.key, "DELETE", `${base}/three/credentials/${made.id}`);
    expect(removed.status).toBe(204);
    expect(await validate("three")).toMatchObject({ valid: false });
  });

  it("wants the secret's Value: what is a GUID is its Secret ID", async () => {
    await create("value");
    const clientSecret = crypto.randomUUID();
    for (const refused of [
      await create("secret-id", { clientSecret }),
      await call(tenant.key, "PATCH", `${base}/value`, { clientSecret }),
    ]) {
      expect(refused.status).toBe(422);
      expect(refused.body.errors).toMatchObject([{ field: "clientSecret" }]);
      expect(refused.body.detail).toContain("the secret's Value is needed");
    }
  });

  it("warns 30 days before its secret ends, and when it has ended", async () => {
    const soon = new Date(clock.now().getTime() + 10 * 24 * 3600_000).toISOString();
    const created = await create("four", { clientSecretExpiresAt: soon });
    expect(created.body.warnings.join()).toContain("expires in 10 day(s)");
    clock.offsetMilliseconds = 11 * 24 * 3600_000;
    const later = await call(tenant.key, "GET", `${base}/four`);
    clock.offsetMilliseconds = 0;
    expect(later.body.warnings.join()).toContain("has expired");
  });

  it("is found by its id before another that is named like it, and none is named so any more", async () => {
    const { body: real } = await create("by-id");
    const { body: impostor } = await create("named");
    expect((await create(crypto.randomUUID())).status).toBe(422);
    const renamed = await call(tenant.key, "PATCH", `${base}/named`, { name: real.id });
    expect(renamed.status).toBe(422);
    await env.DB.prepare("UPDATE intune_connections SET name = ? WHERE id = ?")
      .bind(real.id, impostor.id)
      .run();
    expect((await must(tenant.key, "GET", `${base}/${real.id}`)).name).toBe("by-id");
  });

  it("cannot be deleted while a configuration uses it, and goes with all that belongs to it", async () => {
    await create("five");
    const path = `${tenant.path}/scep-configurations`;
    await must(tenant.key, "POST", path, {
      ...{ name: "fleet", kind: "intune", certificateAuthority: "issuing" },
      ...{ certificateTemplate: "device", intuneConnection: "five" },
    });
    expect((await call(tenant.key, "DELETE", `${base}/five`)).status).toBe(409);
    await create("six");
    await must(tenant.key, "PATCH", `${path}/fleet`, { intuneConnection: "six" });
    expect((await call(tenant.key, "DELETE", `${base}/five`)).status).toBe(204);
    expect((await call(tenant.key, "GET", `${base}/five`)).status).toBe(404);
  });
});

describe("threat 18: what decides about a configuration's requests", () => {
  const path = () => `${tenant.path}/scep-configurations`;
  const fleet = (name: string, more: object = {}) =>
    call(tenant.key, "POST", path(), {
      ...{ name, kind: "intune", certificateAuthority: "issuing", certificateTemplate: "device" },
      ...more,
    });

  it("an intune configuration without a connection is not enabled, one with it is and brings it along", async () => {
    await fleet("unfinished");
    await must(tenant.key, "POST", `${path()}/unfinished/enrolment-agent`);
    const enable = () => call(tenant.key, "PATCH", `${path()}/unfinished`, { enabled: true });
    expect((await enable()).status).toBe(409);
    await create("seven");
    await must(tenant.key, "PATCH", `${path()}/unfinished`, { intuneConnection: "seven" });
    expect((await enable()).status).toBe(200);
    const loaded = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "intune",
      tenant.id,
      "unfinished",
    );
    expect(loaded?.intuneConnection).toMatchObject({
      name: "seven",
      directoryId: microsoft.directoryId,
    });
    expect(JSON.stringify(loaded?.intuneConnection)).not.toContain(microsoft.secret);
  });

  it("a connection for a configuration of tokens, or another tenant's, is refused", async () => {
    const simple = await fleet("both-ways", { kind: "simple", intuneConnection: "one" });
    expect(simple.body.errors).toMatchObject([{ field: "intuneConnection" }]);
    const other = await createReadyTenant();
    const { id } = await must(other.key, "POST", `${other.path}/intune-connections`, {
      ...{ name: "theirs", cloud: "public", ...fake.tenant().credentials },
    });
    expect((await fleet("stolen", { intuneConnection: id })).status).toBe(422);
  });

  it("no token is made for it", async () => {
    const answer = await call(tenant.key, "POST", `${tenant.path}/token-requests`, {
      configuration: "fleet",
      subject: "O=Demo",
      contactEmail: "someone@example.test",
    });
    expect(answer.body.errors).toMatchObject([{ field: "configuration" }]);
  });
});
