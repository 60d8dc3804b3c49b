/** Intune's revocation queue (intune-api, 7 and 9.4) before the fake: fetched once an hour, durable, revoked, told back. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { revokeForIntune } from "../../src/administration/intune-revocation.ts";
import { call, clock, createReadyTenant, dependencies, must } from "../support/api.ts";
import { issued, issueRequest } from "../support/authorities.ts";
import type { FakeTenant } from "../support/fake-microsoft/index.ts";
import { useFakeMicrosoft } from "../support/fake-microsoft/in-worker.ts";

const minute = 60_000;
const fake = useFakeMicrosoft({ now: () => clock.now() });
type Fleet = Awaited<ReturnType<typeof fleet>>;
let own: Fleet;
const connections: { key: string; path: string }[] = [];

/** A tenant with a connection that looks after its queue, and an intune configuration. */
async function fleet(revocationEnabled = true) {
  const tenant = await createReadyTenant();
  const microsoft = fake.tenant();
  await must(tenant.key, "POST", `${tenant.path}/intune-connections`, {
    ...{ name: "microsoft", cloud: "public", ...microsoft.credentials, revocationEnabled },
  });
  connections.push({ key: tenant.key, path: `${tenant.path}/intune-connections/microsoft` });
  const { id } = await must(tenant.key, "POST", `${tenant.path}/scep-configurations`, {
    ...{ name: "fleet", kind: "intune", certificateAuthority: "issuing" },
    ...{ certificateTemplate: "device", intuneConnection: "microsoft" },
  });
  const ca = dependencies.authorities.get(tenant.authority.id);
  const issue = async (configurationId: string) => {
    const request = await issueRequest({ configurationId });
    return (await issued(ca.issue(request))).serialNumberHex;
  };
  return {
    ...{ tenant, microsoft, ca, caId: tenant.authority.id as string },
    configurationId: id as string,
    issue: () => issue(id as string),
    issueBeside: () => issue(tenant.configuration.id as string),
  };
}

afterAll(() => {
  clock.offsetMilliseconds = 0;
});

const poll = () => revokeForIntune(dependencies);
const later = (minutes: number) => {
  clock.offsetMilliseconds += minutes * minute;
};
const statusOf = async ({ ca }: Fleet, serial: string) =>
  (await ca.findCertificate(serial))?.status;
const resultOf = ({ revocations }: FakeTenant, index = 0) =>
  revocations[index]?.acknowledged?.errorCode;

beforeEach(async () => {
  fake.calm();
  own = await fleet();
});

afterEach(async () => {
  // Whoever was made for one test takes no turn in the next.
  for (const path of connections.splice(0))
    await call(path.key, "PATCH", path.path, { revocationEnabled: false });
});

describe("R3 what Microsoft sends", () => {
  const cases: [string, (serial: string) => object, string][] = [
    ["the serial in lower case", (serial) => ({ serialNumber: serial }), "None"],
    ["the serial in upper case", (serial) => ({ serialNumber: serial.toUpperCase() }), "None"],
    ["leading zeros", (serial) => ({ serialNumber: `0000${serial}` }), "None"],
    ["a decimal number", (serial) => ({ serialNumber: BigInt(`0x${serial}`).toString() }), "None"],
    ["no caConfiguration", (serial) => ({ serialNumber: serial, caConfiguration: null }), "None"],
    [
      "neither CA nor issuer",
      (serial) => ({ serialNumber: serial, caConfiguration: null, issuerName: null }),
      "None",
    ],
    [
      "an issuer that is not ours",
      (serial) => ({ serialNumber: serial, caConfiguration: null, issuerName: "CN=Other" }),
      "NotSupportedError",
    ],
    [
      "a CA that is not ours",
      (serial) => ({ serialNumber: serial, caConfiguration: "elsewhere" }),
      "NotSupportedError",
    ],
    [
      "an unknown serial",
      () => ({ serialNumber: "7fffffffffffffffffffffffffffff01" }),
      "CertificateNotFoundError",
    ],
    ["no serial at all", () => ({ serialNumber: "none; drop table" }), "ParameterDataInvalidError"],
    [
      "PascalCase",
      (serial) => ({
        requestContext: undefined,
        serialNumber: undefined,
        RequestContext: crypto.randomUUID(),
        SerialNumber: serial,
      }),
      "None",
    ],
  ];

  it("every form, in one batch: the right certificates are revoked, and every item is answered", async () => {
    const serials: string[] = [];
    for (const [, item] of cases) {
      const serial = await own.issue();
      serials.push(serial);
      fake.revoke(own.microsoft, {
        ...{ caConfiguration: own.caId, issuerName: "CN=Test CA,O=Test" },
        ...item(serial),
      });
    }
    await poll();
    for (const [index, [name, , code]] of cases.entries()) {
      expect(resultOf(own.microsoft, index), name).toBe(code);
      const status = await statusOf(own, serials[index] ?? "");
      expect(status, name).toBe(code === "None" ? "revoked" : "issued");
    }
    expect((await own.ca.findCertificate(serials[0] ?? ""))?.revocation?.reason).toBe(
      "cessationOfOperation",
    );
  });

  it("only certificates issued through this connection: not of another configuration, not of another tenant", async () => {
    const beside = await own.issueBeside();
    const other = await fleet();
    const foreign = await other.issue();
    fake.revoke(own.microsoft, { serialNumber: beside, caConfiguration: own.caId });
    fake.revoke(own.microsoft, { serialNumber: foreign, caConfiguration: other.caId });
    fake.revoke(own.microsoft, { serialNumber: foreign, caConfiguration: null, issuerName: null });
    await poll();
    expect([0, 1, 2].map((index) => resultOf(own.microsoft, index))).toEqual([
      "NotSupportedError",
      "NotSupportedError",
      "CertificateNotFoundError",
    ]);
    expect([await statusOf(own, beside), await statusOf(other, foreign)]).toEqual([
      "issued",
      "issued",
    ]);
  });

  it("also those of the tenant's other connection to the same directory: Microsoft has one queue for both", async () => {
    const connect = (name: string, more: object) =>
      must(own.tenant.key, "POST", `${own.tenant.path}/intune-connections`, {
        ...{ name, cloud: "public", ...own.microsoft.credentials, ...more },
      });
    const configure = async (name: string) => {
      const { id } = await must(own.tenant.key, "POST", `${own.tenant.path}/scep-configurations`, {
        ...{ name, kind: "intune", certificateAuthority: "issuing" },
        ...{ certificateTemplate: "device", intuneConnection: name },
      });
      const request = await issueRequest({ configurationId: id });
      return (await issued(own.ca.issue(request))).serialNumberHex;
    };
    await connect("second", {});
    await connect("elsewhere", { directoryId: fake.tenant().directoryId });
    await connect("government", { cloud: "us-government" });
    const serials: string[] = [];
    for (const name of ["second", "elsewhere", "government"]) {
      const serialNumber = await configure(name);
      serials.push(serialNumber);
      fake.revoke(own.microsoft, { serialNumber, caConfiguration: own.caId });
    }
    await poll();
    expect([0, 1, 2].map((index) => resultOf(own.microsoft, index))).toEqual([
      ...["None", "NotSupportedError", "NotSupportedError"],
    ]);
    expect(await Promise.all(serials.map((serial) => statusOf(own, serial)))).toEqual([
      ...["revoked", "issued", "issued"],
    ]);
  });

  it("the same certificate twice, and one that was revoked before: both are successes", async () => {
    const serialNumber = await own.issue();
    for (let count = 0; count < 2; count++)
      fake.revoke(own.microsoft, { serialNumber, caConfiguration: own.caId });
    await poll();
    expect([resultOf(own.microsoft), resultOf(own.microsoft, 1)]).toEqual(["None", "None"]);
  });
});

describe("R2 the cool-down", () => {
  it("one download in an hour, whoever polls and how often; what came later comes after it", async () => {
    await Promise.all([poll(), poll(), poll()]);
    const downloads = () =>
      fake.log.filter(({ hop, url }) => hop === "download" && url.includes(own.microsoft.unit))
        .length;
    expect(downloads()).toBe(1);
    const serialNumber = await own.issue();
    fake.revoke(own.microsoft, { serialNumber, caConfiguration: own.caId });
    later(30);
    await poll();
    expect([downloads(), await statusOf(own, serialNumber)]).toEqual([1, "issued"]);
    later(32);
    await poll();
    expect([downloads(), await statusOf(own, serialNumber)]).toEqual([2, "revoked"]);
  });

  it("a download that failed is tried again in minutes", async () => {
    const serialNumber = await own.issue();
    fake.revoke(own.microsoft, { serialNumber, caConfiguration: own.caId });
    fake.inject({ hop: "download", kind: "status", status: 500, times: 2 });
    await poll();
    expect(await statusOf(own, serialNumber)).toBe("issued");
    later(6);
    await poll();
    expect(await statusOf(own, serialNumber)).toBe("revoked");
  });

  it("a connection whose queue is off, or was switched off, is never asked", async () => {
    const off = await fleet(false);
    const path = `${own.tenant.path}/intune-connections/microsoft`;
    await must(own.tenant.key, "PATCH", path, { revocationEnabled: false });
    const before = fake.count("download");
    await poll();
    expect(fake.count("download")).toBe(before);
    await must(off.tenant.key, "PATCH", `${off.tenant.path}/intune-connections/microsoft`, {
      revocationEnabled: true,
    });
    await poll();
    expect(fake.count("download")).toBe(before + 1);
  });
});

describe("R4 telling the results", () => {
  it.each([[{ value: false }], [{}], [{ value: "maybe" }]])(
    "%j: sent again until it is recorded",
    async (answer) => {
      const serialNumber = await own.issue();
      fake.revoke(own.microsoft, { serialNumber, caConfiguration: own.caId });
      own.microsoft.uploadAnswer = answer;
      await poll();
      expect([await statusOf(own, serialNumber), resultOf(own.microsoft)]).toEqual([
        "revoked",
        undefined,
      ]);
      own.microsoft.uploadAnswer = { value: "true" };
      later(3);
      await poll();
      expect(resultOf(own.microsoft)).toBe("None");
      const uploads = fake.count("upload");
      later(3);
      await poll();
      expect(fake.count("upload")).toBe(uploads);
    },
  );

  it("what was fetched outlives a death before it was acted on", async () => {
    const serialNumber = await own.issue();
    fake.revoke(own.microsoft, { serialNumber, caConfiguration: own.caId });
    const dying = {
      ...dependencies,
      authorities: {
        ...dependencies.authorities,
        get: () => {
          throw new Error("the isolate died here");
        },
      },
    };
    await revokeForIntune(dying);
    expect(await statusOf(own, serialNumber)).toBe("issued");
    later(3);
    await poll();
    expect([await statusOf(own, serialNumber), resultOf(own.microsoft)]).toEqual([
      "revoked",
      "None",
    ]);
    expect(own.microsoft.revocations).toHaveLength(1);
  });

  it("a connection with its queue's rows can be deleted", async () => {
    fake.revoke(own.microsoft, { serialNumber: "01", caConfiguration: own.caId });
    own.microsoft.uploadAnswer = {};
    await poll();
    const path = `${own.tenant.path}/intune-connections/microsoft`;
    expect((await call(own.tenant.key, "DELETE", path)).status).toBe(409);
    const other = { ...own.microsoft.credentials, name: "other", cloud: "public" };
    await must(own.tenant.key, "POST", `${own.tenant.path}/intune-connections`, other);
    await must(own.tenant.key, "PATCH", `${own.tenant.path}/scep-configurations/fleet`, {
      intuneConnection: "other",
    });
    expect((await call(own.tenant.key, "DELETE", path)).status).toBe(204);
  });
});
