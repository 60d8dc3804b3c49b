/** Path lengths, name constraints, CAs below an outside one, and the end of a CA, through the REST API. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { readAuthorityExtensions } from "../../src/pki/authority-certificate.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import { createCertificateAuthority } from "../../src/administration/authority-creation.ts";
import { fromBase64, toPem } from "../../src/pki/bytes.ts";
import { revokeCertificateAuthority } from "../../src/administration/authority-retirement.ts";
import { accessTenant, permit } from "../../src/administration/access.ts";
import {
  call,
  changedConfigurations,
  createConfiguration,
  createTestTenant,
  dependencies,
  must,
  stores,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";
import { authorities, expectOk, issueRequest, lastingClient } from "../support/authorities.ts";

let tenant: TestTenant;
let path: string;
beforeAll(async () => {
  tenant = await createTestTenant();
  path = `${tenant.path}/certificate-authorities`;
});

const derOf = (pem: string): Uint8Array => fromBase64(pem.replaceAll(/-----[^-]+-----/g, ""));
const authority = (name: string, more: object = {}) =>
  must(tenant.key, "POST", path, {
    ...{ name, subject: `CN=${name},O=Test`, keyAlgorithm: "P-256" },
    ...more,
  });
const refused = async (name: string, more: object, status: number): Promise<string> => {
  const body = { name, subject: `CN=${name},O=Test`, keyAlgorithm: "P-256", ...more };
  const answer = await call(tenant.key, "POST", path, body);
  expect(answer.status, answer.text).toBe(status);
  return answer.body.detail;
};
/** For use cases that a test calls itself, with a part of the world broken. */
async function managing() {
  const actor = { kind: "api-key", id: "key", rank: "operator" } as const;
  const access = expectOk(await accessTenant(stores, actor, tenant.id));
  return expectOk(permit(access, "authority.manage"));
}
const extensionsOf = ({ certificate }: { certificate: string }) =>
  readAuthorityExtensions(parseCertificate(derOf(certificate)));

describe("path length", () => {
  it("4.2.1.9 is in the certificate, one less with each CA below, and refuses the one that is too much", async () => {
    await authority("length root", { pathLength: 2 });
    const middle = await authority("length middle", { parent: "length root" });
    const issuing = await authority("length issuing", { parent: "length middle" });
    expect([middle, issuing].map((one) => extensionsOf(one).pathLength)).toEqual([1, 0]);
    expect(await refused("length too low", { parent: "length issuing" }, 422)).toMatch(
      /"length issuing" may have no CA below it/,
    );
    expect(await refused("length too long", { parent: "length root", pathLength: 2 }, 422)).toMatch(
      /1 at most/,
    );
    // The parent's object has the last word.
    const { subjectDer, publicKey } = parseCertificate(derOf(middle.certificate));
    const again = await authorities.get(issuing.id).issueSubordinate({
      ...{ subjectDer, subjectPublicKeyInfoDer: publicKey.der, validitySeconds: 1000 },
    });
    expect(again).toEqual({ ok: false, error: { reason: "path_length_exceeded" } });
  });

  it("without one, hierarchies are as deep as one likes", async () => {
    await authority("deep 0");
    for (const level of [1, 2, 3, 4]) {
      const made = await authority(`deep ${level}`, { parent: `deep ${level - 1}` });
      expect(extensionsOf(made).pathLength).toBeUndefined();
    }
  });
});

describe("name constraints", () => {
  it("are in the CA's certificate, and bind the names of CAs and agents below it", async () => {
    const nameConstraints = {
      permitted: [
        { type: "directoryName", value: "O=Constrained" },
        { type: "dns", value: "Example.test" },
      ],
      excluded: [{ type: "ip", value: "10.0.0.0/8" }],
    };
    const root = await authority("constrained root", {
      subject: "CN=Root,O=Constrained",
      nameConstraints,
    });
    expect(root.nameConstraints.permitted[1]).toEqual({ type: "dns", value: "example.test" });
    expect(extensionsOf(root).nameConstraints).toEqual(root.nameConstraints);
    expect(await refused("elsewhere", { parent: root.id, subject: "CN=x,O=Other" }, 422)).toMatch(
      /permit only O=Constrained/,
    );
    await authority("constrained", { parent: root.id, subject: "CN=x,O=Constrained" });
    await must(tenant.key, "POST", `${tenant.path}/certificate-templates`, {
      name: "device",
      validityDays: 9,
    });
    await createConfiguration(tenant, "constrained", { certificateAuthority: "constrained" });
    const { items } = await must(
      tenant.key,
      "GET",
      `${tenant.path}/scep-configurations/constrained/enrolment-agent`,
    );
    const { subjectDer } = parseCertificate(derOf(items[0].certificate));
    expect(new TextDecoder().decode(subjectDer)).toMatch(/Constrained.*SCEP agent constrained/s);
  });
});

describe("below an outside CA", () => {
  it("waits with its request, takes nothing but its own certificate and the whole chain, and then issues", async () => {
    const waiting = await authority("external", { externalParent: true, pathLength: 0 });
    expect([waiting.state, waiting.origin]).toEqual(["awaiting-certificate", "external"]);
    expect(await refused("below", { parent: "external" }, 409)).toMatch(/no certificate yet/);
    const { text, headers } = await call(
      tenant.key,
      "GET",
      `${path}/${waiting.id}/certification-request`,
    );
    expect(headers.get("content-type")).toMatch(/^text\/plain/);
    const request = parseCertificationRequest(derOf(text));
    expect(request.extensions.size).toBe(3);

    // The outside CA: one of another tenant, whose certificates are all that is seen of it here.
    const other = await createTestTenant();
    const make = (name: string, more: object = {}) =>
      must(other.key, "POST", `${other.path}/certificate-authorities`, {
        ...{ name, subject: `CN=${name}`, keyAlgorithm: "P-256", ...more },
      });
    const [top, upper] = [await make("top"), await make("upper", { parent: "top" })];
    const signed = await authorities.get(upper.id).issueSubordinate({
      subjectDer: request.subjectDer,
      subjectPublicKeyInfoDer: request.publicKey.der,
      validitySeconds: 86_400,
    });
    if (!signed.ok) throw new Error("not signed");
    const certificate = toPem("CERTIFICATE", signed.value.certificateDer);
    const install = (body: object) =>
      call(tenant.key, "POST", `${path}/external/certificate`, body);
    expect((await install({ certificate })).body.detail).toMatch(
      /lacks the certificate of CN=upper/,
    );
    expect((await install({ certificate, chain: upper.certificate })).body.detail).toMatch(
      /lacks the certificate of CN=top/,
    );
    const chain = top.certificate + upper.certificate;
    expect((await install({ certificate: upper.certificate, chain })).body.detail).toMatch(
      /for another key/,
    );
    expect((await install({ certificate: "rubbish", chain })).status).toBe(422);
    const ready = await install({ certificate, chain });
    expect(ready.body).toMatchObject({ state: "ready", subject: "CN=external,O=Test" });
    expect(ready.body.externalChain).toBe(upper.certificate + top.certificate);
    expect((await install({ certificate, chain })).status).toBe(200);
    expect(await stores.authorityDirectory.findChain(waiting.id)).toHaveLength(3);

    await createConfiguration(tenant, "outside", { certificateAuthority: "external" });
    const shown = await must(tenant.key, "GET", `${tenant.path}/scep-configurations/outside/chain`);
    expect(shown.items.map(({ type }: { type: string }) => type)).toEqual([
      "enrolment-agent",
      "certificate-authority",
      "external-authority",
      "external-authority",
    ]);
    expect(shown.items[3].certificate).toBe(top.certificate);
    const served = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "outside",
    );
    expect(served?.chainDer.map((der) => toPem("CERTIFICATE", der)).slice(1)).toEqual([
      certificate,
      upper.certificate,
      top.certificate,
    ]);
  });
});

describe("the end of a CA", () => {
  it("it is not retired while an enabled configuration issues through it; then it issues nothing, and its CRL goes on", async () => {
    const { id } = await authority("old");
    const configuration = await createConfiguration(tenant, "last", {
      certificateAuthority: "old",
    });
    const inUse = await call(tenant.key, "DELETE", `${path}/old`);
    expect([inUse.status, inUse.body.detail]).toEqual([
      409,
      expect.stringMatching(/disable "last"/),
    ]);
    await must(tenant.key, "PATCH", `${tenant.path}/scep-configurations/last`, { enabled: false });
    expect((await must(tenant.key, "DELETE", `${path}/old`)).state).toBe("retired");
    expect((await must(tenant.key, "DELETE", `${path}/old`)).state).toBe("retired");
    const client = lastingClient(id);
    expect(await client.issue(await issueRequest())).toEqual({
      ok: false,
      error: { reason: "authority_closed", because: "retired" },
    });
    expect(await client.currentCrl()).toMatchObject({ ok: true });
    const enable = await call(tenant.key, "PATCH", `${tenant.path}/scep-configurations/last`, {
      enabled: true,
    });
    expect(enable.body.detail).toMatch(/was retired/);
    expect(await refused("old", {}, 409)).toMatch(/named "old" already/);
    expect(await refused("newer", { parent: "old" }, 409)).toMatch(/was retired/);
    expect(changedConfigurations).toContain(configuration.id);
  });

  it("a subordinate that is revoked is on its parent's list and issues nothing, nor does a CA below it", async () => {
    const upper = await authority("upper");
    const lower = await authority("lower", { parent: "upper" });
    const lowest = await authority("lowest", { parent: "lower" });
    await createConfiguration(tenant, "lowest", { certificateAuthority: "lowest" });
    const revoke = (name: string, body: object) =>
      call(tenant.key, "POST", `${path}/${name}/revoke`, body);
    expect((await revoke("upper", {})).body.detail).toMatch(/It is a root/);
    expect((await revoke("lower", { reason: "certificateHold" })).status).toBe(422);
    // Whatever dies or fails after it, the audit log has it: the event is there before the CA is closed.
    const fails = (what: string) => () => Promise.reject(new Error(what));
    const access = await managing();
    const attempt = (broken: object) =>
      revokeCertificateAuthority({ ...dependencies, ...broken }, access, "lower", "cACompromise");
    const events = async (): Promise<{ action: string; targetId: string; details: object }[]> => {
      const { items } = await must(tenant.key, "GET", `${tenant.path}/audit-events?limit=100`);
      return items.filter(({ targetId }: { targetId: string }) => targetId === lower.id);
    };
    const before = (await events()).length;
    const auditLog = { ...stores.auditLog, recordAuditEvent: fails("no audit log") };
    await expect(attempt({ auditLog })).rejects.toThrow("no audit log");
    expect(await lastingClient(lower.id).issue(await issueRequest())).toMatchObject({ ok: true });
    await expect(
      attempt({ authorities: { ...authorities, get: () => ({ close: fails("out of reach") }) } }),
    ).rejects.toThrow("out of reach");
    const [told] = await events();
    expect(await events()).toHaveLength(before + 1);
    expect(told).toMatchObject({
      action: "certificate-authority.revoked",
      details: { reason: "cACompromise" },
    });
    expect((await revoke("lower", { reason: "cACompromise" })).body.state).toBe("revoked");
    expect((await revoke("lower", { reason: "cACompromise" })).body.state).toBe("revoked");
    const serial = await authorities.get(upper.id).searchCertificates({ text: "lower", limit: 1 });
    expect(
      await authorities.get(upper.id).certificateStatuses([serial.items[0]?.serialNumberHex ?? ""]),
    ).toMatchObject([{ status: "revoked", reason: "cACompromise" }]);
    expect(await lastingClient(lower.id).issue(await issueRequest())).toMatchObject({
      error: { reason: "authority_closed", because: "revoked" },
    });
    const served = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "lowest",
    );
    expect(served?.issuer.closed).toMatch(/"lower".*was revoked/);
    expect(lowest.state).toBe("ready");
  });
});

describe("where a CA lives", () => {
  it("a jurisdiction that the runtime does not know is refused kindly, and leaves no row", async () => {
    expect(await refused("european", { jurisdiction: "eu" }, 422)).toMatch(
      /cannot keep a CA in the jurisdiction "eu"/,
    );
    expect(await stores.authorityDirectory.findAuthority(tenant.id, "european")).toBeUndefined();
  });

  it("where it does, the jurisdiction is part of the id, and the hint goes with the creation alone", async () => {
    const asked: (readonly [string, string | undefined])[] = [];
    const elsewhere = {
      ...dependencies,
      authorities: {
        supports: () => true,
        get(id: string, hint?: string) {
          asked.push([id, hint]);
          return authorities.get(id.replace(/^eu-/, ""));
        },
      },
    };
    await useOperatorKey();
    const made = await createCertificateAuthority(elsewhere, await managing(), {
      ...{ name: "in the eu", subject: "CN=eu", keyAlgorithm: "P-256" },
      ...{ jurisdiction: "eu", locationHint: "weur" },
    });
    if (!made.ok) throw new Error(JSON.stringify(made.error));
    expect(made.value.id).toMatch(/^eu-[0-9a-f-]{36}$/);
    expect(asked).toEqual([[made.value.id, "weur"]]);
    // Its object is not where the id says: nobody else may ask for it here.
    await env.DB.prepare("delete from certificate_authorities where id = ?")
      .bind(made.value.id)
      .run();
  });
});
