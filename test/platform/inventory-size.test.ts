/** The inventory of a CA with many certificates: each page is made by looking at a few of them. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Candidate, firstOf } from "../../src/platform/candidates.ts";
import type { Position } from "../../src/platform/search-conditions.ts";
import type { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import type { CertificateSearch } from "../../src/ports/certificate-inventory.ts";
import {
  createRoot,
  inObject,
  issued,
  issueRequest,
  stubOf,
  type TestAuthority,
} from "../support/authorities.ts";
import { fillInventory, indexInventory } from "../support/inventory.ts";

const day = 86_400;
const now = () => Math.floor(Date.now() / 1000);

describe("streams of candidates", () => {
  const descending = (one: Position, other: Position) => other.id - one.id;
  const stream = (...ids: number[]) =>
    ids.map((id) => ({ key: id, id: Math.abs(id), fits: id > 0 }));
  /** All pages, and what each was. */
  function pages(limit: number, budget: number, ...streams: Candidate[][]): number[][] {
    const found: number[][] = [];
    let after = Number.MAX_SAFE_INTEGER;
    for (let round = 0; round < 30; round++) {
      const left = streams.map((list) => list.filter(({ id }) => id < after));
      const { page, next } = firstOf(left, { compare: descending }, limit, budget);
      found.push(page.map(({ id }) => id));
      if (!next) return found;
      after = next.id;
    }
    throw new Error("it never ends");
  }

  it("become pages that skip nothing and repeat nothing, however little is looked at", () => {
    // A negative number is one that does not fit.
    const streams = [
      stream(20, 18, -17, -16, -15, -14, 3),
      stream(19, 12, 11, 10, 2, 1),
      stream(12, -9, 1),
    ];
    for (const limit of [1, 2, 3, 100])
      for (const budget of [1, 2, 3, 5, 100])
        expect(pages(limit, budget, ...streams).flat()).toEqual([20, 19, 18, 12, 11, 10, 3, 2, 1]);
    expect(pages(5, 100, ...streams)[0]).toEqual([20, 19, 18, 12, 11]);
    expect(pages(5, 3, ...streams)[0]).toEqual([20, 19, 18]);
    expect(pages(5, 100)).toEqual([[]]);
  });
});

describe("6,000 certificates", () => {
  let big: TestAuthority;

  beforeAll(async () => {
    big = await createRoot();
    await issued(
      big.client.issue(
        await issueRequest({ configurationId: "rare", subjectText: "CN=first of all" }),
      ),
    );
    await fillInventory(big.id, 6_000);
  });

  const page = (search: Partial<CertificateSearch>) =>
    big.client.searchCertificates({ configurationIds: ["full"], limit: 50, ...search });

  it("are indexed at once when somebody looks, and not by the clock's next minute only", async () => {
    const alarm = () => inObject(big.id, (_object, { storage }) => storage.getAlarm());
    await inObject(big.id, (_object, { storage }) => storage.deleteAlarm());
    expect(await alarm()).toBeNull();
    await page({ text: "device-1234" });
    expect(await alarm()).toBeLessThan((now() + 5) * 1000);
  });

  it("are searched while the index is being written, and the same afterwards", async () => {
    const wanted = { text: "device-1234" };
    const before = await page(wanted);
    expect(before.items.map(({ subject }) => subject)).toEqual(["CN=device-1234,O=Full"]);
    await stubOf(big.id).wake();
    expect((await page(wanted)).items).toEqual(before.items);
    await indexInventory(big.id);
    expect((await page(wanted)).items).toEqual(before.items);
    const { items, nextCursor } = await page({ text: "device-" });
    expect(items[0]?.subject).toBe("CN=device-6000,O=Full");
    const next = await page({
      text: "device-",
      ...(nextCursor !== undefined && { cursor: nextCursor }),
    });
    expect(next.items[0]?.subject).toBe("CN=device-5950,O=Full");
    expect((await page({ configurationIds: ["rare"], text: "first" })).items).toHaveLength(1);
  });

  it("are paged through once each, in every order", async () => {
    const until = new Date((now() + 1000 * day) * 1000);
    for (const search of [{}, { expiresBefore: until }, { text: "device-1" }]) {
      const seen = new Set<string>();
      let [count, cursor]: [number, string | undefined] = [0, undefined];
      do {
        const found: Awaited<ReturnType<typeof page>> = await page({
          ...search,
          limit: 700,
          ...(cursor !== undefined && { cursor }),
        });
        for (const { serialNumberHex } of found.items) seen.add(serialNumberHex);
        count += found.items.length;
        cursor = found.nextCursor;
      } while (cursor !== undefined);
      expect([count, seen.size]).toEqual("text" in search ? [1111, 1111] : [6000, 6000]);
    }
  });

  it("are looked at in part only, whatever is asked", async () => {
    const asked: Partial<CertificateSearch>[] = [
      {},
      { text: "device-77" },
      { text: "no such text" },
      { state: "revoked" },
      { state: "expired" },
      { state: "valid" },
      { expiresBefore: new Date((now() + 2 * day) * 1000) },
      { tokenId: "none" },
      { configurationIds: ["rare"], text: "device" },
      { issuedAfter: new Date((now() + 10 * day) * 1000) },
    ];
    const read: [string, number][] = [];
    for (const search of asked) {
      const rows = await rowsRead((instance) =>
        instance.searchCertificates({ configurationIds: ["full"], limit: 50, ...search }),
      );
      read.push([JSON.stringify(search), rows]);
    }
    const today = Math.floor(now() / day);
    const days = { configurationIds: ["full"], fromDay: today - 90, toDay: today + 90 };
    read.push(["counts", await rowsRead((instance) => instance.countCertificates(days))]);
    const { items } = await page({ text: "device-1234" });
    const serial = items[0]?.serialNumberHex ?? "";
    read.push(["story", await rowsRead((instance) => instance.certificateStory(serial))]);
    for (const [what, rows] of read) {
      expect(rows, what).toBeGreaterThan(0);
      expect(rows, what).toBeLessThan(1500);
    }
  });

  /** How many rows SQLite looked at for it. */
  const rowsRead = (ask: (instance: CertificateAuthority) => Promise<unknown>): Promise<number> =>
    inObject(big.id, async (instance, { storage: { sql } }) => {
      const cursors: { readonly rowsRead: number }[] = [];
      const exec = sql.exec.bind(sql);
      const watched = (...input: Parameters<typeof exec>) => {
        const cursor = exec(...input);
        cursors.push(cursor);
        return cursor;
      };
      Object.defineProperty(sql, "exec", { configurable: true, value: watched });
      await ask(instance);
      Reflect.deleteProperty(sql, "exec");
      return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
    });
});
