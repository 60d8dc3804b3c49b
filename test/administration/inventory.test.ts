/** The inventory through the API: filters, export, statistics and a certificate's story. */
import { beforeAll, describe, expect, it } from "vitest";
import { csvLine } from "../../src/http/csv.ts";
import { authorities, issued, issueRequest } from "../support/authorities.ts";
import {
  call,
  createConfiguration,
  createReadyTenant,
  must,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";
import { fillInventory, indexInventory } from "../support/inventory.ts";

type Ready = Awaited<ReturnType<typeof createReadyTenant>>;

let tenant: Ready;
let other: TestTenant;
const formula = '=HYPERLINK("http://evil.test";"x")';

/** Past the edge: what is issued here could have any name. */
async function issue(subjectText: string, more: object = {}): Promise<string> {
  const request = await issueRequest({
    subjectText,
    configurationId: tenant.configuration.id,
    ...more,
  });
  return (await issued(authorities.get(tenant.authority.id).issue(request))).serialNumberHex;
}

beforeAll(async () => {
  tenant = await createReadyTenant();
  other = await createReadyTenant();
  await issue("CN=plain,O=Demo", { transactionID: "plain" });
  await issue(formula, { transactionID: "=1+1" });
});

const path = (rest: string) => `${tenant.path}/certificates${rest}`;
const get = (rest: string) => must(tenant.key, "GET", path(rest));
const subjects = async (query: string) =>
  (await get(`?limit=100&${query}`)).items.map(({ subject }: { subject: string }) => subject);

describe("filters", () => {
  it("narrow by state, configuration, token, issue and end, all at once", async () => {
    const devices = "configuration=devices&search=CN%3D";
    expect(await subjects(`${devices}&status=valid&token=token`)).toEqual(["CN=plain,O=Demo"]);
    expect(await subjects("token=another")).toEqual([]);
    expect(await subjects("configuration=none")).toEqual([]);
    const [hour, year] = [3_600_000, 366 * 86_400_000];
    const at = (offset: number) => encodeURIComponent(new Date(Date.now() + offset).toISOString());
    expect(await subjects(`issuedAfter=${at(-hour)}&issuedBefore=${at(hour)}`)).toHaveLength(3);
    expect(await subjects(`issuedBefore=${at(-hour)}`)).toEqual([]);
    // The agent lives two years.
    expect(await subjects(`expiresBefore=${at(year)}`)).toHaveLength(2);
    expect(await subjects(`expiresAfter=${at(year)}`)).toHaveLength(1);
    expect(await subjects("status=revoked")).toEqual([]);
    expect(await subjects("status=undelivered")).toEqual([]);
  });

  it("that are none are refused by name, and an odd cursor leads nowhere bad", async () => {
    for (const query of [
      "status=lost",
      "expiresBefore=tomorrow",
      "issuedAfter=2026-13-01T00:00:00Z",
      "limit=1000",
    ])
      expect((await call(tenant.key, "GET", path(`?${query}`))).status, query).toBe(400);
    for (const cursor of ["x", "..", `${tenant.authority.id}.1-1-1`, `${tenant.authority.id}.-1`])
      expect((await call(tenant.key, "GET", path(`?cursor=${cursor}`))).status, cursor).toBe(200);
  });
});

describe("export", () => {
  const exported = (query: string, of: TestTenant = tenant) =>
    call(of.key, "GET", `${of.path}/certificates/export?${query}`);

  it("is CSV that no spreadsheet runs (threat 48)", async () => {
    const { text, headers } = await exported("format=csv&search=evil");
    expect(headers.get("content-type")).toMatch(/^text\/csv/);
    expect(headers.get("content-disposition")).toContain("certificates.csv");
    const [head, row, end] = text.split("\r\n");
    expect(head).toMatch(/^"serialNumber","subject",/);
    expect(row).toContain(`"'=HYPERLINK(""http://evil.test"";""x"")"`);
    expect(row).toContain(`"'=1+1"`);
    expect(end).toBe("");
    for (const start of ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
      expect(csvLine([`${start}x`])).toBe(`"'${start}x"\r\n`);
    expect(csvLine(['a"b', "c,d\n"])).toBe(`"a""b","c,d\n"\r\n`);
  });

  it("is JSON with the same fields as the list, and keeps the filters", async () => {
    const { text, headers } = await exported("format=json");
    expect(headers.get("content-type")).toBe("application/json");
    expect(JSON.parse(text)).toEqual((await get("?limit=100")).items);
    expect(JSON.parse((await exported("format=json&search=nothing-like-it")).text)).toEqual([]);
    const foreign = JSON.parse((await exported("format=json", other)).text);
    expect(JSON.stringify(foreign)).not.toContain("CN=plain");
    expect((await exported("format=xml")).status).toBe(400);
  });

  it("streams thousands, each once, over several CAs", async () => {
    await must(await useOperatorKey(), "POST", `${tenant.path}/certificate-authorities`, {
      ...{ name: "second", subject: "CN=Second", keyAlgorithm: "P-256" },
    });
    await createConfiguration(tenant, "elsewhere", { certificateAuthority: "second" });
    await fillInventory(tenant.authority.id, 1800, tenant.configuration.id);
    const response = await exported("format=csv");
    const lines = response.text.trimEnd().split("\r\n").slice(1);
    expect(lines).toHaveLength(1800 + 2 + 2);
    expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(lines.length);
  });
});

it("statistics count per day and configuration what was issued, revoked and will end", async () => {
  const serial = await issue("CN=counted");
  await must(tenant.key, "POST", path(`/${serial}/revoke`), { reason: "superseded" });
  await indexInventory(tenant.authority.id);
  const { issued: made, revoked, expiring } = await get("/statistics?days=3");
  const today = new Date().toISOString().slice(0, 10);
  expect(revoked).toEqual([{ date: today, configuration: "devices", count: 1 }]);
  const ofToday = made.filter(({ date }: { date: string }) => date === today);
  expect(
    ofToday.map(({ configuration }: { configuration: string }) => configuration).toSorted(),
  ).toEqual(["devices", "elsewhere"]);
  expect(expiring).toEqual([]);
  const long = await get("/statistics?days=400");
  const total = (counts: { count: number }[]) => counts.reduce((sum, { count }) => sum + count, 0);
  expect(total(long.issued)).toBe(1800 + 5);
  // All but the revoked one and the two agents, which live longer.
  expect(total(long.expiring)).toBe(1800 + 2);
  expect((await call(tenant.key, "GET", path("/statistics?days=0"))).status).toBe(400);
});

describe("a story", () => {
  const story = (serial: string) => get(`/${serial}/story`);

  it("goes from the authorisation over renewals to revocation", async () => {
    const first = await issue("CN=renewed");
    const renewal = (serialNumberHex: string) => ({
      signer: serialNumberHex,
      authorisation: { kind: "renewal", serialNumberHex },
    });
    const second = await issue("CN=renewed", renewal(first));
    const third = await issue("CN=renewed", renewal(second));
    await must(tenant.key, "POST", path(`/${second}/revoke`), { reason: "keyCompromise" });
    const told = await story(second.toUpperCase());
    expect(told).toMatchObject({
      certificate: { serialNumber: second, status: "revoked" },
      authorisation: { kind: "renewal", serialNumberHex: first },
      renewalOf: [first],
      renewedBy: [third],
    });
    expect(told.events.map(({ event }: { event: string }) => event)).toEqual([
      "recorded",
      "issued",
      "certificate-revoked",
    ]);
    expect(told.events[2].details).toMatchObject({ reason: "keyCompromise" });
    expect(await story(third)).toMatchObject({ renewalOf: [second, first], renewedBy: [] });
    expect(await story(first)).toMatchObject({
      authorisation: { kind: "token", tokenId: "token" },
      renewalOf: [],
      renewedBy: [second, third],
    });
  });

  it("has the request that waited, and who approved it", async () => {
    const client = authorities.get(tenant.authority.id);
    const request = await issueRequest({
      configurationId: tenant.configuration.id,
      authorisation: { kind: "approval" },
      subjectText: "CN=waited",
    });
    await client.issue(request);
    const requests = `${tenant.path}/enrolment-requests`;
    const { items } = await must(tenant.key, "GET", requests);
    await must(tenant.key, "POST", `${requests}/${items[0].id}/approve`);
    const { serialNumberHex } = await issued(client.issue(request));
    const told = await story(serialNumberHex);
    expect(told.events.map(({ event }: { event: string }) => event)).toEqual([
      "requested",
      "approved",
      "recorded",
      "issued",
    ]);
    expect(told.events[1].details.by).toBeTruthy();
  });

  it("of another tenant's certificate is none", async () => {
    const serial = await issue("CN=mine");
    const foreign = await call(other.key, "GET", `${other.path}/certificates/${serial}/story`);
    expect(foreign.status).toBe(404);
    expect((await call(tenant.key, "GET", path("/00/story"))).status).toBe(404);
  });
});
