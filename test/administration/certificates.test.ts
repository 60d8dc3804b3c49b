/** The inventory: over all CAs that a tenant uses, and of a shared CA only the tenant's own part. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
  createConfiguration,
  createReadyTenant,
  must,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";

interface Item {
  readonly serialNumber: string;
  readonly configuration: string;
  readonly subject: string;
}

let one: TestTenant;
let other: TestTenant;
const shared = `shared ${crypto.randomUUID()}`;

async function inventory(tenant: TestTenant, query = "limit=100"): Promise<Item[]> {
  const items: Item[] = [];
  let cursor = "";
  do {
    const more = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const page = await must(tenant.key, "GET", `${tenant.path}/certificates?${query}${more}`);
    items.push(...page.items);
    cursor = page.nextCursor ?? "";
  } while (cursor);
  return items;
}

beforeAll(async () => {
  [one, other] = [await createReadyTenant(), await createReadyTenant()];
  await must(await useOperatorKey(), "POST", `${one.path}/certificate-authorities`, {
    ...{ name: shared, subject: "CN=Shared", keyAlgorithm: "P-256", shared: true },
  });
  for (const tenant of [one, other]) {
    for (const name of ["first", "second", "third"]) {
      await createConfiguration(tenant, name, { certificateAuthority: shared });
    }
  }
});

it("has the certificates of all configurations, over all CAs", async () => {
  const items = await inventory(one);
  const configurations = items.map(({ configuration }) => configuration);
  expect(configurations.toSorted()).toEqual(["devices", "first", "second", "third"]);
  for (const { serialNumber } of items) expect(serialNumber).toMatch(/^[0-9a-f]+$/);
});

it("gives the same in pages of one, each once", async () => {
  const all = await inventory(one);
  const paged = await inventory(one, "limit=1");
  const serials = (items: Item[]) => items.map(({ serialNumber }) => serialNumber).toSorted();
  expect(paged).toHaveLength(4);
  expect(serials(paged)).toEqual(serials(all));
});

it("finds by part of the subject and by the beginning of the serial number", async () => {
  const [second] = await inventory(one, "search=agent%20second");
  expect(second?.configuration).toBe("second");
  const found = await inventory(one, `search=${second?.serialNumber.slice(0, 20)}`);
  expect(found).toEqual([second]);
  expect(await inventory(one, "search=nothing-like-this")).toEqual([]);
});

it("shows a certificate as PEM, to its tenant and to no other on the same CA", async () => {
  const [item] = await inventory(one, "search=agent%20first");
  const shown = await must(one.key, "GET", `${one.path}/certificates/${item?.serialNumber}`);
  expect(shown).toMatchObject({ ...item, status: "issued" });
  expect(shown.certificate).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  const upper = item?.serialNumber.toUpperCase();
  expect((await call(one.key, "GET", `${one.path}/certificates/${upper}`)).status).toBe(200);
  const foreign = await call(other.key, "GET", `${other.path}/certificates/${item?.serialNumber}`);
  const unknown = await call(other.key, "GET", `${other.path}/certificates/00`);
  expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
  const serials = (await inventory(other)).map(({ serialNumber }) => serialNumber);
  expect(serials).not.toContain(item?.serialNumber);
  expect(serials).toHaveLength(4);
});

describe("revocation", () => {
  const serialOf = async (name: string): Promise<string> =>
    (await inventory(one, `search=agent%20${name}`))[0]?.serialNumber ?? "";
  const post = (tenant: TestTenant, serial: string, action: string, body?: unknown) =>
    call(tenant.key, "POST", `${tenant.path}/certificates/${serial}/${action}`, body);

  it("revokes with a reason by name, once; every answer and the inventory show the first facts", async () => {
    const serial = await serialOf("first");
    const revoked = await post(one, serial.toUpperCase(), "revoke", { reason: "superseded" });
    expect([revoked.status, revoked.body]).toMatchObject([
      200,
      { serialNumber: serial, status: "revoked", revocation: { reason: "superseded" } },
    ]);
    const again = await post(one, serial, "revoke", { reason: "keyCompromise" });
    expect(again.body).toEqual(revoked.body);
    expect((await inventory(one, `search=${serial}`))[0]).toEqual(revoked.body);
    const released = await post(one, serial, "release");
    expect([released.status, released.body.detail]).toEqual([
      409,
      "This certificate is not on hold, and no other revocation is ever undone.",
    ]);
  });

  it("puts on hold and releases, and each leaves its audit event, a refusal too", async () => {
    const serial = await serialOf("second");
    const held = await post(one, serial, "revoke", { reason: "certificateHold" });
    expect(held.body.status).toBe("on-hold");
    const released = await post(one, serial, "release");
    expect(released.body.status).toBe("issued");
    expect(released.body).not.toHaveProperty("revocation");
    const { items } = await must(one.key, "GET", `${one.path}/audit-events?limit=10`);
    const told = items.map(({ action, details }: { action: string; details: object }) => [
      action,
      details,
    ]);
    expect(told.slice(0, 5)).toMatchObject([
      ["certificate.released", { configuration: "second", previousStatus: "on-hold" }],
      ["certificate.revoked", { reason: "certificateHold", previousStatus: "issued" }],
      ["certificate.released-refused", { reason: "not_on_hold" }],
      ["certificate.released", { previousStatus: "revoked" }],
      ["certificate.revoked", { reason: "keyCompromise", previousStatus: "revoked" }],
    ]);
  });

  it("answers alike for another tenant's certificate on the same CA and for none, and leaves no trace", async () => {
    const serial = await serialOf("third");
    const events = async () => (await must(other.key, "GET", `${other.path}/audit-events`)).items;
    const before = await events();
    for (const [action, body] of [
      ["revoke", { reason: "superseded" }],
      ["release", undefined],
    ] as const) {
      const foreign = await post(other, serial, action, body);
      const unknown = await post(other, "00", action, body);
      expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
    }
    expect(await events()).toEqual(before);
    expect((await inventory(one, `search=${serial}`))[0]).toMatchObject({ status: "issued" });
  });

  it("takes no other reason than those of RFC 5280 that a certificate can be revoked for", async () => {
    const serial = await serialOf("third");
    for (const body of [{ reason: "removeFromCRL" }, { reason: "stolen" }, { reason: 1 }, {}])
      expect((await post(one, serial, "revoke", body)).status).toBe(400);
  });
});
