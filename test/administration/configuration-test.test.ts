/** "Test this configuration": it works where devices can enrol, and says what is wrong where they cannot. */
import { describe, expect, it } from "vitest";
import { createApi } from "../../src/http/api/api.ts";
import {
  call,
  createTestTenant,
  dependencies,
  must,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";

interface Made {
  readonly tenant: TestTenant;
  readonly path: string;
}

/** A root, a template and a configuration with its agent, enabled. */
async function ready(
  more: Record<string, unknown> = {},
  rules: Record<string, unknown> = {},
  authority: Record<string, unknown> = {},
): Promise<Made> {
  const tenant = await createTestTenant();
  const post = (path: string, body: unknown) =>
    must(tenant.key, "POST", `${tenant.path}/${path}`, body);
  await post("certificate-authorities", {
    ...{ name: "Root", subject: "CN=Root,O=Test", keyAlgorithm: "P-256" },
    ...authority,
  });
  await post("certificate-templates", { name: "device", ...rules });
  const configuration = { certificateAuthority: "Root", certificateTemplate: "device" };
  await post("scep-configurations", { name: "devices", kind: "simple", ...configuration, ...more });
  const path = `${tenant.path}/scep-configurations/devices`;
  await must(tenant.key, "POST", `${path}/enrolment-agent`);
  await must(tenant.key, "PATCH", path, { enabled: true });
  return { tenant, path };
}

const outcomes = (report: { steps: { step: string; outcome: string }[] }) =>
  Object.fromEntries(report.steps.map(({ step, outcome }) => [step, outcome]));

describe("the test of a configuration", () => {
  it.each([
    ["modern clients", {}],
    [
      "old appliances: 3DES and SHA-1 alone",
      { preset: "legacy", contentEncryption: ["DES-EDE3-CBC"], digests: ["SHA-1"] },
    ],
  ])("enrols, verifies and revokes: %s", async (_name, more) => {
    const { tenant, path } = await ready(more);
    const report = await must(tenant.key, "POST", `${path}/test`);
    expect(report.passed, JSON.stringify(report.steps)).toBe(true);
    expect(outcomes(report)).toEqual({
      capabilities: "ok",
      "ca-certificates": "ok",
      template: "ok",
      enrolment: "ok",
      certificate: "ok",
      revocation: "ok",
    });
    const { items } = await must(tenant.key, "GET", `${tenant.path}/certificates?search=edge-scep`);
    expect(items).toHaveLength(1);
    expect(items[0].status).toBe("revoked");
    // The token served once, and serves nobody else.
    const tokens = await must(tenant.key, "GET", `${tenant.path}/tokens`);
    expect(tokens.items).toHaveLength(1);
    expect(tokens.items[0].revokedAt).toBeDefined();
    expect(tokens.items[0].maxUses).toBe(1);
  });

  it("asks for what the template and the CA's constraints require", async () => {
    const { tenant, path } = await ready(
      {},
      { requiredDomain: { domains: ["corp.test"], in: ["dns"] } },
      {
        nameConstraints: {
          permitted: [
            { type: "directoryName", value: "O=Test" },
            { type: "dns", value: "corp.test" },
          ],
        },
      },
    );
    const report = await must(tenant.key, "POST", `${path}/test`);
    expect(report.passed, JSON.stringify(report.steps)).toBe(true);
  });

  it("a configuration with approval answers PENDING, and nothing is left to approve", async () => {
    const { tenant, path } = await ready({ requiresApproval: true });
    const report = await must(tenant.key, "POST", `${path}/test`);
    expect(report.passed, JSON.stringify(report.steps)).toBe(true);
    expect(outcomes(report)).toMatchObject({ enrolment: "ok", certificate: "not-tried" });
    const waiting = await must(
      tenant.key,
      "GET",
      `${tenant.path}/enrolment-requests?status=pending`,
    );
    expect(waiting.items).toEqual([]);
  });

  it("says when it cannot ask as devices do", async () => {
    const { tenant, path } = await ready({}, { keys: { rsa: null, curves: ["P-256"] } });
    const report = await must(tenant.key, "POST", `${path}/test`);
    const enrolment = report.steps.find(({ step }: { step: string }) => step === "enrolment");
    expect(enrolment.outcome).toBe("not-tried");
    expect(enrolment.detail).toContain("no RSA keys");
  });

  it("tells why a request was refused, which the device is not told", async () => {
    const { tenant, path } = await ready(
      {},
      {
        requiredDomain: { domains: ["corp.test"], in: ["upn"] },
        subjectAltName: { types: ["upn"], domains: ["other.test"] },
      },
    );
    const report = await must(tenant.key, "POST", `${path}/test`);
    expect(report.passed).toBe(false);
    const enrolment = report.steps.find(({ step }: { step: string }) => step === "enrolment");
    expect(enrolment).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("badRequest"),
    });
    expect(enrolment.remedy).toContain("corp.test");
    const tokens = await must(tenant.key, "GET", `${tenant.path}/tokens`);
    expect(tokens.items[0].revokedAt).toBeDefined();
  });

  it("fails where the template refuses what the preset's devices send, though a modern client would enrol", async () => {
    const { tenant, path } = await ready({ preset: "sonicwall" });
    const report = await must(tenant.key, "POST", `${path}/test`);
    expect(report.passed).toBe(false);
    expect(outcomes(report)).toMatchObject({ template: "failed", enrolment: "ok" });
    const { remedy } = report.steps.find(({ step }: { step: string }) => step === "template");
    expect(remedy).toContain("Signature of the request: Must verify; MD5 is accepted");

    const template = `${tenant.path}/certificate-templates/device`;
    await must(tenant.key, "PATCH", template, { requestSignature: "verify-md5-too" });
    const again = await must(tenant.key, "POST", `${path}/test`);
    expect(again.passed, JSON.stringify(again.steps)).toBe(true);
  });

  it("says first of all that the operator has switched the service off", async () => {
    const { tenant, path } = await ready();
    const put = async (entitlements: string[]) =>
      must(await useOperatorKey(), "PUT", `${tenant.path}/entitlements`, { entitlements });
    expect((await must(tenant.key, "GET", path)).warnings).toEqual([]);
    await put(["intune"]);
    const answer = await call(tenant.key, "POST", `${path}/test`);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain("The operator has switched Simple SCEP off");
    expect((await must(tenant.key, "GET", path)).warnings).toEqual([answer.body.detail]);
    await put(["scep"]);
    expect((await must(tenant.key, "POST", `${path}/test`)).passed).toBe(true);
  });

  it("quotes an answer without its line's end", async () => {
    const { tenant, path } = await ready();
    const body = new TextEncoder().encode("Nothing is here.\n");
    const scepExchange = {
      send: async () => ({ status: 404, contentType: "text/plain", body }),
    };
    const api = createApi({ ...dependencies, scepExchange });
    const answer = await api.request(`${path}/test`, {
      method: "POST",
      headers: { authorization: `Bearer ${tenant.key}` },
    });
    expect(await answer.json()).toMatchObject({
      steps: expect.arrayContaining([
        expect.objectContaining({ detail: "HTTP 404: Nothing is here." }),
      ]),
    });
  });

  it("is refused while the configuration is off", async () => {
    const { tenant, path } = await ready();
    await must(tenant.key, "PATCH", path, { enabled: false });
    const answer = await call(tenant.key, "POST", `${path}/test`);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain("enable it first");
  });
});
