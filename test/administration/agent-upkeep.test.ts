/** Enrolment agents over their lives: each renewed once and in time, however its maker dies; the old ones still open envelopes. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { keepUpAgents } from "../../src/administration/agent-upkeep.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { authorities } from "../support/authorities.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
import { later } from "../support/public-ca.ts";
import { nothingDueBut, upkeepDependencies } from "../support/upkeep.ts";
import * as scep from "../support/scep-client/index.ts";

const day = 86_400;
let tenant: Tenant;
let name: string;
let made = 0;

const record = { events: [] as Record<string, unknown>[], told: [] as string[] };
const dependencies = upkeepDependencies(record);
const tick = () => keepUpAgents(dependencies);

interface AgentItem {
  readonly id: string;
  readonly serialNumber: string;
  readonly notAfter: string;
  readonly renewsAt?: string;
}
const agents = async (): Promise<AgentItem[]> =>
  (
    await tenant.api.get<{ items: AgentItem[] }>(
      tenant.path(`scep-configurations/${name}/enrolment-agent`),
    )
  ).items;
const certified = async (): Promise<number> => {
  const { certificateAuthority } = await tenant.api.get<{ certificateAuthority: string }>(
    tenant.path(`scep-configurations/${name}`),
  );
  const text = `SCEP agent ${name}`;
  return (await authorities.get(certificateAuthority).searchCertificates({ text, limit: 50 })).items
    .length;
};
/** Into the last third of the newest agent's life. */
async function untilDue(): Promise<void> {
  const [{ renewsAt = "" } = {}] = await agents();
  later((new Date(renewsAt).getTime() - Date.now()) / 1000 + 60);
}

/** The CA fails for this configuration, the first so many times, or each time that the condition holds. */
async function failing(condition: (attempt: number) => boolean): Promise<void> {
  const { issueEnrolmentAgent } = CertificateAuthority.prototype;
  const { id } = (await dependencies.configurations.findConfiguration(tenant.id, name)) ?? {};
  let attempts = 0;
  vi.spyOn(CertificateAuthority.prototype, "issueEnrolmentAgent").mockImplementation(function (
    this: CertificateAuthority,
    request,
  ) {
    return request.configurationId === id && condition(attempts++)
      ? Promise.reject(new Error("trouble"))
      : issueEnrolmentAgent.call(this, request);
  });
}

beforeAll(async () => {
  tenant = await createTenant("Agents");
});
beforeEach(async () => {
  made += 1;
  name = `agents-${made}`;
  record.events.length = 0;
  record.told.length = 0;
  await nothingDueBut(tenant);
  await tenant.configuration(name);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("six years of ticks, one attempt in ten failing", () => {
  it("there is always an agent with months to live, and the keys of ended ones are gone", async () => {
    await failing((attempt) => attempt % 10 === 0);
    const { id = "" } =
      (await dependencies.configurations.findConfiguration(tenant.id, name)) ?? {};
    let most = 0;
    for (let passed = 0; passed < 6 * 365; passed += 30) {
      later(30 * day);
      await tick();
      // What is left over is the first of the next minute; a tick that failed is made up for after a while.
      later(16 * 60);
      await tick();
      const rows = await dependencies.agents.listAgents(tenant.id, id);
      const [newest] = rows;
      most = Math.max(most, rows.length);
      expect(newest?.notAfter.getTime()).toBeGreaterThan(Date.now() + 150 * day * 1000);
    }
    expect(most).toBeLessThanOrEqual(3);
    expect(await dependencies.agents.listAgents(tenant.id, id)).toHaveLength(2);
  });
});

describe("an enrolment agent", () => {
  it("is renewed when a third of its life remains and not before, as an act of the system, and caches are told", async () => {
    const [first] = await agents();
    later(480 * day);
    await tick();
    expect(await agents()).toHaveLength(1);
    await untilDue();
    await tick();
    const [second, old] = await agents();
    expect(old).toMatchObject({ id: first?.id });
    expect(old?.renewsAt).toBeUndefined();
    expect(new Date(second?.notAfter ?? "").getTime()).toBeGreaterThan(
      Date.now() + 700 * day * 1000,
    );
    expect(record.told).toHaveLength(1);
    const { items } = await tenant.api.get<{ items: Record<string, unknown>[] }>(
      tenant.path("audit-events?limit=5"),
    );
    expect(items).toContainEqual(
      expect.objectContaining({
        action: "enrolment-agent.issued",
        targetId: second?.id,
        actor: { kind: "system", id: "clock" },
        details: expect.objectContaining({ replaces: first?.id }) as unknown,
      }),
    );
    await tick();
    expect(await agents()).toHaveLength(2);
  });

  it("shows its successor in GetCACert, and still opens what was sealed for it", async () => {
    const client = tenant.client(name);
    const [oldAgent] = await client.chain();
    await untilDue();
    const { challenge } = await tenant.token(name);
    const request = { key: scep.rsaKeyPair(), subject: scep.name("O=Demo", "CN=late"), challenge };
    const message = await client.build({ request });
    await tick();
    later(61);
    const [newAgent] = await scep.getCACert(fetchWorker, tenant.url(name));
    expect(newAgent?.der).not.toEqual(oldAgent?.der);
    expectSuccess(await client.send(message));
  });

  it("is followed by one agent when two clocks tick at once, and by one when its maker dies anywhere", async () => {
    await untilDue();
    await Promise.all([tick(), tick(), tick()]);
    expect(await agents()).toHaveLength(2);

    await untilDue();
    await failing((attempt) => attempt === 0);
    await tick();
    // The first has ended by now.
    expect(await agents()).toHaveLength(1);
    expect(record.events).toMatchObject([{ event: "fault", message: "Error: trouble" }]);
    later(16 * 60);
    vi.spyOn(dependencies.agents, "completeAgent").mockRejectedValue(new Error("gone"));
    await tick();
    expect(await agents()).toHaveLength(1);
    vi.restoreAllMocks();
    later(16 * 60);
    await tick();
    // The key that was begun first is the one that was certified, once.
    expect([(await agents()).length, await certified()]).toEqual([2, 3]);
  });

  it("is made once when two administrators ask at once", async () => {
    const path = tenant.path(`scep-configurations/${name}/enrolment-agent`);
    const both = await Promise.all([1, 2].map(() => tenant.api.post<AgentItem>(path)));
    expect((await agents()).length).toBe(await certified());
    expect((await agents()).map(({ id }) => id)).toEqual(
      expect.arrayContaining(both.map(({ id }) => id)),
    );
  });

  it("does not keep others waiting when its CA is in trouble, and stops when its CA was retired", async () => {
    const trouble = name;
    name = `${trouble}-other`;
    await tenant.configuration(name);
    await untilDue();
    const { issueEnrolmentAgent } = CertificateAuthority.prototype;
    const { id } = (await dependencies.configurations.findConfiguration(tenant.id, trouble)) ?? {};
    vi.spyOn(CertificateAuthority.prototype, "issueEnrolmentAgent").mockImplementation(function (
      this: CertificateAuthority,
      request,
    ) {
      return request.configurationId === id
        ? Promise.resolve({ ok: false, error: { reason: "authority_not_ready" } })
        : issueEnrolmentAgent.call(this, request);
    });
    await tick();
    expect(await agents()).toHaveLength(2);
    expect(record.events).toContainEqual(
      expect.objectContaining({ alarm: "enrolment_agent_not_renewed", configuration: trouble }),
    );
    vi.restoreAllMocks();
    const closed = {
      ok: false,
      error: { reason: "authority_closed", because: "retired" },
    } as const;
    vi.spyOn(CertificateAuthority.prototype, "issueEnrolmentAgent").mockResolvedValue(closed);
    later(16 * 60);
    await tick();
    name = trouble;
    const [last] = await agents();
    expect(last?.renewsAt).toBeUndefined();
  });
});
