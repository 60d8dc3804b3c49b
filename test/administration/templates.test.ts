/** Templates and networks through the API: versions, dangers, the preview. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
  changedConfigurations,
  createReadyTenant,
  createTestTenant,
  must,
  type TestTenant,
} from "../support/api.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: TestTenant;
let other: TestTenant;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  [tenant, other] = [await createReadyTenant(), await createTestTenant()];
});

const templates = () => `${tenant.path}/certificate-templates`;
const networks = () => `${tenant.path}/networks`;
const get = (path: string) => must(tenant.key, "GET", path);
const post = (path: string, body: object) => must(tenant.key, "POST", path, body);
const patch = (path: string, body: object) => must(tenant.key, "PATCH", path, body);
const status = async (method: string, path: string, body?: object) => {
  const answer = await call(tenant.key, method, path, body);
  return [answer.status, answer.body?.errors?.[0]?.field ?? answer.body?.detail];
};
const lastEvent = async () => (await get(`${tenant.path}/audit-events?limit=1`)).items[0];

describe("networks", () => {
  it("are made, shown, listed, changed and deleted", async () => {
    const made = await post(networks(), {
      name: "lab",
      domains: ["Lab.Example.", ".lab2.example"],
    });
    expect(made).toMatchObject({
      name: "lab",
      description: "",
      domains: ["lab.example", "lab2.example"],
    });
    expect(await get(`${networks()}/lab`)).toEqual(made);
    expect((await get(networks())).items).toEqual([made]);
    const changed = await patch(`${networks()}/lab`, { description: "Third floor" });
    expect(changed).toEqual({ ...made, description: "Third floor" });
    expect(await lastEvent()).toMatchObject({
      action: "network.changed",
      details: { before: { description: "" }, after: { description: "Third floor" } },
    });
    expect((await call(tenant.key, "DELETE", `${networks()}/lab`)).status).toBe(204);
    expect(await lastEvent()).toMatchObject({ action: "network.deleted" });
    expect((await status("GET", `${networks()}/lab`))[0]).toBe(404);
    expect((await status("DELETE", `${networks()}/lab`))[0]).toBe(404);
  });

  it("one that is gone from under a template is told with the configurations that use it", async () => {
    await post(networks(), { name: "gone", domains: ["gone.example"] });
    const { id } = await post(templates(), { name: "left", requiredDomain: { network: "gone" } });
    const made = await post(`${tenant.path}/scep-configurations`, {
      ...{ name: "left", kind: "simple", certificateAuthority: "issuing" },
      certificateTemplate: "left",
    });
    expect(made.warnings.join()).not.toContain('"gone"');
    // As a deletion in the same moment once left it.
    await env.DB.prepare(
      "UPDATE certificate_template_versions SET rules = json_set(rules, '$.requiredDomain.domains', json('[]')) WHERE template_id = ?",
    )
      .bind(id)
      .run();
    const { warnings } = await get(`${tenant.path}/scep-configurations/left`);
    expect(warnings.join()).toContain('network "gone", which is gone');
  });

  it("have a name of their own and domains that are some", async () => {
    await post(networks(), { name: "one", domains: ["one.example"] });
    expect((await status("POST", networks(), { name: "one", domains: ["x.test"] }))[0]).toBe(409);
    for (const domain of ["*", "a b.test", "-x.test", "http://x.test", "x..test", "é.test"])
      expect(await status("POST", networks(), { name: "two", domains: [domain] })).toEqual([
        422,
        "domains",
      ]);
    expect((await status("PATCH", `${networks()}/one`, { domains: [] }))[0]).toBe(400);
  });

  it("hold for the templates that refer to them: a change is a version, and none is deleted in use", async () => {
    await post(networks(), { name: "office", domains: ["office.example"] });
    const made = await post(templates(), { name: "radius", requiredDomain: { network: "office" } });
    expect(made.requiredDomain).toEqual({
      network: "office",
      domains: ["office.example"],
      in: ["dns", "upn", "commonName"],
    });
    const configuration = await post(`${tenant.path}/scep-configurations`, {
      ...{ name: "radius", kind: "simple" },
      ...{ certificateAuthority: "issuing", certificateTemplate: "radius" },
    });
    changedConfigurations.length = 0;
    await patch(`${networks()}/office`, { domains: ["new.example"] });
    expect(changedConfigurations).toEqual([configuration.id]);
    expect(await lastEvent()).toMatchObject({ details: { certificateTemplates: ["radius"] } });
    const now = await get(`${templates()}/radius`);
    expect([now.version, now.requiredDomain.domains]).toEqual([2, ["new.example"]]);
    // What changes nothing for the template makes no version.
    await patch(`${networks()}/office`, { description: "Headquarters" });
    expect((await get(`${templates()}/radius`)).version).toBe(2);
    const [code, detail] = await status("DELETE", `${networks()}/office`);
    expect([code, detail]).toEqual([409, expect.stringContaining("radius")]);
    await patch(`${templates()}/radius`, { requiredDomain: null });
    expect((await call(tenant.key, "DELETE", `${networks()}/office`)).status).toBe(204);
  });

  it("of one tenant are none of another's", async () => {
    await post(networks(), { name: "mine", domains: ["mine.example"] });
    expect((await call(other.key, "GET", `${other.path}/networks/mine`)).status).toBe(404);
    expect(
      (
        await call(other.key, "POST", `${other.path}/certificate-templates`, {
          ...{ name: "theirs", requiredDomain: { network: "mine" } },
        })
      ).status,
    ).toBe(422);
    const theirs = { name: "mine", domains: ["theirs.example"] };
    await must(other.key, "POST", `${other.path}/networks`, theirs);
    await post(templates(), { name: "of mine", requiredDomain: { network: "mine" } });
    await must(other.key, "PATCH", `${other.path}/networks/mine`, { domains: ["x.example"] });
    expect((await get(`${templates()}/of mine`)).requiredDomain.domains).toEqual(["mine.example"]);
  });
});

describe("versions", () => {
  it("say what a template said, newest first, page by page", async () => {
    const { id } = await post(templates(), { name: "versioned", validityDays: 10 });
    await patch(`${templates()}/versioned`, { validityDays: 20 });
    await patch(`${templates()}/versioned`, { subject: { commonName: "fill" } });
    const first = await get(`${templates()}/versioned/versions?limit=2`);
    const rest = await get(`${templates()}/${id}/versions?limit=2&cursor=${first.nextCursor}`);
    const all = [...first.items, ...rest.items];
    expect(all.map(({ version, validityDays }) => [version, validityDays])).toEqual([
      [3, 20],
      [2, 20],
      [1, 10],
    ]);
    expect(rest.nextCursor).toBeUndefined();
    expect(await get(`${templates()}/versioned/versions/1`)).toEqual(all[2]);
    for (const none of ["4", "0", "x"])
      expect((await status("GET", `${templates()}/versioned/versions/${none}`))[0]).toBeGreaterThan(
        399,
      );
    const path = `${other.path}/certificate-templates/${id}/versions`;
    expect((await call(other.key, "GET", path)).status).toBe(404);
    expect((await call(other.key, "GET", `${path}/1`)).status).toBe(404);
  });

  it("that were stored before a rule existed are read with what its absence means", async () => {
    const { id } = await post(templates(), { name: "old", validityDays: 30 });
    await env.DB.prepare("UPDATE certificate_template_versions SET rules = ? WHERE template_id = ?")
      .bind(JSON.stringify(oldRules), id)
      .run();
    expect(await get(`${templates()}/old`)).toMatchObject({
      requestedValidity: { honour: true, maximumDays: null },
      extendedKeyUsage: { always: [] },
      certificatePolicies: [],
      subjectAltName: { domains: null },
      requiredDomain: null,
      subject: { commonName: "optional" },
    });
    const answer = await post(`${templates()}/old/preview`, { request: csr() });
    expect(answer.outcome).toBe("issued");
    expect((await patch(`${templates()}/old`, { validityDays: 40 })).version).toBe(2);
  });
});

/** As the first release stored them. */
const oldRules = {
  validitySeconds: 2_592_000,
  backdateSeconds: 300,
  keyUsage: { source: "request", allowed: ["digitalSignature"], default: ["digitalSignature"] },
  extendedKeyUsage: { allowed: [], default: ["1.3.6.1.5.5.7.3.2"] },
  subjectAltName: { types: ["dns"], wildcardDns: false },
  subject: { allowEmpty: false },
  keys: { rsa: { minimumBits: 2048, maximumBits: 4096 }, curves: [] },
  renewal: { graceSecondsAfterEnd: 0 },
  requestSignature: "verify",
};

describe("rules that could be turned against others (threat 50)", () => {
  const never = [
    "1.3.6.1.4.1.311.20.2.1",
    "1.3.6.1.5.5.7.3.9",
    "2.5.29.37.0",
    "1.3.6.1.4.1.311.10.12.1",
    "1.3.6.1.4.1.311.21.6",
  ];

  it.each(never)("the extended key usage %s is refused everywhere", async (oid) => {
    for (const list of ["allowed", "default", "always"])
      expect(
        await status("POST", templates(), { name: "bad", extendedKeyUsage: { [list]: [oid] } }),
      ).toEqual([422, "extendedKeyUsage"]);
  });

  it("CA usages, any policy and a policy twice are refused", async () => {
    const bad = (rules: object) => status("POST", templates(), { name: "bad", ...rules });
    expect(await bad({ keyUsage: { allowed: ["keyCertSign"] } })).toEqual([422, "keyUsage"]);
    expect(await bad({ certificatePolicies: [{ policy: "2.5.29.32.0" }] })).toEqual([
      422,
      "certificatePolicies",
    ]);
    const twice = [{ policy: "1.2.3.4" }, { policy: "1.2.3.4", cpsUri: "https://a.test/" }];
    expect(await bad({ certificatePolicies: twice })).toEqual([422, "certificatePolicies"]);
    expect(
      (await bad({ certificatePolicies: [{ policy: "1.2.3", cpsUri: "javascript:1" }] }))[0],
    ).toBe(400);
    expect(await bad({ certificatePolicies: [{ policy: "9.9" }] })).toEqual([
      422,
      "certificatePolicies",
    ]);
    expect((await bad({ requiredDomain: { domains: ["a.test"], network: "one" } }))[0]).toBe(400);
    expect(
      await bad({
        requiredDomain: { domains: ["a.test"], in: ["upn"] },
        subjectAltName: { types: ["dns"] },
      }),
    ).toEqual([422, "requiredDomain"]);
  });

  it("smart-card logon and Kerberos want a confirmation, which the audit event keeps with old and new rules", async () => {
    const smartCard = { extendedKeyUsage: { allowed: ["clientAuth", "1.3.6.1.4.1.311.20.2.2"] } };
    await post(templates(), { name: "cards" });
    const path = `${templates()}/cards`;
    const refused = await call(tenant.key, "PATCH", path, smartCard);
    expect([refused.status, refused.body.errors[0].field]).toEqual([422, "acceptRisks"]);
    expect(refused.body.detail).toContain('acceptRisks: ["smart-card-logon"]');
    expect((await status("PATCH", path, { ...smartCard, acceptRisks: ["kerberos"] }))[0]).toBe(422);
    await patch(path, { ...smartCard, acceptRisks: ["smart-card-logon"] });
    expect(await lastEvent()).toMatchObject({
      action: "certificate-template.changed",
      details: {
        acceptedRisks: ["smart-card-logon"],
        before: {
          extendedKeyUsage: { allowed: expect.not.arrayContaining(["1.3.6.1.4.1.311.20.2.2"]) },
        },
        after: {
          extendedKeyUsage: { allowed: expect.arrayContaining(["1.3.6.1.4.1.311.20.2.2"]) },
        },
      },
    });
    // What is there already is not asked about again.
    await patch(path, { validityDays: 5 });
    expect(
      (await status("PATCH", path, { extendedKeyUsage: { always: ["1.3.6.1.5.2.3.5"] } }))[0],
    ).toBe(422);
  });
});

const csr = (plan: Partial<scep.CertificationRequestPlan> = {}): string =>
  Buffer.from(scep.buildCertificationRequest({ key, ...plan })).toString("base64");
const pem = (base64: string, label = "CERTIFICATE REQUEST"): string =>
  `-----BEGIN ${label}-----\n${base64.replaceAll(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;

describe("the preview", () => {
  const preview = (body: object, template = "device") =>
    post(`${templates()}/${template}/preview`, body);

  it("shows what the request would get, as PEM or base64, and warns of a missing key usage (guide 6.1)", async () => {
    const extensions = [
      scep.extensions.subjectAltName(scep.generalName.dns("Host.Demo.Test")),
      scep.extensions.extendedKeyUsage(scep.oids.serverAuth, scep.oids.smartcardLogon),
    ];
    const request = csr({ extensions });
    const shown = await preview({ request });
    expect(shown).toMatchObject({
      outcome: "issued",
      template: { name: "device", version: 1 },
      certificate: {
        subject: "CN=device,O=Demo",
        subjectAlternativeNames: [{ type: "dns", value: "host.demo.test" }],
        keyUsage: ["digitalSignature", "keyEncipherment"],
        extendedKeyUsage: [scep.oids.serverAuth],
      },
    });
    const { notBefore, notAfter } = shown.certificate;
    expect((Date.parse(notAfter) - Date.parse(notBefore)) / 86_400_000).toBeCloseTo(90, 1);
    expect(shown.warnings.join("\n")).toContain("asks for no key usage");
    expect(shown.warnings.join("\n")).toContain(scep.oids.smartcardLogon);
    for (const label of ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])
      expect((await preview({ request: pem(request, label) })).certificate.subject).toBe(
        "CN=device,O=Demo",
      );
    const quiet = csr({
      challenge: "x",
      extensions: [
        scep.extensions.keyUsage("digitalSignature"),
        scep.extensions.subjectAltName(scep.generalName.dns("a.test")),
      ],
    });
    expect((await preview({ request: quiet })).warnings).toEqual([]);
  });

  it("shows the refusal with its reason and evidence", async () => {
    const shown = await preview({
      request: csr({ extensions: [scep.extensions.basicConstraints(true)] }),
    });
    expect(shown.outcome).toBe("refused");
    expect(shown.refusal).toEqual({
      reason: "extension_not_allowed",
      detail: "The request asks for a certificate of a CA (basicConstraints).",
    });
    expect(shown.certificate).toBeUndefined();
    const forged = csr({
      editSignature: (bytes) => bytes.map((octet, index) => (index === 9 ? octet ^ 1 : octet)),
    });
    expect((await preview({ request: forged })).refusal.reason).toBe("proof_of_possession_invalid");
  });

  it("judges by the configuration that is named: its digests, its CA's end, its kind", async () => {
    const sha1 = csr({ digest: "SHA-1" });
    expect((await preview({ request: sha1 })).warnings.join()).toContain("SHA-1");
    expect((await preview({ request: sha1, scepConfiguration: "devices" })).refusal.reason).toBe(
      "signature_algorithm_not_allowed",
    );
    await post(`${tenant.path}/scep-configurations`, {
      ...{ name: "intune", kind: "intune" },
      ...{ certificateAuthority: "issuing", certificateTemplate: "device" },
    });
    const sid = "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-1104";
    const request = csr({
      extensions: [scep.extensions.subjectAltName(scep.generalName.uri(sid))],
    });
    expect((await preview({ request })).outcome).toBe("refused");
    const byIntune = await preview({ request, scepConfiguration: "intune" });
    expect(byIntune.certificate.subjectAlternativeNames).toEqual([{ type: "uri", value: sid }]);
    expect(byIntune.warnings.join()).toContain("Intune has not been asked");
    await post(templates(), { name: "long", validityDays: 7300 });
    const cut = await preview({ request: csr(), certificateAuthority: "issuing" }, "long");
    expect(cut.warnings.join()).toContain("ends with its certificate authority");
  });

  it("keeps to the name constraints of the CA, as enrolment does", async () => {
    await post(`${tenant.path}/certificate-authorities`, {
      ...{ name: "limited", subject: "CN=Limited", keyAlgorithm: "P-256" },
      nameConstraints: { permitted: [{ type: "dns", value: "only.test" }], excluded: [] },
    });
    const shown = (name: string) =>
      preview({
        request: csr({ extensions: [scep.extensions.subjectAltName(scep.generalName.dns(name))] }),
        certificateAuthority: "limited",
      });
    expect((await shown("a.only.test")).outcome).toBe("issued");
    expect((await shown("a.other.test")).outcome).toBe("refused");
  });

  it("refuses what is no request, and what is not the tenant's", async () => {
    const path = `${templates()}/device/preview`;
    for (const request of [
      "",
      "rubbish",
      "AAAA",
      pem("AAAA"),
      csr().slice(0, 300),
      "é".repeat(100),
    ])
      expect(await status("POST", path, { request }), request).toEqual([422, "request"]);
    expect(await status("POST", path, { request: csr(), scepConfiguration: "none" })).toEqual([
      422,
      "scepConfiguration",
    ]);
    const { id } = await get(`${templates()}/device`);
    expect(
      (
        await call(other.key, "POST", `${other.path}/certificate-templates/${id}/preview`, {
          request: csr(),
        })
      ).status,
    ).toBe(404);
    expect((await get(`${tenant.path}/certificates?limit=100&search=CN%3Ddevice`)).items).toEqual(
      [],
    );
  });
});
