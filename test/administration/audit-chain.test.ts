/** The chain over the audit log: what somebody does to it past the service, in the database, shows (threat 51). */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { chainAuditEvents } from "../../src/administration/audit-chain.ts";
import { createTenant, operatorApi, type Tenant } from "../support/deployment.ts";
import { upkeepDependencies } from "../support/upkeep.ts";

const record = { events: [] as Record<string, unknown>[], told: [] as string[] };
const dependencies = upkeepDependencies(record);
let tenant: Tenant;

interface Verification {
  intact: boolean;
  verified: number;
  waiting: number;
  trouble?: { kind: string; sequence?: number; eventId?: string };
  head?: { sequence: number; hash: string };
}

const verify = () => tenant.api.get<Verification>(tenant.path("audit-events/verification"));
const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

/** Other suites' events wait too, and a turn links a bounded number. */
async function chainAll(look = verify): Promise<void> {
  for (let turn = 0; turn < 100 && (await look()).waiting > 0; turn++)
    await chainAuditEvents(dependencies);
}

const act = (name: string) =>
  tenant.api.post(tenant.path("networks"), { name, domains: ["a.test"] });

const eventAt = async (sequence: number): Promise<string> => {
  const { results } = await run(
    "SELECT event_id FROM audit_links WHERE chain = ? AND sequence = ?",
    tenant.id,
    sequence,
  );
  return String(results[0]?.["event_id"]);
};

beforeEach(async () => {
  tenant = await createTenant("Audited");
  for (const name of ["one", "two", "three"]) await act(name);
  await chainAll();
});

describe("the chain over a tenant's audit log", () => {
  it("goes on with what is done later, and says where each event stands in it", async () => {
    const before = await verify();
    expect(before).toMatchObject({ intact: true, waiting: 0 });
    expect(before.head?.sequence).toBe(before.verified);
    await act("four");
    expect(await verify()).toMatchObject({ intact: true, waiting: 1, head: before.head });
    await chainAll();
    const after = await verify();
    expect(after).toMatchObject({ intact: true, verified: before.verified + 1, waiting: 0 });
    const { items } = await tenant.api.get<{ items: { sequence: number; hash: string }[] }>(
      tenant.path("audit-events"),
    );
    expect(items[0]).toMatchObject({ sequence: after.verified, hash: after.head?.hash });
    expect(items[1]?.hash).toBe(before.head?.hash);
    // Told to the log as well, out of the database's reach.
    expect(record.events).toContainEqual({
      ...{ event: "audit-chain", chain: tenant.id },
      ...{ sequence: after.verified, hash: after.head?.hash },
    });
  });

  it("is made once when two clocks tick at once", async () => {
    await act("four");
    await Promise.all([chainAuditEvents(dependencies), chainAuditEvents(dependencies)]);
    await chainAll();
    expect(await verify()).toMatchObject({ intact: true, waiting: 0 });
  });

  it("shows an event whose details were changed", async () => {
    const eventId = await eventAt(2);
    await run(`UPDATE audit_events SET details = '{"name":"other"}' WHERE id = ?`, eventId);
    expect(await verify()).toMatchObject({
      intact: false,
      trouble: { kind: "altered", sequence: 2, eventId },
    });
  });

  it("shows an event that was removed, with its link or without", async () => {
    const eventId = await eventAt(2);
    await run("DELETE FROM audit_events WHERE id = ?", eventId);
    expect(await verify()).toMatchObject({ trouble: { kind: "removed", sequence: 2, eventId } });
    await run("DELETE FROM audit_links WHERE event_id = ?", eventId);
    expect(await verify()).toMatchObject({ trouble: { kind: "gap", sequence: 2 } });
  });

  it("shows that its newest events were removed, head and all", async () => {
    const { verified } = await verify();
    await run("DELETE FROM audit_events WHERE id = ?", await eventAt(verified));
    await run("DELETE FROM audit_links WHERE chain = ? AND sequence = ?", tenant.id, verified);
    expect(await verify()).toMatchObject({ trouble: { kind: "head" } });
    // A head for the shorter chain cannot be made without a master key.
    await run("UPDATE audit_heads SET sequence = sequence - 1 WHERE id = ?", tenant.id);
    expect(await verify()).toMatchObject({ trouble: { kind: "head" } });
    await run("DELETE FROM audit_heads WHERE id = ?", tenant.id);
    expect(await verify()).toMatchObject({ trouble: { kind: "head" } });
  });

  it("tells that the whole chain was taken away and made anew, whatever was done to the events", async () => {
    const { verified } = await verify();
    await run("DELETE FROM audit_events WHERE id = ?", await eventAt(2));
    await run("DELETE FROM audit_links WHERE chain = ?", tenant.id);
    await run("DELETE FROM audit_heads WHERE id = ?", tenant.id);
    await run("DELETE FROM upkeep_rounds WHERE name = 'audit-events'");
    const later = { now: () => new Date(Date.now() + 2 * 3600_000) };
    const chainOf = async () =>
      (await run("SELECT count(*) AS count FROM audit_links WHERE chain = ?", tenant.id))
        .results[0]?.["count"];
    for (let turn = 0; turn < 100 && (await chainOf()) === 0; turn++)
      await chainAuditEvents({ ...dependencies, clock: later });
    expect(await verify()).toMatchObject({
      ...{ intact: true, verified: verified - 1 },
      late: { count: verified - 1 },
    });
    expect(record.events).toContainEqual(
      expect.objectContaining({ alarm: "audit_linked_late", chain: tenant.id }),
    );
  });

  it("shows an event that somebody put in", async () => {
    const copy = `INSERT INTO audit_events (id, tenant_id, at, actor_kind, actor_id, action, target_id, details)
      SELECT ?, tenant_id, at, actor_kind, actor_id, action, target_id, details FROM audit_events WHERE id = ?`;
    await run(copy, "00000000-0000-7000-8000-000000000000", await eventAt(1)).catch(
      () => undefined,
    );
    const found = await verify();
    await run("DELETE FROM audit_events WHERE id = '00000000-0000-7000-8000-000000000000'");
    expect(found).toMatchObject({ trouble: { kind: "added" } });
  });

  it("has a sister over what was done to the deployment, for its operators", async () => {
    const operator = await operatorApi();
    await operator.post("api-keys", { name: `made-${Date.now()}`, rank: "operator" });
    await chainAll(() => operator.get<Verification>("audit-events/verification"));
    expect(await operator.get("audit-events/verification")).toMatchObject({ intact: true });
    const { items } = await operator.get<{ items: { action: string }[] }>("audit-events");
    expect(items[0]?.action).toBe("api-key.created");
  });

  it("stands still when its head was forged, and keeps no other chain waiting", async () => {
    const other = await createTenant("Beside it");
    await run("UPDATE audit_heads SET wrapped_head = x'0102' WHERE id = ?", tenant.id);
    await act("four");
    await chainAuditEvents(dependencies);
    expect(await verify()).toMatchObject({ trouble: { kind: "head" }, waiting: 1 });
    const besides = () => other.api.get<Verification>(other.path("audit-events/verification"));
    await chainAll(besides);
    expect(await besides()).toMatchObject({ intact: true });
    expect(record.events.some(({ requestId }) => requestId === `audit-chain ${tenant.id}`)).toBe(
      true,
    );
    await run("DELETE FROM audit_heads WHERE id = ?", tenant.id);
    await run("DELETE FROM audit_links WHERE chain = ?", tenant.id);
  });

  it("survives a rotation of the master key", async () => {
    const { results } = await run("SELECT wrapped_head FROM audit_heads WHERE id = ?", tenant.id);
    expect(results).toHaveLength(1);
    const listed = await dependencies.wrappedSecrets.listOutdated(99, 100_000);
    expect(listed.map(({ context }) => context)).toContainEqual({
      ...{ tenant: tenant.id, kind: "audit-head", id: tenant.id },
    });
  });
});
