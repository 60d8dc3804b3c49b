/** What may be set, when a configuration may be enabled, and how tokens come and go. Through the API, over the real parts. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  app,
  call,
  challengeIn,
  changedConfigurations,
  createApprovedToken,
  createConfiguration,
  createReadyTenant,
  dependencies,
  must,
  stores,
} from "../support/api.ts";
import { hashSecret } from "../../src/administration/secrets.ts";

let tenant: Awaited<ReturnType<typeof createReadyTenant>>;
let base: string;

beforeAll(async () => {
  tenant = await createReadyTenant();
  base = `${tenant.path}/scep-configurations`;
});

const wish = (name: string, more: object = {}) => ({
  name,
  kind: "simple",
  certificateAuthority: "issuing",
  certificateTemplate: "device",
  ...more,
});
const create = (name: string, more: object = {}) =>
  call(tenant.key, "POST", base, wish(name, more));

describe("SCEP configurations", () => {
  it("are off until enabled, and cannot be enabled without an agent", async () => {
    const created = await create("half");
    expect([created.status, created.body.enabled]).toEqual([201, false]);
    expect(created.body.url).toBe(`https://scep.example.test/simple/${tenant.id}/half/scep`);
    expect((await call(tenant.key, "PATCH", `${base}/half`, { enabled: true })).status).toBe(409);
    await must(tenant.key, "POST", `${base}/half/enrolment-agent`);
    expect((await must(tenant.key, "PATCH", `${base}/half`, { enabled: true })).enabled).toBe(true);
  });

  it("standard has AES and SHA-2 over HTTPS only; a wish replaces one setting of the preset", async () => {
    const { body } = await create("modern", { digests: ["SHA-256"] });
    expect(body).toMatchObject({
      preset: "standard",
      digests: ["SHA-256"],
      allowPlainHttp: false,
      requiresApproval: false,
    });
    expect(body.contentEncryption.toSorted()).toEqual([
      "AES-128-CBC",
      "AES-192-CBC",
      "AES-256-CBC",
    ]);
    expect(body.httpUrl).toBeUndefined();
    const changed = await must(tenant.key, "PATCH", `${base}/modern`, { allowPlainHttp: true });
    expect(changed).toMatchObject({
      digests: ["SHA-256"],
      httpUrl: `http://scep.example.test/simple/${tenant.id}/modern/scep`,
    });
  });

  it("legacy has everything old and the agent twice at the head of its chain, agent, agent, issuer, root", async () => {
    await must(tenant.key, "POST", `${tenant.path}/certificate-authorities`, {
      ...{ name: "below", subject: "CN=Below", keyAlgorithm: "P-256", parent: "issuing" },
    });
    const { body } = await create("appliance", { preset: "legacy", certificateAuthority: "below" });
    expect(body.contentEncryption).toEqual(expect.arrayContaining(["DES-CBC", "DES-EDE3-CBC"]));
    expect(body.digests).toEqual(expect.arrayContaining(["MD5", "SHA-1"]));
    expect(body.allowPlainHttp).toBe(true);
    await must(tenant.key, "POST", `${base}/appliance/enrolment-agent`);
    const { items } = await must(tenant.key, "GET", `${base}/appliance/chain`);
    expect(items.map(({ name }: { name: string }) => name)).toEqual([
      "enrolment agent",
      "enrolment agent",
      "below",
      "issuing",
    ]);
    const enrolment = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "appliance",
    );
    expect(enrolment?.chainDer).toHaveLength(4);
    expect(enrolment?.chainDer[0]).toEqual(enrolment?.chainDer[1]);
    expect(enrolment?.chainDer[0]).toEqual(enrolment?.agents[0]?.certificateDer);
    expect(enrolment?.chainDer[2]).toEqual(enrolment?.issuer.certificateDer);
  });

  it.each([
    ["DES without the preset legacy", { contentEncryption: ["DES-CBC"] }, "contentEncryption"],
    ["MD5 without the preset legacy", { digests: ["MD5"] }, "digests"],
    [
      "approval by a person on top of Intune",
      { kind: "intune", requiresApproval: true },
      "requiresApproval",
    ],
    ["a CA that does not exist", { certificateAuthority: "none" }, "certificateAuthority"],
    ["a template that does not exist", { certificateTemplate: "none" }, "certificateTemplate"],
  ])("%s is refused at creation and at change", async (_name, more, field) => {
    const refused = await create("refused", more);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].field).toBe(field);
    expect((await call(tenant.key, "GET", `${base}/refused`)).status).toBe(404);
    const { kind: _, certificateAuthority, ...change } = more as Record<string, unknown>;
    if (certificateAuthority !== undefined) return;
    const name = `for-${field}`;
    await create(name, "kind" in more ? { kind: more.kind } : {});
    expect((await call(tenant.key, "PATCH", `${base}/${name}`, change)).status).toBe(422);
  });

  it.each(["a b", "a/b", "", "..", ".hidden", "ä", "a".repeat(65), "a%2fb"])(
    "the name %j is refused",
    async (name) => {
      expect((await create(name)).status).toBe(400);
    },
  );

  it("are found by id before a name that looks like it, and no such name is given any more", async () => {
    const { body: real } = await create("real");
    const refused = await create(crypto.randomUUID().toUpperCase());
    expect([refused.status, refused.body.errors[0].field]).toEqual([422, "name"]);
    // From before names were looked at.
    const { body: impostor } = await create("impostor");
    await env.DB.prepare("UPDATE scep_configurations SET name = ? WHERE id = ?")
      .bind(real.id, impostor.id)
      .run();
    expect((await must(tenant.key, "GET", `${base}/${real.id}`)).name).toBe("real");
    const { body: request } = await call(tenant.key, "POST", `${tenant.path}/token-requests`, {
      ...{ configuration: real.id, subject: "O=Contoso", contactEmail: "a@example.test" },
    });
    expect(request.configuration).toBe("real");
  });

  it("a name is taken in both kinds", async () => {
    expect((await create("both")).status).toBe(201);
    expect((await create("both")).status).toBe(409);
    expect((await create("both", { kind: "intune" })).status).toBe(409);
  });

  it("a chain keeps order and duplicates, and needs the agent and the CA", async () => {
    await createConfiguration(tenant, "chained");
    const agent = { type: "enrolment-agent" };
    const authority = { type: "certificate-authority", id: "issuing" };
    const put = (items: object[]) => call(tenant.key, "PUT", `${base}/chained/chain`, { items });
    const answer = await put([authority, agent, authority]);
    expect(answer.body.items.map(({ type }: { type: string }) => type)).toEqual([
      authority.type,
      agent.type,
      authority.type,
    ]);
    expect((await put([agent, agent])).status).toBe(422);
    expect((await put([authority, authority])).status).toBe(422);
    expect((await put([agent, { ...authority, id: "none" }])).status).toBe(422);
    const enrolment = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "chained",
    );
    expect(enrolment?.chainDer).toHaveLength(3);
  });

  it("a new agent takes over at once, and the old one is kept for open envelopes", async () => {
    const { id } = await createConfiguration(tenant, "renewing");
    changedConfigurations.length = 0;
    const second = await must(tenant.key, "POST", `${base}/renewing/enrolment-agent`);
    const enrolment = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "renewing",
    );
    expect(enrolment?.agents.map((agent) => agent.id)[0]).toBe(second.id);
    expect(enrolment?.agents).toHaveLength(2);
    expect(changedConfigurations).toEqual([id]);
  });

  it("a changed template is a new version that its configurations use, and their caches forget", async () => {
    await must(tenant.key, "POST", `${tenant.path}/certificate-templates`, {
      name: "changing",
      validityDays: 30,
    });
    const { id } = await createConfiguration(tenant, "templated", {
      certificateTemplate: "changing",
    });
    changedConfigurations.length = 0;
    const changed = await must(
      tenant.key,
      "PATCH",
      `${tenant.path}/certificate-templates/changing`,
      { keyUsage: { source: "fixed" } },
    );
    expect(changed).toMatchObject({ version: 2, validityDays: 30, keyUsage: { source: "fixed" } });
    expect(changedConfigurations).toEqual([id]);
    const enrolment = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "templated",
    );
    expect(enrolment?.template).toMatchObject({ version: 2, keyUsage: { source: "fixed" } });
  });

  it("are not found by an enrolment under the other kind or another tenant", async () => {
    const find = stores.enrolmentConfigurations.findEnrolmentConfiguration;
    expect(await find("simple", tenant.id, "devices")).toBeDefined();
    expect(await find("intune", tenant.id, "devices")).toBeUndefined();
    expect(await find("simple", crypto.randomUUID(), "devices")).toBeUndefined();
  });
});

describe("token requests", () => {
  const request = (more: object = {}) =>
    call(tenant.key, "POST", `${tenant.path}/token-requests`, {
      ...{ configuration: "devices", subject: "OU=PKI,O=Contoso", contactEmail: "a@example.test" },
      ...more,
    });

  it("wait, live a year by default, and warn when the subject is empty", async () => {
    const { body } = await request({
      subjectAlternativeNames: [{ type: "dns", value: "HOST.Example.test" }],
    });
    expect(body).toMatchObject({ status: "pending", subject: "OU=PKI,O=Contoso", warnings: [] });
    expect(body.subjectAlternativeNames).toEqual([{ type: "dns", value: "host.example.test" }]);
    const days = (Date.parse(body.expiresAt) - Date.now()) / (24 * 3600_000);
    expect(days).toBeCloseTo(365, 1);
    const empty = await request({ subject: "" });
    expect(empty.body.warnings[0]).toContain("any name");
  });

  it.each([
    ["no contact", { contactEmail: undefined }, 400],
    ["a contact that is no address", { contactEmail: "nobody" }, 400],
    ["no uses", { maxUses: 0 }, 400],
    ["half a use", { maxUses: 1.5 }, 400],
    ["a subject that is none", { subject: "nonsense" }, 422],
    ["a subject with a line break", { subject: "CN=a\\0ab" }, 422],
    [
      "an address that is none",
      { subjectAlternativeNames: [{ type: "ip", value: "300.1.1.1" }] },
      422,
    ],
    ["a DNS name that is none", { subjectAlternativeNames: [{ type: "dns", value: "a b" }] }, 422],
    [
      "a kind of name that is unknown",
      { subjectAlternativeNames: [{ type: "directory", value: "x" }] },
      400,
    ],
    ["an expiry in the past", { expiresAt: "2020-01-01T00:00:00Z" }, 422],
    ["an expiry in a hundred years", { expiresAt: "2126-01-01T00:00:00Z" }, 422],
    ["an expiry that is no time", { expiresAt: "tomorrow" }, 400],
    ["a configuration that does not exist", { configuration: "none" }, 422],
  ])("%s is refused", async (_name, more, status) => {
    expect((await request(more)).status).toBe(status);
  });

  it("an Intune configuration has no tokens", async () => {
    await create("fleet", { kind: "intune" });
    expect((await request({ configuration: "fleet" })).status).toBe(422);
  });

  it("ten approvals at once make one token and one link", async () => {
    const { id } = (await request({ subject: "O=Ten" })).body;
    const path = `${tenant.path}/token-requests/${id}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call(tenant.key, "POST", `${path}/approve`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    const { items } = await must(tenant.key, "GET", `${tenant.path}/tokens`);
    expect(items.filter(({ subject }: { subject: string }) => subject === "O=Ten")).toHaveLength(1);
    const audit = await must(tenant.key, "GET", `${tenant.path}/audit-events?limit=100`);
    const approved = audit.items.filter(
      (event: { action: string; targetId: string }) =>
        event.action === "token-request.approved" && event.targetId === id,
    );
    expect(approved).toHaveLength(1);
  });

  it("a rejected request cannot be approved", async () => {
    const { id } = (await request()).body;
    const path = `${tenant.path}/token-requests/${id}`;
    expect((await must(tenant.key, "POST", `${path}/reject`)).status).toBe("rejected");
    expect((await call(tenant.key, "POST", `${path}/approve`)).status).toBe(409);
  });
});

describe("tokens", () => {
  it("carry what was asked for, and are found inside their configuration only", async () => {
    const other = await createConfiguration(tenant, "other");
    const { tokenId, redeemUrl } = await createApprovedToken(tenant, {
      subject: "CN=printer+SERIALNUMBER=7,O=Demo\\, Inc.",
      subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
      maxUses: 3,
    });
    const page = await (await app.request(redeemUrl, { method: "POST" })).text();
    const hash = await hashSecret(challengeIn(page) ?? "");
    const found = await stores.tokensByChallenge.findTokenByChallenge(
      tenant.configuration.id,
      hash,
    );
    expect(found).toMatchObject({
      id: tokenId,
      tenantId: tenant.id,
      subjectAltNames: [{ type: "dns", value: "*.demo.test" }],
      maxUses: 3,
    });
    expect(found?.subject).toHaveLength(2);
    expect(await stores.tokensByChallenge.findTokenByChallenge(other.id, hash)).toBeUndefined();
    const shown = await must(tenant.key, "GET", `${tenant.path}/tokens/${tokenId}`);
    expect(shown).toMatchObject({ redeemed: true, uses: 0, configuration: "devices" });
  });

  it("revoking tells the CA's object, which refuses from then on, and may be repeated", async () => {
    const { tokenId } = await createApprovedToken(tenant);
    const first = await must(tenant.key, "POST", `${tenant.path}/tokens/${tokenId}/revoke`);
    const again = await must(tenant.key, "POST", `${tenant.path}/tokens/${tokenId}/revoke`);
    expect(first.revokedAt).toBeDefined();
    expect(again.revokedAt).toBe(first.revokedAt);
    const pair = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const subjectPublicKeyInfoDer = new Uint8Array(
      (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer,
    );
    const refused = await dependencies.authorities.get(tenant.authority.id).issue({
      configurationId: tenant.configuration.id,
      transactionID: crypto.randomUUID(),
      requestDigest: new Uint8Array(32),
      requesterKeyDigest: new Uint8Array(32),
      signer: "self-signed",
      authorisation: { kind: "token", expiresAtSeconds: 4_000_000_000, tokenId },
      templateId: tenant.template.id,
      templateVersion: 1,
      content: {
        subjectDer: Uint8Array.of(0x30, 0),
        subjectPublicKeyInfoDer,
        subjectKeyIdentifier: new Uint8Array(20),
        keyUsage: 1,
        extendedKeyUsage: [],
        backdateSeconds: 0,
        validitySeconds: 3600,
      },
      subjectText: "",
      subjectAltNames: [],
    });
    expect(refused).toEqual({ ok: false, error: { reason: "token_revoked" } });
    const audit = await must(tenant.key, "GET", `${tenant.path}/audit-events?limit=100`);
    const revoked = audit.items.filter(
      (event: { action: string; targetId: string }) =>
        event.action === "token.revoked" && event.targetId === tokenId,
    );
    expect(revoked).toHaveLength(1);
  });
});
