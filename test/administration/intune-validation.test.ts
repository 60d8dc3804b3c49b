/** "Validate Configuration" over the API, before a fake of Microsoft's cloud: what it says is wrong, and where to mend it. */
import { beforeAll, describe, expect, it } from "vitest";
import { clock, createReadyTenant, must, type TestTenant } from "../support/api.ts";
import { endpoint, type FakeTenant, scepAddress } from "../support/fake-microsoft/index.ts";
import { useFakeMicrosoft } from "../support/fake-microsoft/in-worker.ts";

const fake = useFakeMicrosoft({ now: () => clock.now() });
let tenant: TestTenant;
let microsoft: FakeTenant;
let base: string;

beforeAll(async () => {
  tenant = await createReadyTenant();
  microsoft = fake.tenant();
  base = `${tenant.path}/intune-connections`;
  await must(tenant.key, "POST", base, {
    ...{ name: "one", cloud: "public" },
    ...microsoft.credentials,
  });
});

const validate = async (name: string) =>
  (await must(tenant.key, "POST", `${base}/${name}/validate`)) as {
    valid: boolean;
    steps: { hop: string; outcome: string; detail: string; problem?: string; remedy?: string }[];
  };
const outcomes = ({ steps }: { steps: { outcome: string }[] }) =>
  steps.map(({ outcome }) => outcome);

describe('"Validate Configuration" says what is wrong, at which hop, and where to mend it', () => {
  const cases: [string, (own: FakeTenant) => object | void, string, string, string][] = [
    [
      "expired secret",
      (own) => void (own.app.secrets = [{ value: own.secret, expiresAt: new Date(0) }]),
      "graph-token",
      "secret_expired",
      "New client secret",
    ],
    [
      "secret id in place of the value",
      () => ({ clientSecret: `secret~${crypto.randomUUID()}` }),
      "graph-token",
      "secret_wrong",
      "Secret ID",
    ],
    [
      "unknown directory",
      () => ({ directoryId: crypto.randomUUID() }),
      "graph-token",
      "directory_unknown",
      "Directory (tenant) ID",
    ],
    [
      "wrong tenant",
      () => ({ directoryId: microsoft.directoryId }),
      "graph-token",
      "app_not_in_directory",
      "another directory",
    ],
    [
      "no consent for Graph",
      (own) => void (own.app.graphRoles = []),
      "discovery",
      "graph_forbidden",
      "ServicePrincipalEndpoint.Read.All",
    ],
    [
      "provider missing",
      (own) => void (own.endpoints = []),
      "discovery",
      "provider_missing",
      "scep_challenge_provider",
    ],
    [
      "a service on a foreign host",
      (own) =>
        void (own.endpoints = [
          { providerName: "ScepRequestValidationFEService", uri: "https://evil.example/x" },
        ]),
      "discovery",
      "service_address_refused",
      "cloud",
    ],
    [
      "a service on http",
      (own) =>
        void (own.endpoints = [
          {
            providerName: "ScepRequestValidationFEService",
            uri: "http://fef.manage.microsoft.com/x",
          },
        ]),
      "discovery",
      "service_address_refused",
      "cloud",
    ],
    [
      "no Intune",
      (own) => void (own.hasIntune = false),
      "intune-token",
      "intune_resource_unknown",
      "Intune",
    ],
    [
      "single slash",
      () => ({ endpoints: { intuneResource: "https://api.manage.microsoft.com" } }),
      "intune-token",
      "intune_resource_unknown",
      "…//.default",
    ],
    [
      "no consent for Intune",
      (own) => void (own.app.intuneRoles = []),
      "validate",
      "intune_forbidden",
      "scep_challenge_provider",
    ],
  ];

  it.each(cases)("%s", async (name, breakIt, hop, problem, remedy) => {
    const own = fake.tenant();
    const more = breakIt(own) ?? {};
    const connection = `broken ${name}`.replaceAll(" ", "-");
    await must(tenant.key, "POST", base, {
      ...{ name: connection, cloud: "public", ...own.credentials, ...more },
    });
    const report = await validate(connection);
    expect(report.valid).toBe(false);
    const step = report.steps.find(({ problem: of }) => of === problem);
    expect(step).toMatchObject({ hop, outcome: "failed" });
    expect(`${step?.detail} ${step?.remedy}`).toContain(remedy);
    expect(JSON.stringify(report)).not.toContain(own.secret);
    expect(outcomes(report)).toHaveLength(4);
  });

  it("works at once after the consent, also where a token without it was cached", async () => {
    const own = fake.tenant();
    own.app.intuneRoles = [];
    await must(tenant.key, "POST", base, { name: "late", cloud: "public", ...own.credentials });
    expect((await validate("late")).valid).toBe(false);
    own.app.intuneRoles = ["scep_challenge_provider"];
    expect(await validate("late")).toMatchObject({ valid: true });
  });

  it.each([
    ["Success", "validates nothing"],
    ["success", "neither its Success nor a refusal"],
    ["CertificateRequestDecodingFailed", "could not read the request"],
    ["BadTenantIdInChallenge", "unexpected code (BadTenantIdInChallenge)"],
    ["InventedTomorrow", "unexpected code (InventedTomorrow)"],
    ["", "without a readable code"],
  ])("fails when the service says %j to what was made up", async (code, detail) => {
    fake.force({ hop: "validate", answer: { code } });
    const report = await validate("one");
    expect(report.valid).toBe(false);
    expect(report.steps.at(-1)).toMatchObject({ hop: "validate", outcome: "failed" });
    expect(report.steps.at(-1)?.detail).toContain(detail);
  });

  it.each(["ChallengeDecodingError", "ChallengeExpired", "SignatureValidationFailed"])(
    "is content with %s",
    async (code) => {
      fake.force({ hop: "validate", answer: { code } });
      expect(await validate("one")).toMatchObject({ valid: true });
    },
  );

  it("finds the revocation service where revocation is on, and never asks for the list", async () => {
    const own = fake.tenant();
    const input = { name: "gone", cloud: "public", ...own.credentials, revocationEnabled: true };
    await must(tenant.key, "POST", base, input);
    const good = await validate("gone");
    expect(good).toMatchObject({ valid: true });
    expect(good.steps.map(({ hop }) => hop)).toEqual([
      ...["graph-token", "discovery", "revocation-discovery", "intune-token", "validate"],
    ]);
    own.endpoints = [
      endpoint("ScepRequestValidationFEService", scepAddress(own, fake.serviceOrigin)),
    ];
    const bad = await validate("gone");
    expect(outcomes(bad)).toEqual(["ok", "ok", "failed", "ok", "ok"]);
    expect(bad.steps[2]).toMatchObject({ problem: "provider_missing" });
    expect(fake.count("download")).toBe(0);
  });
});
