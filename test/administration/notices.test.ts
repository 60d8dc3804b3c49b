/** What CAs' objects tell: carried to D1 once, and shown to those whom it concerns. */
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { carryAuthorityEvents } from "../../src/administration/notices.ts";
import { keepUp } from "../../src/administration/upkeep.ts";
import type { AuthorityEventKind } from "../../src/ports/authority-upkeep.ts";
import {
  createConfiguration,
  createReadyTenant,
  dependencies,
  must,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";
import { inObject, lastingClient } from "../support/authorities.ts";

interface Notice {
  readonly event: string;
  readonly subject: string;
  readonly certificateAuthority: string;
  readonly details: { readonly configurationId?: string; readonly reason?: string };
}

let one: TestTenant & { readonly authority: { readonly id: string } };
let other: TestTenant;
let sharedId: string;
const shared = `shared ${crypto.randomUUID()}`;

beforeAll(async () => {
  [one, other] = [await createReadyTenant(), await createReadyTenant()];
  const made = await must(await useOperatorKey(), "POST", `${one.path}/certificate-authorities`, {
    ...{ name: shared, subject: "CN=Shared", keyAlgorithm: "P-256", shared: true },
  });
  sharedId = made.id;
  for (const tenant of [one, other])
    await createConfiguration(tenant, "on-shared", { certificateAuthority: shared });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function notices(tenant: TestTenant, limit = 100): Promise<Notice[]> {
  const items: Notice[] = [];
  let cursor = "";
  do {
    const more = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const page = await must(tenant.key, "GET", `${tenant.path}/notices?limit=${limit}${more}`);
    items.push(...page.items);
    cursor = page.nextCursor ?? "";
  } while (cursor);
  return items;
}

async function revokeAgentOf(tenant: TestTenant, configuration: string): Promise<string> {
  const search = `${tenant.path}/certificates?search=agent%20${configuration}`;
  const { items } = await must(tenant.key, "GET", search);
  const { serialNumber } = items[0];
  const path = `${tenant.path}/certificates/${serialNumber}/revoke`;
  await must(tenant.key, "POST", path, { reason: "superseded" });
  return serialNumber;
}

/** As a job of the object would. */
const tell = (id: string, event: AuthorityEventKind, subject: string): Promise<void> =>
  inObject(id, (_, { storage }) => {
    const insert = "INSERT INTO outbox (at, event, subject, details) VALUES (0, ?, ?, '{}')";
    storage.sql.exec(insert, event, subject);
  });

it("I8: the clock carries each to its tenant; a shared CA's go to those whose configurations they are about", async () => {
  const own = await revokeAgentOf(one, "devices");
  const [ours, theirs] = [
    await revokeAgentOf(one, "on-shared"),
    await revokeAgentOf(other, "on-shared"),
  ];
  await tell(sharedId, "authority-expiring", sharedId);
  await tell(one.authority.id, "crl-trouble", "1");
  expect(await notices(one)).toEqual([]);
  await keepUp(dependencies);
  const told = await notices(one);
  expect(told.map(({ event, subject }) => `${event} ${subject}`).toSorted()).toEqual(
    [`certificate-revoked ${own}`, `certificate-revoked ${ours}`, "crl-trouble 1"].toSorted(),
  );
  expect(told.find(({ subject }) => subject === own)).toMatchObject({
    certificateAuthority: one.authority.id,
    details: { reason: "superseded" },
  });
  expect((await notices(other)).map(({ subject }) => subject)).toEqual([theirs]);
  for (const id of [sharedId, one.authority.id])
    expect(await lastingClient(id).readOutbox(10)).toEqual([]);
  // In pages of one, each once.
  expect(await notices(one, 1)).toEqual(told);
});

it("a carrier that dies after the write and before the confirmation carries again, and nothing is there twice", async () => {
  const { id } = one.authority;
  const before = await notices(one);
  for (let number = 0; number < 120; number++)
    await tell(id, "certificate-released", `late ${number}`);
  const authority = lastingClient(id);
  let confirmations = 0;
  const dying = {
    readOutbox: (limit: number) => authority.readOutbox(limit),
    async confirmOutbox(outboxId: number) {
      if (++confirmations === 2) throw new Error("the carrier dies");
      await authority.confirmOutbox(outboxId);
    },
  };
  await expect(carryAuthorityEvents(dependencies, id, dying)).rejects.toThrow("the carrier dies");
  expect((await authority.readOutbox(1000)).length).toBe(70);
  expect((await notices(one)).length).toBe(before.length + 100);
  await carryAuthorityEvents(dependencies, id, authority);
  const subjects = (await notices(one)).map(({ subject }) => subject);
  expect(subjects.length).toBe(before.length + 120);
  expect(new Set(subjects).size).toBe(subjects.length);
});

it("one CA's trouble keeps no other CA's notices", async () => {
  await tell(one.authority.id, "crl-trouble", "kept");
  await tell(sharedId, "authority-expiring", "kept as well");
  const { recordAuthorityEvents } = dependencies.authorityEvents;
  vi.spyOn(dependencies.authorityEvents, "recordAuthorityEvents").mockImplementation(
    async (id, events) => {
      if (id === sharedId) throw new Error("D1 does not answer");
      return recordAuthorityEvents(id, events);
    },
  );
  await keepUp(dependencies);
  expect((await notices(one)).map(({ subject }) => subject)).toContain("kept");
  expect(await lastingClient(sharedId).readOutbox(10)).toHaveLength(1);
});
