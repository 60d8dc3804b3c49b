/** What happens once happens in one batch: an action without its event, or half an action, does not exist. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { createId } from "../../src/administration/identifier.ts";
import type { AuditEvent } from "../../src/ports/audit-log.ts";
import { createStores } from "../../src/storage/stores.ts";

const stores = createStores(env.DB);
const tenantId = crypto.randomUUID();

const event = (action: string, id = createId(new Date())): AuditEvent => ({
  id,
  tenantId,
  at: new Date(),
  actor: { kind: "api-key", id: "key" },
  action,
  targetId: "target",
  details: { note: "ü" },
});

const actions = async () => {
  const { items } = await stores.auditLog.listAuditEvents(tenantId, {}, { limit: 100 });
  return items.map(({ action }) => action);
};

beforeAll(async () => {
  await stores.tenants.createTenant(
    { id: tenantId, name: "Atomic", entitlements: [], createdAt: new Date() },
    event("tenant.created"),
  );
});

it("an event is read back as it was written", async () => {
  const written = event("read-back");
  await stores.apiKeys.createApiKey(
    { id: createId(new Date()), name: "k", tenantId, role: "auditor", createdAt: new Date() },
    crypto.getRandomValues(new Uint8Array(32)),
    written,
  );
  const { items } = await stores.auditLog.listAuditEvents(tenantId, {}, { limit: 1 });
  expect(items).toEqual([written]);
});

it("an action whose event cannot be written does not happen", async () => {
  const taken = event("first");
  await stores.tenants.createTenant(
    { id: crypto.randomUUID(), name: "One", entitlements: [], createdAt: new Date() },
    taken,
  );
  const id = crypto.randomUUID();
  await expect(
    stores.tenants.createTenant(
      { id, name: "Two", entitlements: [], createdAt: new Date() },
      event("second", taken.id),
    ),
  ).rejects.toThrow();
  expect(await stores.tenants.findTenant(id)).toBeUndefined();
});

it("an action that changes nothing leaves no event", async () => {
  const again = {
    id: crypto.randomUUID(),
    name: "Atomic",
    entitlements: [],
    createdAt: new Date(),
  };
  expect(await stores.tenants.createTenant(again, event("refused"))).toBe(false);
  await stores.tokens.revokeToken(tenantId, "none", new Date(), event("refused"));
  const decision = { by: "person:ada@example.test" };
  expect(
    await stores.tokenRequests.rejectTokenRequest(tenantId, "none", decision, event("refused")),
  ).toBe(false);
  const approval = {
    approvedBy: decision.by,
    token: {
      id: "t",
      tenantId,
      configurationId: "c",
      subject: [],
      subjectAltNames: [],
      expiresAt: new Date(),
      createdAt: new Date(),
    },
    linkHash: new Uint8Array(32),
    linkExpiresAt: new Date(),
    mail: {
      id: "m",
      tenantId,
      recipient: "a@example.test",
      message: {
        kind: "token-approved",
        tenantName: "Atomic",
        configuration: "c",
        subject: "",
        linkExpiresAt: new Date().toISOString(),
      },
      about: "t",
      createdAt: new Date(),
      giveUpAt: new Date(),
    },
  } as const;
  expect(
    await stores.tokenRequests.approveTokenRequest(tenantId, "none", approval, event("refused")),
  ).toBe(false);
  expect(
    await stores.oneTimeLinks.redeem(
      { linkHash: new Uint8Array(32), challengeHash: new Uint8Array(32), at: new Date() },
      event("refused"),
    ),
  ).toBe(false);
  expect(await stores.tokens.findToken(tenantId, "t")).toBeUndefined();
  expect(await stores.mailOutbox.findMail(tenantId, "m")).toBeUndefined();
  expect(await actions()).not.toContain("refused");
});

it("two changes of a template at once: one is stored, the other is told", async () => {
  const rules = {
    validitySeconds: 1,
    backdateSeconds: 0,
    keyUsage: { source: "fixed", allowed: [], default: ["digitalSignature"] },
    extendedKeyUsage: { allowed: [], default: [] },
    subjectAltName: { types: [], wildcardDns: false },
    subject: { allowEmpty: false },
    keys: { curves: ["P-256"] },
    renewal: { graceSecondsAfterEnd: 0 },
    requestSignature: "verify",
  } as const;
  const template = { ...rules, id: createId(new Date()), name: "t", version: 1 };
  expect(await stores.templates.createTemplate(tenantId, template, event("template"))).toBe(true);
  const changed = await Promise.all(
    [2, 3].map((validitySeconds) =>
      stores.templates.changeTemplate(
        tenantId,
        { ...template, version: 2, validitySeconds },
        event("changed"),
      ),
    ),
  );
  expect(changed.filter(Boolean)).toHaveLength(1);
  expect(await stores.templates.findTemplate(tenantId, "t")).toEqual({
    ...template,
    version: 2,
    validitySeconds: changed[0] ? 2 : 3,
  });
  expect((await actions()).filter((action) => action === "changed")).toHaveLength(1);
  // Not for a template of somebody else.
  expect(
    await stores.templates.changeTemplate(
      crypto.randomUUID(),
      { ...template, version: 3 },
      event("foreign"),
    ),
  ).toBe(false);
});

it("a network that is deleted meanwhile is referred to by no template", async () => {
  const network = {
    ...{ id: createId(new Date()), tenantId, name: "lab", description: "" },
    ...{ domains: ["lab.example"], createdAt: new Date() },
  };
  const existing = await stores.templates.findTemplate(tenantId, "t");
  if (!existing) throw new Error("no template");
  const requiredDomain = { network: "lab", domains: ["lab.example"], in: ["dns"] } as const;
  const made = {
    ...existing,
    id: createId(new Date()),
    name: "of-lab",
    version: 1,
    requiredDomain,
  };
  const changed = { ...existing, version: existing.version + 1, requiredDomain };
  const write = async () => [
    await stores.templates.createTemplate(tenantId, made, event("made")),
    await stores.templates.changeTemplate(tenantId, changed, event("referred")),
  ];
  expect(await write()).toEqual([false, false]);
  expect(await stores.templates.findTemplate(tenantId, "of-lab")).toBeUndefined();
  expect(await actions()).not.toContain("made");
  await stores.networks.createNetwork(network, event("network"));
  expect(await write()).toEqual([true, true]);
  expect(await stores.networks.deleteNetwork(network, event("deleted"))).toBe(false);
});

it("an Idempotency-Key whose request died is free again after a minute, its answers go after a day", async () => {
  const at = new Date("2026-01-01T00:00:00Z");
  const claim = { actorId: "actor", key: "key", requestHash: Uint8Array.of(1, 2, 3), at };
  const later = (seconds: number) => ({ ...claim, at: new Date(at.getTime() + seconds * 1000) });
  expect(await stores.idempotency.claim(claim)).toEqual({ state: "claimed" });
  expect(await stores.idempotency.claim(later(59))).toEqual({ state: "in-progress" });
  expect(await stores.idempotency.claim(later(61))).toEqual({ state: "claimed" });
  await stores.idempotency.recordAnswer(claim, { status: 201, body: "{}" });
  expect(await stores.idempotency.claim(later(3600))).toEqual({
    state: "answered",
    answer: { status: 201, body: "{}" },
  });
  expect(await stores.idempotency.claim({ ...later(3600), requestHash: Uint8Array.of(9) })).toEqual(
    { state: "other-request" },
  );
  expect(await stores.idempotency.claim({ ...later(3600), actorId: "another" })).toEqual({
    state: "claimed",
  });
  expect(await stores.idempotency.claim(later(62 + 24 * 3600))).toEqual({ state: "claimed" });
});
