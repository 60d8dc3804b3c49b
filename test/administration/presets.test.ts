/** Client presets: what each sets, what it proposes, what stays open to change. Through the API, over the real parts. */
import { beforeAll, describe, expect, it } from "vitest";
import { call, createReadyTenant, must, type TestTenant } from "../support/api.ts";

interface Preset {
  readonly name: string;
  readonly purpose: string;
  readonly contentEncryption: readonly string[];
  readonly digests: readonly string[];
  readonly allowPlainHttp: boolean;
  readonly chain: { agentCopies: number; root: boolean; singleCertificate: boolean };
  readonly legacyAlgorithms: boolean;
  readonly template: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

let tenant: TestTenant;
let presets: readonly Preset[];
let base: string;

beforeAll(async () => {
  tenant = await createReadyTenant();
  base = `${tenant.path}/scep-configurations`;
  const authority = (more: object) =>
    must(tenant.key, "POST", `${tenant.path}/certificate-authorities`, {
      keyAlgorithm: "P-256",
      ...more,
    });
  await authority({ name: "root", subject: "CN=Root" });
  await authority({ name: "intermediate", subject: "CN=Intermediate", parent: "root" });
  await authority({ name: "three-tier", subject: "CN=Devices", parent: "intermediate" });
  await authority({
    ...{ name: "own-agent", subject: "CN=Own agent", parent: "root" },
    ...{ keyAlgorithm: "RSA-2048", ownAgent: true },
  });
  ({ items: presets } = await must(tenant.key, "GET", "/presets"));
});

const create = (name: string, more: object) =>
  call(tenant.key, "POST", base, {
    ...{ name, kind: "simple", certificateAuthority: "three-tier", certificateTemplate: "device" },
    ...more,
  });

async function chainOf(name: string): Promise<string[]> {
  const { items } = await must(tenant.key, "GET", `${base}/${name}/chain`);
  return items.map((item: { name: string }) => item.name);
}

describe("the list of presets", () => {
  it("has them all, and says of each in a sentence whom it is for", () => {
    const names = presets.map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      "apple",
      "certmonger",
      "chromeos",
      "cisco-ios",
      "fortigate",
      "intune",
      "intune-android",
      "intune-apple",
      "intune-windows",
      "legacy",
      "mikrotik",
      "network-appliance",
      "sonicwall",
      "standard",
    ]);
    for (const { purpose, warnings } of presets) {
      for (const sentence of [purpose, ...warnings]) expect(sentence).toMatch(/^[A-Za-z].{20,}\.$/);
      expect(purpose).toMatch(/^For /);
    }
  });

  it("is for those who have a key", async () => {
    expect((await call(undefined, "GET", "/presets")).status).toBe(401);
  });

  it("has DES and MD5 for old appliances only", () => {
    const withOld = presets.filter(
      ({ contentEncryption, digests }) =>
        contentEncryption.includes("DES-CBC") || digests.includes("MD5"),
    );
    const old = ["cisco-ios", "legacy", "network-appliance", "sonicwall"];
    expect(withOld.map(({ name }) => name).toSorted()).toEqual(old);
    const permitted = presets.filter(({ legacyAlgorithms }) => legacyAlgorithms);
    expect(permitted.map(({ name }) => name).toSorted()).toEqual(old);
  });

  it("has plain HTTP for devices that know no other", () => {
    const plain = presets.filter(({ allowPlainHttp }) => allowPlainHttp).map(({ name }) => name);
    expect(plain.toSorted()).toEqual([
      "cisco-ios",
      "fortigate",
      "legacy",
      "mikrotik",
      "network-appliance",
      "sonicwall",
    ]);
  });

  it("proposes template settings that a template can be made with as they are", async () => {
    for (const { name, template } of presets) {
      const made = await must(tenant.key, "POST", `${tenant.path}/certificate-templates`, {
        name: `for ${name}`,
        validityDays: 90,
        ...template,
      });
      expect(made).toMatchObject(template);
    }
    const proposal = (name: string) => presets.find((preset) => preset.name === name)?.template;
    expect(proposal("sonicwall")).toMatchObject({ requestSignature: "verify-md5-too" });
    // Autopilot's clocks are up to nine hours late.
    expect(proposal("intune-windows")).toMatchObject({
      backdateMinutes: 540,
      requestedValidity: { honour: true },
    });
    expect(proposal("fortigate")).toMatchObject({ requestSignature: "verify" });
  });
});

const agent = "enrolment agent";
const authorities = ["three-tier", "intermediate", "root"];

describe("a configuration made with a preset", () => {
  it.each([
    ["standard", [agent, ...authorities]],
    ["legacy", [agent, agent, ...authorities]],
    ["apple", [agent, ...authorities]],
    ["certmonger", [agent, ...authorities]],
    ["fortigate", [agent, ...authorities]],
    ["sonicwall", [agent, agent, ...authorities]],
    ["cisco-ios", [agent, "three-tier", "intermediate"]],
    ["mikrotik", [agent, ...authorities]],
    ["chromeos", [agent, ...authorities]],
    ["network-appliance", [agent, ...authorities]],
    ["intune", [agent, ...authorities]],
    ["intune-windows", [agent, ...authorities]],
    ["intune-apple", [agent, ...authorities]],
    ["intune-android", [agent, ...authorities]],
  ])(
    "%s begins with its settings and its chain, and not with its template",
    async (name, chain) => {
      const kind = name.startsWith("intune") ? "intune" : "simple";
      const { status, body } = await create(`as-${name}`, { preset: name, kind });
      expect(status).toBe(201);
      const preset = presets.find((one) => one.name === name);
      expect(body).toMatchObject({
        preset: name,
        contentEncryption: preset?.contentEncryption,
        digests: preset?.digests,
        allowPlainHttp: preset?.allowPlainHttp,
      });
      expect(body.warnings).toEqual(expect.arrayContaining([...(preset?.warnings ?? [])]));
      expect(await chainOf(`as-${name}`)).toEqual(chain);
      const template = await must(tenant.key, "GET", `${tenant.path}/certificate-templates/device`);
      expect(template.version).toBe(1);
    },
  );

  it("can be changed point by point", async () => {
    await create("changed", { preset: "fortigate", contentEncryption: ["AES-128-CBC"] });
    const changed = await must(tenant.key, "PATCH", `${base}/changed`, { digests: ["SHA-256"] });
    expect(changed).toMatchObject({
      contentEncryption: ["AES-128-CBC"],
      digests: ["SHA-256"],
      allowPlainHttp: true,
    });
    const items = [
      { type: "enrolment-agent" },
      { type: "certificate-authority", id: "three-tier" },
      { type: "certificate-authority", id: "intermediate" },
    ];
    await must(tenant.key, "PUT", `${base}/changed/chain`, { items });
    expect(await chainOf("changed")).toEqual([agent, "three-tier", "intermediate"]);
  });

  it("gets DES and MD5 only where the preset is one for old appliances", async () => {
    for (const { name, legacyAlgorithms } of presets) {
      if (name.startsWith("intune")) continue;
      for (const old of [{ contentEncryption: ["DES-CBC"] }, { digests: ["MD5"] }]) {
        const [field] = Object.keys(old);
        const answer = await create(`${name}-${field}`, { preset: name, ...old });
        expect(answer.status).toBe(legacyAlgorithms ? 201 : 422);
        if (legacyAlgorithms) {
          expect(answer.body.warnings.join(" ")).toMatch(/(DES|MD5) is allowed/);
        } else {
          expect(answer.body.errors[0].field).toBe(field);
          for (const preset of ['"Old appliances" (legacy)', '"SonicWall" (sonicwall)'])
            expect(answer.body.detail).toContain(preset);
        }
      }
    }
  });

  it.each([
    ["sonicwall", { requestSignature: "verify" }, /Signature of the request: Must verify; MD5/],
    ["cisco-ios", { requestSignature: "verify" }, /Signature of the request: Must verify; MD5/],
    ["intune", { keyUsage: { source: "fixed" } }, /Key usage: What is asked for/],
    ["intune-apple", { keyUsage: { allowed: ["digitalSignature"] } }, /keyEncipherment/],
    ["intune-windows", { backdateMinutes: 5 }, /"Minutes that it begins earlier" to 540/],
  ])("%s warns of its template as long as that falls short", async (preset, short, warning) => {
    const template = `short for ${preset}`;
    const templates = `${tenant.path}/certificate-templates`;
    const proposal = presets.find(({ name }) => name === preset)?.template;
    const { id } = await must(tenant.key, "POST", templates, {
      ...{ name: template, validityDays: 90 },
      ...proposal,
      ...short,
    });
    const kind = preset.startsWith("intune") ? "intune" : "simple";
    const name = `short-${preset}`;
    const { body } = await create(name, { preset, kind, certificateTemplate: template });
    expect(body.warnings.join(" ")).toMatch(warning);
    await must(tenant.key, "PATCH", `${templates}/${id}`, { ...proposal });
    const mended = await must(tenant.key, "GET", `${base}/${name}`);
    expect(mended.warnings.join(" ")).not.toMatch(warning);
    const { items } = await must(tenant.key, "GET", base);
    const listed = items.find((one: { name: string }) => one.name === name);
    expect(listed.warnings).toEqual(mended.warnings);
  });

  it("asks nothing of the template about MD5 where its messages may not have it", async () => {
    const { body } = await create("better", { preset: "legacy", digests: ["SHA-1"] });
    expect(body.warnings.join(" ")).not.toContain("Signature of the request");
  });

  it("is refused when nobody knows the preset", async () => {
    expect((await create("unknown", { preset: "netscreen" })).status).toBe(400);
  });
});

describe("a single certificate", () => {
  const ownAgent = { certificateAuthority: "own-agent" };
  const single = /one certificate: certmonger .* -r and -N/;

  it.each(["fortigate", "network-appliance"])(
    "is what %s begins with on a CA that is its own agent, with a warning",
    async (preset) => {
      const { body } = await create(`single-${preset}`, { preset, ...ownAgent });
      expect(await chainOf(`single-${preset}`)).toEqual(["own-agent"]);
      expect(body.warnings.join(" ")).toMatch(single);
    },
  );

  it("is a wish that goes before the preset, in both directions", async () => {
    const asked = await create("asked-single", { ...ownAgent, singleCertificate: true });
    expect(asked.body.warnings.join(" ")).toMatch(single);
    expect(await chainOf("asked-single")).toEqual(["own-agent"]);
    const whole = { preset: "fortigate", ...ownAgent, singleCertificate: false };
    const { body } = await create("asked-whole", whole);
    expect(body.warnings.join(" ")).not.toMatch(single);
    expect(await chainOf("asked-whole")).toEqual(["own-agent", "root"]);
  });

  it("needs a CA that is its own agent", async () => {
    const refused = await create("impossible", { singleCertificate: true });
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].field).toBe("singleCertificate");
    expect(refused.body.detail).toContain("ownAgent");
  });

  it("has no agent beside it: none is issued, and none can be put into the chain", async () => {
    await create("alone", ownAgent);
    expect((await call(tenant.key, "POST", `${base}/alone/enrolment-agent`)).status).toBe(409);
    const put = (items: object[]) => call(tenant.key, "PUT", `${base}/alone/chain`, { items });
    const own = { type: "certificate-authority", id: "own-agent" };
    expect((await put([{ type: "enrolment-agent" }, own])).status).toBe(422);
    expect((await put([{ type: "certificate-authority", id: "root" }])).status).toBe(422);
    expect((await put([own])).status).toBe(200);
    const enabled = await must(tenant.key, "PATCH", `${base}/alone`, { enabled: true });
    expect(enabled.enabled).toBe(true);
  });
});
