/** The inventory of a CA's object: searched, counted and told, the same before and after it was indexed. */
import { beforeAll, describe, expect, it } from "vitest";
import { encode, sequence } from "../../src/pki/der-writer.ts";
import { encodeGeneralName, type GeneralName } from "../../src/pki/general-name.ts";
import type { CertificateSearch } from "../../src/ports/certificate-inventory.ts";
import type { IssueRequest } from "../../src/ports/certificate-issuing.ts";
import {
  createRoot,
  endEntityContent,
  inObject,
  issued,
  issueRequest,
  rowsOf,
  stubOf,
  type TestAuthority,
} from "../support/authorities.ts";
import { indexInventory } from "../support/inventory.ts";

const day = 86_400;
const now = () => Math.floor(Date.now() / 1000);

let authority: TestAuthority;

beforeAll(async () => {
  authority = await createRoot();
});

/** Everything that fits, over pages. */
async function all(
  search: Omit<CertificateSearch, "limit" | "configurationIds"> & Partial<CertificateSearch>,
  limit = 7,
): Promise<string[]> {
  const subjects: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await authority.client.searchCertificates({
      configurationIds: ["configuration"],
      ...search,
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    subjects.push(...page.items.map(({ subject }) => subject));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return subjects;
}

async function issue(
  subject: string,
  names: readonly GeneralName[] = [],
  changes: Partial<IssueRequest> = {},
  validitySeconds = 30 * day,
): Promise<string> {
  const subjectAltNameDer = encode(sequence(...names.map(encodeGeneralName)));
  const content = await endEntityContent({
    validitySeconds,
    ...(names.length > 0 && { subjectAltNameDer }),
  });
  const request = await issueRequest({ subjectText: subject, content, ...changes });
  return (await issued(authority.client.issue(request))).serialNumberHex;
}

const indexedUpTo = async () =>
  Number(
    (await rowsOf(authority.id, "SELECT indexed_up_to FROM inventory_progress"))[0]?.[
      "indexed_up_to"
    ],
  );

describe.each(["in the tail", "in the index"])("%s", (where) => {
  const unit = where === "in the tail" ? "tail" : "index";
  let serials: Record<string, string>;

  beforeAll(async () => {
    await indexInventory(authority.id);
    const common = { configurationId: `of ${unit}` };
    serials = {
      laptop: await issue(
        `CN=Laptop-${unit},O=Demo`,
        [{ type: "dns", value: `host-${unit}.corp.example` }],
        {
          ...common,
          transactionID: `TRANSACTION-${unit}`,
          authorisation: {
            kind: "token",
            tokenId: `token-${unit}`,
            expiresAtSeconds: 4_000_000_000,
          },
        },
      ),
      phone: await issue(
        `CN=Zürich "phone" 100%_${unit}`,
        [{ type: "upn", value: `User@${unit}.example` }],
        common,
        5 * day,
      ),
      short: await issue(`CN=Short-${unit}`, [{ type: "ip", value: "10.1.2.3" }], common, 60),
      other: await issue(`CN=Laptop-${unit} of another`, [], { configurationId: "another" }),
    };
    if (unit === "index") await indexInventory(authority.id);
    expect(
      (await indexedUpTo()) ===
        Number((await rowsOf(authority.id, "SELECT max(id) AS id FROM certificates"))[0]?.["id"]),
    ).toBe(unit === "index");
  });

  const own = () => ({ configurationIds: [`of ${unit}`] });
  const [laptop, phone, short] = [
    `CN=Laptop-${unit},O=Demo`,
    `CN=Zürich "phone" 100%_${unit}`,
    `CN=Short-${unit}`,
  ];

  it("parts of subjects and of all kinds of names are found in any letter case, and only in one's own configurations", async () => {
    expect(await all({ ...own(), text: "LAPTOP" })).toEqual([laptop]);
    expect(await all({ ...own(), text: `HOST-${unit}.corp` })).toEqual([laptop]);
    expect(await all({ ...own(), text: "zÜrich" })).toEqual([phone]);
    expect(await all({ ...own(), text: `user@${unit}` })).toEqual([phone]);
    expect(await all({ ...own(), text: "10.1.2.3" })).toEqual([short]);
    expect(await all({ configurationIds: ["another"], text: `laptop-${unit}` })).toHaveLength(1);
    expect(await all({ configurationIds: ["unknown"], text: "laptop" })).toEqual([]);
    expect(await all({ configurationIds: [], text: "laptop" })).toEqual([]);
    // Octets that the index would choke on.
    for (const text of ["lap\0top", "\0\0\0", "laptop\0", '"*', "\ud800\ud800\ud800"])
      expect(await all({ ...own(), text })).toEqual([]);
  });

  it("one and two characters are found as well, and what looks like a pattern is none", async () => {
    expect(await all({ ...own(), text: "ü" })).toEqual([phone]);
    expect(await all({ ...own(), text: "O=" })).toEqual([laptop]);
    expect(await all({ ...own(), text: '"phone" 100%' })).toEqual([phone]);
    for (const text of [
      "%",
      "100%%",
      "*",
      "lap*",
      "laptop OR phone",
      "' OR 1=1 --",
      "\ue000\ue100\ue101",
      "NOT x",
    ])
      expect(await all({ ...own(), text }), text).toEqual(text === "%" ? [phone] : []);
  });

  it("serial numbers and transactionIDs are found by their beginning, and by nothing else", async () => {
    const serial = serials["laptop"] ?? "";
    expect(await all({ ...own(), text: serial })).toEqual([laptop]);
    expect(await all({ ...own(), text: serial.slice(0, 12).toUpperCase() })).toEqual([laptop]);
    expect(await all({ ...own(), text: `TRANSACTION-${unit}` })).toEqual([laptop]);
    expect(await all({ ...own(), text: `RANSACTION-${unit}` })).toEqual([]);
    expect(await all({ ...own(), text: serial.slice(2) })).toEqual([]);
  });

  it("newest come first, in pages of one as in one page; the token and the time of issue narrow it", async () => {
    expect(await all(own(), 1)).toEqual([short, phone, laptop]);
    expect(await all(own(), 100)).toEqual([short, phone, laptop]);
    expect(await all({ ...own(), tokenId: `token-${unit}` })).toEqual([laptop]);
    const [past, future] = [new Date((now() - 100) * 1000), new Date((now() + 100) * 1000)];
    expect(await all({ ...own(), issuedAfter: past, issuedBefore: future })).toHaveLength(3);
    expect(await all({ ...own(), issuedAfter: future })).toEqual([]);
    expect(await all({ ...own(), issuedBefore: past })).toEqual([]);
  });

  it("with a bound on the end those that end soonest come first", async () => {
    const inDays = (days: number) => new Date((now() + days * day) * 1000);
    expect(await all({ ...own(), expiresBefore: inDays(40) }, 1)).toEqual([short, phone, laptop]);
    expect(await all({ ...own(), expiresAfter: inDays(1) }, 1)).toEqual([phone, laptop]);
    expect(await all({ ...own(), expiresAfter: inDays(1), expiresBefore: inDays(10) })).toEqual([
      phone,
    ]);
    expect(await all({ ...own(), expiresBefore: inDays(10), text: "example" })).toEqual([phone]);
  });

  it("states follow the clock, revocation, hold and release", async () => {
    const states = async () =>
      Object.fromEntries(
        await Promise.all(
          (["valid", "issued", "revoked", "on-hold", "expired", "abandoned"] as const).map(
            async (state) => [state, await all({ ...own(), state })] as const,
          ),
        ),
      );
    const none = { revoked: [], "on-hold": [], expired: [], abandoned: [] };
    expect(await states()).toEqual({
      ...none,
      valid: [short, phone, laptop],
      issued: [short, phone, laptop],
    });
    const of = (serialNumberHex = "") => ({ serialNumberHex, by: "test" });
    await authority.client.revoke({ ...of(serials["laptop"]), reason: "keyCompromise" });
    await authority.client.revoke({ ...of(serials["phone"]), reason: "certificateHold" });
    const valid = { valid: [short], issued: [short] };
    expect(await states()).toEqual({ ...none, ...valid, revoked: [laptop], "on-hold": [phone] });
    await authority.client.release(of(serials["phone"]));
    expect(await all({ ...own(), state: "valid" })).toEqual([short, phone]);
    expect(await all({ ...own(), state: "revoked", text: "laptop" })).toEqual([laptop]);
  });

  it("counts are kept by day and configuration", async () => {
    const today = Math.floor(now() / day);
    const counts = await authority.client.countCertificates({
      ...own(),
      fromDay: today,
      toDay: today + 40,
    });
    const of = (what: string) => counts.filter((one) => one.what === what).map((one) => one.count);
    expect(of("issued")).toEqual([3]);
    expect(of("revoked")).toEqual([1]);
    expect(of("expiring")).toEqual([1, 1]);
    expect(
      await authority.client.countCertificates({ configurationIds: ["x"], fromDay: 0, toDay: 1e6 }),
    ).toEqual([]);
  });
});

it("what was revoked before it was indexed, or released, is indexed as it stands", async () => {
  const of = (serialNumberHex: string) => ({ serialNumberHex, by: "test" });
  const [revoked, released] = [await issue("CN=late-revoked"), await issue("CN=late-released")];
  await authority.client.revoke({ ...of(revoked), reason: "superseded" });
  await authority.client.revoke({ ...of(released), reason: "certificateHold" });
  await authority.client.release(of(released));
  await indexInventory(authority.id);
  expect(await all({ state: "revoked", text: "late-" })).toEqual(["CN=late-revoked"]);
  expect(await all({ state: "valid", text: "late-" })).toEqual(["CN=late-released"]);
});

it("indexing stops at what is being signed, and follows an abandoned certificate until it is issued", async () => {
  await indexInventory(authority.id);
  const serial = await issue("CN=interrupted");
  const setStatus = (status: string) =>
    inObject(authority.id, (_, { storage }) => {
      storage.sql.exec("UPDATE certificates SET status = ? WHERE serial = ?", status, serial);
    });
  await setStatus("intended");
  const before = await indexedUpTo();
  await stubOf(authority.id).wake();
  expect(await indexedUpTo()).toBe(before);
  await setStatus("abandoned");
  await indexInventory(authority.id);
  expect(await all({ state: "abandoned" })).toEqual(["CN=interrupted"]);
  await setStatus("issued");
  expect(await all({ state: "abandoned" })).toEqual([]);
  expect(await all({ state: "valid", text: "interrupted" })).toEqual(["CN=interrupted"]);
});
