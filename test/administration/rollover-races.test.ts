/** Two people at once, or one in two minds: a succession is promoted or ended, and there is always a way on. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { systemOf } from "../../src/administration/audit-events.ts";
import { createId } from "../../src/administration/identifier.ts";
import {
  announce,
  moveConfigurations,
  promote,
} from "../../src/administration/succession-steps.ts";
import { keepUpSuccessions } from "../../src/administration/succession-upkeep.ts";
import type { AuditEvent } from "../../src/ports/audit-log.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";
import { nothingDueBut, upkeepDependencies } from "../support/upkeep.ts";

const dependencies = upkeepDependencies({ events: [], told: [] });
const { successions, authorityDirectory } = dependencies;

let tenant: Tenant;
let root: string;
let cas = 0;

interface Shown {
  readonly id: string;
  readonly state: string;
}
interface Answer {
  readonly status: number;
  readonly detail: string;
}

const event = (action: string, at = new Date()): AuditEvent => ({
  ...{ id: createId(at), tenantId: tenant.id, at, action },
  ...{ actor: { kind: "api-key", id: "key" }, targetId: "target", details: {} },
});

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await tenant.api.request(
    method,
    tenant.path(`certificate-authorities/${path}`),
    body as Readonly<Record<string, unknown>> | undefined,
  );
  const { detail = "" } = await answer.json<{ detail?: string }>();
  return { status: answer.status, detail };
}

async function staged(configuration?: string) {
  const name = `Race ${"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[cas]}`;
  cas += 1;
  const id = await tenant.authority(name, "P-256", root);
  if (configuration !== undefined) await tenant.configuration(configuration, { authority: name });
  const { successor } = await tenant.api.post<{ successor: Shown }>(
    tenant.path(`certificate-authorities/${id}/successor`),
  );
  return { id, name, successorId: successor.id };
}

async function succession(id: string) {
  const found = await successions.findSuccession(id);
  if (!found) throw new Error("no succession");
  return found;
}

const statesOf = async (...ids: string[]): Promise<readonly (string | undefined)[]> =>
  Promise.all(
    ids.map(async (id) => (await authorityDirectory.findAuthority(tenant.id, id))?.state),
  );

async function enrol(configuration: string): Promise<scep.Certificate> {
  const { challenge } = await tenant.token(configuration);
  const key = scep.rsaKeyPair();
  const request = { key, subject: scep.name("O=Demo", "CN=device"), challenge };
  return expectSuccess(await tenant.client(configuration).enrol({ request })).certificate;
}

const issuerAt = async (configuration: string): Promise<scep.Certificate | undefined> =>
  (await scep.getCACert(fetchWorker, tenant.url(configuration)))[1];

beforeAll(async () => {
  tenant = await createTenant("Races");
  root = await tenant.authority("Root of races", "P-256");
  await nothingDueBut(tenant);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("of a promotion and a withdrawal one is written", () => {
  it("the promotion, though the other one's clock is behind", async () => {
    const { id, successorId } = await staged();
    const found = await succession(id);
    const earlier = new Date(Date.now() - 60_000);
    expect(await successions.beginPromotion(found, "asked", event("begun"))).toBe(true);
    expect(await successions.beginPromotion(found, "asked", event("begun"))).toBe(false);
    expect(await successions.withdraw(successorId, event("withdrawn", earlier))).toBe(false);
    expect(await successions.planPromotion(found, undefined, event("planned"))).toBe(false);
    expect(await statesOf(id, successorId)).toEqual(["ready", "ready"]);
    expect(await successions.markPromoted(found, new Date(), new Date(), event("done"))).toBe(true);
    expect(await statesOf(id, successorId)).toEqual(["succeeded", "ready"]);
  });

  it("the withdrawal, and then nothing is changed by a promotion that goes on", async () => {
    const { id, successorId } = await staged();
    const found = await succession(id);
    expect(await successions.withdraw(successorId, event("withdrawn"))).toBe(true);
    expect(await successions.withdraw(successorId, event("withdrawn"))).toBe(false);
    expect(await successions.beginPromotion(found, "asked", event("begun"))).toBe(false);
    expect(await successions.planPromotion(found, new Date(), event("planned"))).toBe(false);
    expect(await successions.markPromoted(found, new Date(), new Date(), event("done"))).toBe(
      false,
    );
    expect(await statesOf(id, successorId)).toEqual(["ready", "retired"]);
    expect(await promote(dependencies, found, 5)).toBe(false);
    expect((await succession(id)).successor.promotedAt).toBeUndefined();
    const again = await tenant.api.post<{ successor: Shown }>(
      tenant.path(`certificate-authorities/${id}/successor`),
    );
    expect(again.successor.id).not.toBe(successorId);
  });

  it("a day that was put off is not begun by a clock that had it as due", async () => {
    const { id } = await staged();
    const found = await succession(id);
    const promoteAt = new Date(Date.now() + 86_400_000);
    await successions.planPromotion(found, promoteAt, event("planned"));
    expect(await promote(dependencies, found, 5)).toBe(false);
    expect(await statesOf(id)).toEqual(["ready"]);
  });

  it("one that waits for its certificate is withdrawn, though its day has come", async () => {
    const { id, successorId } = await staged();
    await env.DB.prepare(
      "UPDATE certificate_authorities SET state = 'awaiting-certificate', promote_at = 1 WHERE id = ?",
    )
      .bind(successorId)
      .run();
    const found = await succession(id);
    expect(await successions.beginPromotion(found, "date", event("begun"))).toBe(false);
    expect(await successions.withdraw(successorId, event("withdrawn"))).toBe(true);
  });

  it.each([
    ["withdrawn", (id: string) => ask("DELETE", `${id}/successor`)],
    ["revoked", (_: string, next: string) => ask("POST", `${next}/revoke`, {})],
    ["retired", (_: string, next: string) => ask("DELETE", next)],
  ] as const)("both asked at once, and it is promoted or %s", async (how, end) => {
    for (const first of ["end", "promotion"]) {
      const configuration = `${how}-${first}`;
      const { id, successorId } = await staged(configuration);
      const calls =
        first === "end"
          ? [end(id, successorId), ask("POST", `${id}/promote`)]
          : [ask("POST", `${id}/promote`), end(id, successorId)];
      const answers = await Promise.all(calls);
      const [ended, promoted] = first === "end" ? answers : answers.toReversed();
      const wasPromoted = promoted?.status === 200;
      const [before, after] = await statesOf(id, successorId);
      expect(before).toBe(wasPromoted ? "succeeded" : "ready");
      // Ended after it was promoted is not ended instead: a CA that issues may be revoked.
      const mayBoth = wasPromoted && how === "revoked" && after === "revoked";
      const [won, lost] = wasPromoted ? [promoted, ended] : [ended, promoted];
      expect([won?.status, lost?.status]).toEqual([200, mayBoth ? 200 : 409]);
      if (!mayBoth) {
        expect(after === "ready").toBe(wasPromoted);
        await enrol(configuration);
      }
    }
  });
});

describe("ending a CA of a succession", () => {
  it("revoking a staged successor withdraws it, and it is announced no more", async () => {
    const { id, successorId } = await staged("revoked-staged");
    expect(await ask("POST", `${successorId}/revoke`, {})).toMatchObject({ status: 200 });
    expect(await statesOf(successorId)).toEqual(["revoked"]);
    expect(await dependencies.authorities.get(id).nextCaCertificates()).toBeUndefined();
    expect(await ask("POST", `${id}/promote`)).toMatchObject({
      status: 409,
      detail: expect.stringContaining("withdrawn") as unknown,
    });
    // Told of it by somebody who had read it before.
    const found = await succession(id);
    await announce(dependencies, found, systemOf(tenant.id));
    expect(await dependencies.authorities.get(id).nextCaCertificates()).toBeUndefined();
  });

  it("is refused while it takes its predecessor's place", async () => {
    const { id, successorId } = await staged();
    await successions.beginPromotion(await succession(id), "asked", event("begun"));
    for (const answer of [
      await ask("POST", `${successorId}/revoke`, {}),
      await ask("DELETE", successorId),
      await ask("DELETE", `${id}/successor`),
    ])
      expect(answer).toMatchObject({
        status: 409,
        detail: expect.stringContaining("just doing so") as unknown,
      });
    expect(await statesOf(id, successorId)).toEqual(["ready", "ready"]);
  });

  it("a CA that is retired in the moment of staging gets no successor", async () => {
    const { id, name } = await staged();
    const found = await succession(id);
    await successions.withdraw(found.successor.id, event("withdrawn"));
    const row = { ...found.successor, id: createId(new Date()), name: `${name} 3` };
    const next = { ...row, state: "creating" as const };
    await authorityDirectory.retireAuthority(id, event("retired"));
    expect(await authorityDirectory.createAuthority(next, event("created"))).toBe(false);
    await env.DB.prepare("UPDATE certificate_authorities SET state = 'revoked' WHERE id = ?")
      .bind(id)
      .run();
    expect(await authorityDirectory.createAuthority(next, event("created"))).toBe(true);
  });

  it("nobody follows one that has no place yet", async () => {
    const { successorId } = await staged();
    expect(await ask("POST", `${successorId}/successor`, {})).toMatchObject({
      status: 409,
      detail: expect.stringContaining("has not taken its place yet") as unknown,
    });
  });
});

describe("a successor that ended after its promotion", () => {
  it.each(["revoked", "retired"] as const)(
    "and was %s is followed by another, and what had not moved yet moves there",
    async (how) => {
      const [left, gone] = [`left-${how}`, `moved-${how}`];
      const { id, name, successorId } = await staged(left);
      await tenant.configuration(gone, { authority: name });
      const move = vi.spyOn(dependencies.successions, "moveConfiguration");
      await successions.beginPromotion(await succession(id), "asked", event("begun"));
      move.mockImplementation(async () => false);
      await promote(dependencies, await succession(id), 5);
      vi.restoreAllMocks();
      // Refused, as what is enabled is still to come.
      expect((await ask("DELETE", successorId)).detail).toContain(left);
      for (const configuration of [left, gone])
        await tenant.api.patch(tenant.path(`scep-configurations/${configuration}`), {
          enabled: false,
        });
      const ended =
        how === "revoked"
          ? await ask("POST", `${successorId}/revoke`, {})
          : await ask("DELETE", successorId);
      expect(ended.status).toBe(200);

      await moveConfigurations(dependencies);
      expect(await successions.listConfigurationIds(id)).toHaveLength(2);
      expect(await successions.listUnmoved(50, [])).toEqual([]);

      const third = await tenant.api.post<{ successor: Shown }>(
        tenant.path(`certificate-authorities/${successorId}/successor`),
      );
      expect(await ask("POST", `${successorId}/promote`)).toMatchObject({ status: 200 });
      await keepUpSuccessions(dependencies);
      expect(await successions.listConfigurationIds(id)).toEqual([]);
      expect(await successions.listConfigurationIds(third.successor.id)).toHaveLength(2);
      await tenant.api.patch(tenant.path(`scep-configurations/${left}`), { enabled: true });
      const certificate = await enrol(left);
      const issuer = await issuerAt(left);
      expect(issuer && scep.isSignedBy(certificate, issuer.spki)).toBe(true);
    },
  );
});

it("fifty configurations that cannot move keep none waiting", async () => {
  const { id, name } = await staged("fifty-first");
  await successions.beginPromotion(await succession(id), "asked", event("begun"));
  vi.spyOn(dependencies.successions, "moveConfiguration").mockResolvedValue(false);
  await promote(dependencies, await succession(id), 5);
  vi.restoreAllMocks();
  const [own] = await successions.listUnmoved(1, []);
  if (!own) throw new Error(`nothing of ${name} is left to move`);
  const stuck = Array.from({ length: 60 }, (_, index) => ({
    ...own,
    successor: { ...own.successor, ownAgent: true },
    configuration: { ...own.configuration, id: `stuck-${index}` },
  }));
  const list = vi.spyOn(dependencies.successions, "listUnmoved");
  list.mockImplementation(async (limit, except) =>
    [...stuck, own]
      .filter(({ configuration }) => !except.includes(configuration.id))
      .slice(0, limit),
  );
  const move = dependencies.successions.moveConfiguration.bind(dependencies.successions);
  vi.spyOn(dependencies.successions, "moveConfiguration").mockImplementation((moving, ...more) =>
    moving.configuration.id.startsWith("stuck")
      ? Promise.reject(new Error("stuck"))
      : move(moving, ...more),
  );
  await moveConfigurations(dependencies);
  expect(await successions.listConfigurationIds(id)).toEqual([]);
  vi.restoreAllMocks();
  expect(await successions.listUnmoved(5, [own.configuration.id])).toEqual([]);
});
