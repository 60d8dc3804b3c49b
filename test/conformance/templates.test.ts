/** What a client sees of a template: the network's domain, the validity it wished for, policies, names. Black box. */
import { beforeAll, expect, it } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
const [day, certificatePolicies] = [86_400_000, "2.5.29.32"];

beforeAll(async () => {
  tenant = await createTenant("Templates");
  await tenant.api.post(tenant.path("networks"), { name: "radius", domains: ["demo.test"] });
  client = await tenant.configuration("vlan", {
    template: {
      requiredDomain: { network: "radius" },
      requestedValidity: { maximumDays: 400 },
      certificatePolicies: [{ policy: "1.3.6.1.4.1.99999.1", cpsUri: "https://cps.demo.test/" }],
      subject: { allowEmpty: true, commonName: "fill" },
    },
  });
  ({ challenge } = await tenant.token("vlan", { subject: "" }));
});

const enrol = (more: Partial<scep.CertificationRequestPlan> = {}) =>
  client.enrol({
    request: {
      ...{ key, challenge },
      extensions: [scep.extensions.subjectAltName(scep.generalName.dns("host.demo.test"))],
      ...more,
    },
  });

it("guide 4.3.7.1: a certificate without the network's domain is refused, and the device is told why", async () => {
  const outside = { extensions: [], subject: scep.name("O=Demo", "CN=printer") };
  expect(expectFailure(await enrol(outside), "badRequest").failInfoText).toContain("domain");
  expectSuccess(await enrol({ extensions: [], subject: scep.name("CN=printer.demo.test") }));
});

it("RFC 5280 4.2.1.4: policies are in the certificate, not critical; the template's version is in the inventory", async () => {
  const { certificate } = expectSuccess(await enrol());
  const policies = certificate.extensions.get(certificatePolicies);
  expect(policies?.critical).toBe(false);
  expect(Buffer.from(policies?.value ?? []).toString("latin1")).toContain("https://cps.demo.test/");
  const shown = await tenant.api.get<{ certificateTemplate: { id: string; version: number } }>(
    tenant.path(`certificates/${certificate.serialNumberHex}`),
  );
  const { id, version } = shown.certificateTemplate;
  expect(version).toBe(1);
  const of = await tenant.api.get<{ name: string }>(
    tenant.path(`certificate-templates/${id}/versions/${version}`),
  );
  expect(of.name).toBe("for vlan");
});

it.each([
  ["Windows", "Years", "1", 365],
  ["Android, swapped", "1", "Years", 365],
  ["more than the template's maximum", "Years", "3", 400],
  ["nonsense", "Eons", "1", 90],
])("a validity wished for by %s is honoured up to the maximum", async (_, period, units, days) => {
  const pair = (name: string, value: string) =>
    scep.sequence(
      scep.characterString(name, scep.tag.bmp),
      scep.characterString(value, scep.tag.bmp),
    );
  const wish = scep.attribute(
    "1.3.6.1.4.1.311.13.2.1",
    pair("ValidityPeriod", period),
    pair("ValidityPeriodUnits", units),
  );
  const { certificate } = expectSuccess(await enrol({ moreAttributes: [wish] }));
  expect((certificate.notAfter.getTime() - Date.now()) / day).toBeCloseTo(days, 1);
});

it("RFC 5280 4.1.2.6: an empty common name is filled from the subjectAltName", async () => {
  for (const subject of [scep.name("O=Demo", "CN="), scep.name("O=Demo"), scep.name()]) {
    const { certificate } = expectSuccess(await enrol({ subject }));
    expect(certificate.subjectText.at(-1)).toBe("CN=host.demo.test");
  }
});

it("threat 22: a security identifier that nobody validated is refused", async () => {
  const { dns, uri } = scep.generalName;
  const sid = uri("tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500");
  const names = scep.extensions.subjectAltName(dns("host.demo.test"), sid);
  expectFailure(await enrol({ extensions: [names] }), "badRequest");
});

it("a renewal that names nothing keeps the names and so the domain; a changed network holds for it too", async () => {
  const first = expectSuccess(await enrol({ subject: scep.name("O=Demo", "CN=renews") }));
  const renew = (next = scep.rsaKeyPair()) =>
    client.enrol({
      messageType: scep.messageTypes.RenewalReq,
      signer: { key, certificate: first.certificate },
      request: { key: next, subject: scep.name("O=Demo", "CN=renews") },
    });
  const renewed = expectSuccess(await renew());
  expect(renewed.certificate.extensions.get(scep.oids.subjectAltName)).toEqual(
    first.certificate.extensions.get(scep.oids.subjectAltName),
  );
  await tenant.api.patch(tenant.path("networks/radius"), { domains: ["other.test"] });
  expect(expectFailure(await renew(), "badRequest").failInfoText).toContain("domain");
});
