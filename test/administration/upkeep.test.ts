/** The clock's minute as a whole: what is in trouble keeps nothing else waiting, and what is left over is done in the next. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { wakeAuthorities } from "../../src/administration/authority-wakes.ts";
import { keepUp } from "../../src/administration/upkeep.ts";
import { readEnvironment } from "../../src/env.ts";
import { defaultFigures } from "../../src/intune/dependencies.ts";
import { createIntuneService } from "../../src/intune/intune-client.ts";
import { createMailComposer } from "../../src/mail/composer.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { createTenant, operatorApi, origin, type Tenant } from "../support/deployment.ts";
import { later } from "../support/public-ca.ts";
import { nothingDueBut, upkeepDependencies } from "../support/upkeep.ts";

const record = { events: [] as Record<string, unknown>[], told: [] as string[] };
const own = upkeepDependencies(record);
let tenant: Tenant;

/** Everything but the world outside, which other suites' webhooks and connections would be asked about. */
const unreachable = () => Promise.reject(new Error("nobody is asked outside"));
const dependencies = {
  ...own,
  mailComposer: createMailComposer(origin),
  mailTransport: undefined,
  publicHttpsOrigin: origin,
  webhookSender: { post: unreachable },
  development: readEnvironment(env).development,
  intuneRevocations: { ...own.intuneRevocations, claimTurns: () => Promise.resolve([]) },
  intune: createIntuneService({
    keyWrapping: own.keyWrapping,
    clock: own.clock,
    cache: env.CACHE,
    fetch: unreachable,
    sleep: () => Promise.resolve(),
    random: () => 0,
    development: false,
    figures: defaultFigures,
  }),
  authorityDirectory: {
    ...own.authorityDirectory,
    async listAllAuthorityIds() {
      const { items } = await own.authorityDirectory.listAuthorities(tenant.id, { limit: 100 });
      return { items: items.filter(({ tenantId }) => tenantId === tenant.id) };
    },
  },
};
const agentsOf = async (name: string) => {
  const { id = "" } = (await own.configurations.findConfiguration(tenant.id, name)) ?? {};
  return await own.agents.listAgents(tenant.id, id);
};

beforeAll(async () => {
  tenant = await createTenant("Minute");
  await tenant.configuration("renewing");
  await tenant.authority("Followed", "P-256");
  await tenant.configuration("following", { authority: "Followed" });
  await tenant.api.post(tenant.path("certificate-authorities/Followed/successor"), {
    promoteAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
});
beforeEach(() => nothingDueBut(tenant));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("one CA that cannot be woken and a part that fails whole keep no agent, promotion or other CA waiting", async () => {
  const [first] = await agentsOf("renewing");
  later(500 * 86_400);
  const { wake } = CertificateAuthority.prototype;
  let asked = 0;
  vi.spyOn(CertificateAuthority.prototype, "wake").mockImplementation(function (
    this: CertificateAuthority,
  ) {
    asked++;
    return asked === 1 ? Promise.reject(new Error("this CA is in trouble")) : wake.call(this);
  });
  vi.spyOn(own.agents, "forgetEndedAgents").mockRejectedValueOnce(new Error("D1 is in trouble"));
  await keepUp(dependencies);
  expect(asked).toBe(4);
  const faults = record.events.filter(({ event }) => event === "fault");
  expect(faults.map(({ message }) => message)).toEqual([
    "Error: this CA is in trouble",
    "Error: D1 is in trouble",
  ]);
  expect((await agentsOf("renewing"))[0]?.id).not.toBe(first?.id);

  await keepUp(dependencies);
  const following = await tenant.api.get(tenant.path("certificate-authorities/Followed/successor"));
  expect(following).toMatchObject({ state: "promoted", configurations: [{ moved: true }] });
});

it("more agents than one minute makes are made in the next one", async () => {
  const names = Array.from({ length: 6 }, (_, index) => `many-${index}`);
  for (const name of names) await tenant.configuration(name);
  await env.DB.prepare("UPDATE enrolment_agents SET renew_at = NULL WHERE tenant_id = ?")
    .bind(tenant.id)
    .run();
  await env.DB.prepare(
    "UPDATE enrolment_agents SET renew_at = 1 WHERE configuration_id IN (SELECT id FROM scep_configurations WHERE tenant_id = ? AND name LIKE 'many-%')",
  )
    .bind(tenant.id)
    .run();
  const renewed = async (): Promise<number> =>
    (await Promise.all(names.map(agentsOf))).filter((agents) => agents.length > 1).length;
  await keepUp(dependencies);
  expect(await renewed()).toBe(5);
  await keepUp(dependencies);
  expect(await renewed()).toBe(6);
});

it("operators read how the last turn went, whom it left waiting, and what is in trouble", async () => {
  vi.spyOn(own.wrappedSecrets, "listOutdated").mockRejectedValueOnce(new Error("D1 is in trouble"));
  await keepUp(dependencies);
  const operator = await operatorApi();
  expect(await operator.get("platform-health")).toMatchObject({
    bindings: { database: "ok", cache: "ok" },
    upkeep: { failedParts: ["rewrapSecrets"] },
    upkeepIsLate: false,
    backlogs: [{ kind: "mails" }, { kind: "webhooks" }],
    troubles: [],
  });
});

it("more CAs than one turn wakes: the next turn goes on behind them, and then begins again", async () => {
  const everybodys = { ...dependencies, authorityDirectory: own.authorityDirectory };
  const { items } = await own.authorityDirectory.listAllAuthorityIds({ limit: 100 });
  const woken: string[] = [];
  const get = (id: string) => {
    woken.push(id);
    return own.authorities.get(id);
  };
  const all = items.map(({ id }) => id);
  expect(all.length).toBeGreaterThan(2);
  const turn = () =>
    wakeAuthorities({ ...everybodys, authorities: { ...own.authorities, get } }, 2);
  for (let left = all.length; left > 0; left -= 2) await turn();
  expect(woken).toEqual(all);
  // The last turn may have ended just where the list did.
  await turn();
  if (woken.length === all.length) await turn();
  expect(woken.slice(all.length)).toEqual(all.slice(0, 2));
});
