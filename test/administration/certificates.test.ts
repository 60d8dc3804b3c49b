/** The inventory: over all CAs that a tenant uses, and of a shared CA only the tenant's own part. */
import { beforeAll, expect, it } from "vitest";
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
