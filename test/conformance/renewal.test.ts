/** Renewal (RFC 8894, sections 2.3, 3.3.1.2 and 7.6), black box: a certificate of ours stands in for the challenge. */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const day = 86_400_000;
const spellings = Object.entries({
  "RenewalReq (strongSwan, scepclient)": scep.messageTypes.RenewalReq,
  "PKCSReq signed by the old certificate (certmonger, macOS)": scep.messageTypes.PKCSReq,
});

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
let counter = 0;

beforeAll(async () => {
  tenant = await createTenant("Renewal");
  client = await tenant.configuration("devices");
  await tenant.configuration("beside");
  await tenant.configuration("windowed", {
    template: { validityDays: 30, renewal: { earliestDaysBeforeEnd: 10, graceDaysAfterEnd: 5 } },
  });
  await tenant.configuration("graceless", { template: { validityDays: 30 } });
  ({ challenge } = await tenant.token("devices"));
});

afterEach(() => {
  vi.useRealTimers();
});

interface Device {
  readonly client: scep.ScepClient;
  readonly subject: scep.Bytes;
  readonly commonName: string;
  readonly key: scep.KeyPair;
  readonly transactionID: string;
  readonly certificate: scep.Certificate;
}

const sanOf = ({ extensions }: scep.Certificate): scep.Bytes | undefined =>
  extensions.get(scep.oids.subjectAltName)?.value;

/** A device with its first certificate. */
async function enrolled(
  more: Partial<scep.CertificationRequestPlan> = {},
  at = client,
): Promise<Device> {
  const key = scep.rsaKeyPair();
  const commonName = `CN=renewing ${++counter}`;
  const subject = scep.name("O=Demo", commonName);
  const transactionID = scep.transactionIDOf(key);
  const request = { key, subject, challenge, ...more };
  const { certificate } = expectSuccess(await at.enrol({ request, transactionID }));
  return { client: at, subject, commonName, key, transactionID, certificate };
}

/** Signed with the old certificate; for a new key, and so under a new transactionID, where one is given. */
function renewalOf(
  device: Device,
  messageType: string = scep.messageTypes.RenewalReq,
  request: Partial<scep.CertificationRequestPlan> = {},
): Omit<scep.PkiMessagePlan, "recipient"> {
  const key = request.key ?? device.key;
  return {
    request: { subject: device.subject, ...request, key },
    signer: { key: device.key, certificate: device.certificate },
    messageType,
    transactionID: scep.transactionIDOf(key),
  };
}

const renew = (...plan: Parameters<typeof renewalOf>): Promise<scep.CertRep> =>
  plan[0].client.enrol(renewalOf(...plan));

const later = (milliseconds: number): void => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + milliseconds);
};

describe.each(spellings)("3.3.1.2 renewal by %s", (_, messageType) => {
  it("with a new key needs no challenge, keeps the names and is opened with the old key", async () => {
    const device = await enrolled();
    const key = scep.rsaKeyPair();
    const message = await client.build(renewalOf(device, messageType, { key }));
    let reply: scep.CertRep | undefined;
    const [event] = await scepEvents(async () => (reply = await client.send(message)));
    if (!reply) throw new Error("no reply");
    // RFC 8894, section 2.3: sealed for the certificate that signed; verifyCertRep opened it with its key.
    const { certificate } = expectSuccess(reply);
    expect(certificate.spki).toEqual(key.spki);
    expect(certificate.subject).toEqual(device.subject);
    expect(event).toMatchObject({
      outcome: "issued",
      authorisation: `renewal:${device.certificate.serialNumberHex}`,
      serialNumber: certificate.serialNumberHex,
    });
  });

  it("with the same key repeats the transactionID and gets a new certificate; its own retry gets the same", async () => {
    const device = await enrolled();
    const plan = renewalOf(device, messageType);
    expect(plan.transactionID).toBe(device.transactionID);
    const first = expectSuccess(await client.enrol(plan)).certificate;
    expect(first.serialNumberHex).not.toBe(device.certificate.serialNumberHex);
    expect(first.spki).toEqual(device.key.spki);
    const message = await client.build(plan);
    for (let round = 0; round < 2; round++)
      expect(expectSuccess(await client.send(message)).certificate.der).toEqual(first.der);
    expect(await tenant.certificates(device.commonName)).toHaveLength(2);

    // The renewed certificate renews in its turn.
    const renewed = { ...device, certificate: first };
    const second = expectSuccess(await renew(renewed, messageType)).certificate;
    expect([device.certificate.serialNumberHex, first.serialNumberHex]).not.toContain(
      second.serialNumberHex,
    );
  });

  it("with the very octets of the first PKCS #10 gets a new certificate all the same", async () => {
    const key = scep.rsaKeyPair();
    const device = await enrolled({ key });
    const request = { key, subject: device.subject, challenge };
    const plan = { ...renewalOf({ ...device, key }, messageType), request };
    const { certificate } = expectSuccess(await client.enrol(plan));
    expect(certificate.serialNumberHex).not.toBe(device.certificate.serialNumberHex);
  });

  it("of a certificate that another configuration of the tenant's CA issued is served under one template only", async () => {
    const device = await enrolled();
    const beside = { ...device, client: tenant.client("beside") };
    const issueBy = (certificateTemplate: string) =>
      tenant.api.patch(tenant.path("scep-configurations/beside"), { certificateTemplate });
    await issueBy("for beside");
    expectFailure(await renew(beside, messageType), "badMessageCheck");
    await issueBy("for devices");
    expectSuccess(await renew(beside, messageType));
  });
});

describe("names", () => {
  const names = [scep.generalName.dns("a.demo.test"), scep.generalName.dns("b.demo.test")];
  const oldNames = { extensions: [scep.extensions.subjectAltName(...names)] };

  it("7.6 a request without subjectAltName gets the old ones", async () => {
    const device = await enrolled(oldNames);
    const { certificate } = expectSuccess(await renew(device));
    expect(sanOf(certificate)).toEqual(scep.sequence(...names));
    expect(sanOf(certificate)).toEqual(sanOf(device.certificate));
  });

  it("7.6 the same subjectAltNames again are taken", async () => {
    const device = await enrolled(oldNames);
    const { certificate } = expectSuccess(await renew(device, undefined, oldNames));
    expect(sanOf(certificate)).toEqual(scep.sequence(...names));
  });

  const others: readonly [string, Partial<scep.CertificationRequestPlan>, string][] = [
    ["another common name", { subject: scep.name("O=Demo", "CN=other") }, "subject_not_allowed"],
    ["a longer name", { subject: scep.name("O=Demo", "OU=x", "CN=a") }, "subject_not_allowed"],
    [
      "a subjectAltName more",
      {
        extensions: [scep.extensions.subjectAltName(...names, scep.generalName.dns("c.demo.test"))],
      },
      "subject_alt_name_not_allowed",
    ],
    [
      "another subjectAltName",
      { extensions: [scep.extensions.subjectAltName(scep.generalName.dns("c.demo.test"))] },
      "subject_alt_name_not_allowed",
    ],
    [
      "an old value as another type of name",
      { extensions: [scep.extensions.subjectAltName(scep.generalName.uri("a.demo.test"))] },
      "subject_alt_name_not_allowed",
    ],
  ];
  it.each(others)("7.6 %s is refused, challenge or none", async (_, request, reason) => {
    const device = await enrolled(oldNames);
    for (const more of [{}, { challenge }]) {
      for (const [, messageType] of spellings) {
        const plan = renewalOf(device, messageType, { ...request, ...more });
        let reply: scep.CertRep | undefined;
        const [event] = await scepEvents(async () => (reply = await client.enrol(plan)));
        if (!reply) throw new Error("no reply");
        expectFailure(reply, "badRequest");
        expect(event).toMatchObject({ reason, outcome: "refused" });
      }
    }
    expect(await tenant.certificates(device.commonName)).toHaveLength(1);
  });

  it("7.6 the new key's own signature in the request is checked", async () => {
    const device = await enrolled();
    const key = scep.rsaKeyPair();
    const forged = renewalOf(device, undefined, { key, signingKey: device.key });
    expectFailure(await client.enrol(forged), "badMessageCheck");
  });
});

describe("the challenge of a renewal", () => {
  it("7.3 a wrong one is refused, although none was needed", async () => {
    const device = await enrolled();
    for (const [, messageType] of spellings)
      expectFailure(await renew(device, messageType, { challenge: "wrong" }), "badRequest");
    expect(await tenant.certificates(device.commonName)).toHaveLength(1);
  });

  it("7.3 a right one is taken and not spent", async () => {
    const device = await enrolled();
    const { challenge: once } = await tenant.token("devices", { maxUses: 1 });
    expectSuccess(await renew(device, undefined, { challenge: once }));
    await enrolled({ challenge: once });
    const key = scep.rsaKeyPair();
    const third = { key, subject: scep.name("O=Demo", "CN=one too many"), challenge: once };
    expectFailure(await client.enrol({ request: third }), "badRequest");
  });

  it("7.3 one whose uses are spent or whose token has ended is taken: certmonger repeats its first one", async () => {
    const expiresAt = new Date(Date.now() + 2 * day).toISOString();
    const { challenge: first } = await tenant.token("devices", { maxUses: 1, expiresAt });
    const device = await enrolled({ challenge: first });
    expectSuccess(await renew(device, undefined, { challenge: first }));
    later(3 * day);
    const key = scep.rsaKeyPair();
    expectSuccess(await renew(device, undefined, { challenge: first, key }));
    // As a challenge it is worth nothing any more.
    const fresh = { key: scep.rsaKeyPair(), subject: device.subject, challenge: first };
    expectFailure(await client.enrol({ request: fresh }), "badRequest");
  });

  it("7.3 one whose token was revoked is refused", async () => {
    const { challenge: revoked, tokenId } = await tenant.token("devices");
    const device = await enrolled({ challenge: revoked });
    await tenant.api.post(tenant.path(`tokens/${tokenId}/revoke`));
    expectFailure(await renew(device, undefined, { challenge: revoked }), "badRequest");
    expectSuccess(await renew(device));
  });
});

describe("the template's window", () => {
  it("2.3 opens earliestDaysBeforeEnd days before the end, and not earlier", async () => {
    const { challenge } = await tenant.token("windowed");
    const device = await enrolled({ challenge }, tenant.client("windowed"));
    let reply: scep.CertRep | undefined;
    const [event] = await scepEvents(async () => (reply = await renew(device)));
    if (!reply) throw new Error("no reply");
    expect(expectFailure(reply, "badRequest").failInfoText).toContain("too early");
    expect(event).toMatchObject({ reason: "renewal_too_early" });
    later(device.certificate.notAfter.getTime() - Date.now() - 10 * day - 60_000);
    expectFailure(await renew(device), "badRequest");
    later(2 * 60_000);
    for (const [, messageType] of spellings) expectSuccess(await renew(device, messageType));
  });

  it("2.3 closes graceDaysAfterEnd days after the end", async () => {
    const { challenge } = await tenant.token("windowed");
    const device = await enrolled({ challenge }, tenant.client("windowed"));
    later(device.certificate.notAfter.getTime() - Date.now() + 5 * day - 60_000);
    for (const [, messageType] of spellings) expectSuccess(await renew(device, messageType));
    later(2 * 60_000);
    const key = scep.rsaKeyPair();
    for (const [, messageType] of spellings)
      expectFailure(await renew(device, messageType, { key }), "badRequest");
  });

  it("2.3 closes with the certificate where no grace is set", async () => {
    const { challenge } = await tenant.token("graceless");
    const device = await enrolled({ challenge }, tenant.client("graceless"));
    later(device.certificate.notAfter.getTime() - Date.now() - 60_000);
    expectSuccess(await renew(device));
    later(2 * 60_000);
    const key = scep.rsaKeyPair();
    expectFailure(await renew(device, undefined, { key }), "badRequest");
    // Not even with a right challenge: who signs with a certificate asks by it.
    expectFailure(await renew(device, undefined, { key, challenge }), "badRequest");
    // A fresh request, self-signed, is the way back.
    const request = { key, subject: device.subject, challenge };
    expectSuccess(await device.client.enrol({ request }));
  });
});

describe("renewal by asking anew (FortiGate, SonicWall)", () => {
  it("2.2 with the same key, transactionID and challenge issues anew once the repeat window is over", async () => {
    const key = scep.rsaKeyPair();
    const device = await enrolled({ key });
    const plan = {
      request: { key, subject: device.subject, challenge },
      transactionID: scep.transactionIDOf(key),
    };
    const first = expectSuccess(await client.enrol(plan)).certificate;
    expect(expectSuccess(await client.enrol(plan)).certificate.der).toEqual(first.der);
    later(25 * 3_600_000);
    const second = expectSuccess(await client.enrol(plan)).certificate;
    expect(second.serialNumberHex).not.toBe(first.serialNumberHex);
    expect(second.spki).toEqual(first.spki);
  });
});

describe("races", () => {
  it("two renewals of one certificate with two keys get one certificate each", async () => {
    const device = await enrolled();
    const keys = [scep.rsaKeyPair(), scep.rsaKeyPair()];
    const plans = keys.map((key) => renewalOf(device, undefined, { key }));
    // Each is sent four times at once.
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) => client.enrol(plans[index % 2]!)),
    );
    const serials = replies.map((reply) => expectSuccess(reply).certificate.serialNumberHex);
    for (const parity of [0, 1])
      expect(new Set(serials.filter((_, index) => index % 2 === parity)).size).toBe(1);
    expect(new Set(serials).size).toBe(2);
    expect(await tenant.certificates(device.commonName)).toHaveLength(3);
  });

  it("both spellings of one renewal with the same key at once get one certificate", async () => {
    const device = await enrolled();
    const plans = spellings.map(([, messageType]) => renewalOf(device, messageType));
    const replies = await Promise.all(plans.map((plan) => client.enrol(plan)));
    const serials = replies.map((reply) => expectSuccess(reply).certificate.serialNumberHex);
    expect(new Set(serials).size).toBe(1);
    expect(await tenant.certificates(device.commonName)).toHaveLength(2);
  });
});
