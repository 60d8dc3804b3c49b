/** A tenant's first page: the way from nothing to a device, and what is shown when there is something. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { keepUp } from "../../src/administration/upkeep.ts";
import { openDatabase } from "../../src/storage/database.ts";
import { createTransactionLog } from "../../src/storage/transaction-log.ts";
import { clock, createReadyTenant, createTestTenant, dependencies, must } from "../support/api.ts";
import { type Browser, signedInMember, signedInOperator } from "../support/portal.ts";

const day = 86_400_000;
let operator: Browser;
beforeAll(async () => {
  operator = await signedInOperator();
});

it("the steps are taken in their order, each once, and are read from what is there", async () => {
  const tenant = await createTestTenant();
  const admin = await signedInMember(tenant, "tenant-administrator");
  const home = `/portal/tenants/${tenant.id}`;
  const take = async (step: string, devices = "linux") =>
    (await admin.post(`${home}/setup/${devices}/${step}`)).status;
  expect((await admin.get(home)).text).toContain("Which devices come first?");
  expect(await take("configuration")).toBe(409);
  expect(await take("nothing")).toBe(409);
  for (const step of ["authority", "template", "configuration", "agent", "enabled"]) {
    expect(await take(step), step).toBe(303);
    // A form that is sent twice.
    expect(await take(step), `${step} again`).toBe(303);
  }
  const list = async (what: string) =>
    (await must(tenant.key, "GET", `${tenant.path}/${what}`)).items;
  expect((await list("certificate-authorities")).map(({ name }: { name: string }) => name)).toEqual(
    ["Root CA", "Devices CA"],
  );
  expect(await list("scep-configurations")).toMatchObject([
    { name: "linux", preset: "certmonger", enabled: true },
  ]);
  const setup = (await admin.get(`${home}/setup`)).text;
  expect(setup).toContain(`action="${home}/scep-configurations/linux/test"`);
  // The next kind of devices shares the CA.
  expect(await take("template", "printers")).toBe(303);
  expect(await take("configuration", "printers")).toBe(303);
  expect(await list("certificate-authorities")).toHaveLength(2);
});

it("Intune's devices need a connection first, which has a page of its own", async () => {
  const tenant = await createReadyTenant();
  const admin = await signedInMember(tenant, "tenant-administrator");
  const setup = `/portal/tenants/${tenant.id}/setup`;
  expect((await admin.post(`${setup}/windows/template`)).status).toBe(303);
  expect((await admin.post(`${setup}/windows/connection`)).status).toBe(409);
  expect((await admin.post(`${setup}/windows/configuration`)).status).toBe(409);
  expect((await admin.get(`${setup}?devices=windows`)).text).toContain(
    "/intune-authentication/_new",
  );
});

it("every role sees the dashboard; what is refused, waits, ends or fails is on it", async () => {
  const tenant = await createReadyTenant();
  const { configuration } = tenant;
  const log = createTransactionLog(openDatabase(env.DB), clock);
  const at = clock.now();
  for (const [transactionID, reason, daysAgo] of [
    ["A", "challenge_wrong", 0],
    ["B", "challenge_wrong", 1],
    ["C", "key_too_weak", 2],
    ["D", "key_too_weak", 20],
  ] as const) {
    const when = new Date(at.getTime() - daysAgo * day);
    const hex = when.getTime().toString(16).padStart(12, "0");
    const works: Promise<unknown>[] = [];
    log.record(
      {
        id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${crypto.randomUUID().slice(-12)}`,
        ...{ tenantId: tenant.id, configurationId: configuration.id, at: when, transactionID },
        ...{ outcome: "refused", reason, more: {} },
      },
      (work) => void works.push(work),
    );
    await Promise.all(works);
  }
  await must(tenant.key, "POST", `${tenant.path}/token-requests`, {
    ...{ configuration: "devices", subject: "O=Demo", contactEmail: "someone@example.test" },
  });
  await must(tenant.key, "POST", `${tenant.path}/intune-connections`, {
    ...{ name: "microsoft", cloud: "public", clientSecret: "a-secret-of-nobody" },
    ...{ directoryId: crypto.randomUUID(), clientId: crypto.randomUUID() },
    clientSecretExpiresAt: new Date(at.getTime() + 10 * day + 60_000).toISOString(),
  });
  const counts = await dependencies.transactionDirectory.countRefusals(
    tenant.id,
    new Date(at.getTime() - 7 * day),
    1000,
  );
  expect(counts.map(({ reason, count }) => [reason, count])).toEqual([
    ["challenge_wrong", 2],
    ["key_too_weak", 1],
  ]);
  for (const role of ["tenant-administrator", "approver", "requester", "auditor"] as const) {
    const member = await signedInMember(tenant, role);
    const { status, text } = await member.get(`/portal/tenants/${tenant.id}`);
    expect(status, role).toBe(200);
    expect(text).toContain("A token request waits");
    expect(text).toContain("Refused by reason");
    const seesIntune = role === "tenant-administrator" || role === "auditor";
    expect(text.includes("Intune secret &quot;microsoft&quot; ends in 10 days"), role).toBe(
      seesIntune,
    );
    expect((await member.get(`/portal/tenants/${tenant.id}/notices`)).status).toBe(200);
  }
});

it("operators see that the clock came, what failed in it, and what it left behind", async () => {
  await keepUp(dependencies);
  const page = async () => (await operator.get("/portal/operator/health")).text;
  expect(await page()).toContain("on time");
  clock.offsetMilliseconds = 10 * 60_000;
  try {
    expect(await page()).toContain("has not run for more than five minutes");
  } finally {
    clock.offsetMilliseconds = 0;
  }
});
