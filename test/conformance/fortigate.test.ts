/**
 * A FortiGate enrols and regenerates: the conversation that its debug log shows, from the first GetCACert to the
 * certificate. It speaks plain HTTP, sends by GET, polls with IssuerAndSubject, and renews by asking anew.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { certPoll, decide, waitingRequest } from "../support/approval.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

/** In the order in which FortiOS writes them. */
const subject = scep.name(
  "ST=Wellington",
  "L=Wellington",
  "O=Demo",
  "OU=Network",
  "CN=fortigate-1.demo.test",
  "EMAIL=network@demo.test",
);
const tokenSubject = "OU=Network,O=Demo,L=Wellington,ST=Wellington";

/** 32 hexadecimal digits. */
const transactionIDOf = (key: scep.KeyPair): string =>
  scep.hex(scep.hash("MD5", key.spki)).toUpperCase();

let tenant: Tenant;

beforeAll(async () => {
  tenant = await createTenant("FortiGate");
  const root = await tenant.authority("FortiGate Own Root");
  await tenant.api.post(tenant.path("certificate-authorities"), {
    ...{ name: "Own Agent CA", subject: "CN=Own Agent CA,O=Demo", keyAlgorithm: "RSA-2048" },
    ...{ parent: root, ownAgent: true },
  });
  await tenant.configuration("devices", { preset: "fortigate" });
  await tenant.configuration("approval", { preset: "fortigate", requiresApproval: true });
  await ownAgentConfiguration("single", { requiresApproval: true });
});

afterEach(() => {
  vi.useRealTimers();
});

async function ownAgentConfiguration(name: string, more: object): Promise<void> {
  await tenant.api.post(tenant.path("certificate-templates"), {
    ...{ name: `for ${name}`, validityDays: 90 },
  });
  await tenant.api.post(tenant.path("scep-configurations"), {
    ...{ name, kind: "simple", preset: "fortigate", certificateAuthority: "Own Agent CA" },
    ...{ certificateTemplate: `for ${name}`, ...more },
  });
  await tenant.enable(name, true);
}

interface Appliance {
  readonly client: scep.ScepClient;
  readonly challenge: string;
  readonly key: scep.KeyPair;
}

/** The address ends in a slash, as in Fortinet's examples. */
async function appliance(configuration: string): Promise<Appliance> {
  const { challenge } = await tenant.token(configuration, {
    subject: tokenSubject,
    subjectAlternativeNames: [],
  });
  const url = `${tenant.url(configuration, { scheme: "http" })}/`;
  return { client: new scep.ScepClient(fetchWorker, url), challenge, key: scep.rsaKeyPair() };
}

const requestPlan = ({ key, challenge }: Appliance) => ({
  request: { key, challenge, subject },
  signer: scep.selfSigned(key, subject),
  transactionID: transactionIDOf(key),
  senderNonce: scep.bytes(crypto.getRandomValues(new Uint8Array(16))),
});

const getCACert = async ({ client }: Appliance): Promise<Response> =>
  await fetchWorker(new Request(`${client.url}?operation=GetCACert&message=fortigate-1`));

/** Sends by GET and verifies the answer: FortiOS compares the content type, and follows no redirect. */
async function sendByGet(
  { client }: Appliance,
  plan: Omit<scep.PkiMessagePlan, "recipient">,
): Promise<{ readonly reply: scep.CertRep; readonly octets: scep.Bytes }> {
  const message = await client.build(plan);
  const response = await fetchWorker(scep.getPkiOperation(client.url, message.der));
  expect([response.status, response.redirected]).toEqual([200, false]);
  expect(response.headers.get("content-type")).toBe("application/x-pki-message");
  const octets = scep.bytes(await response.arrayBuffer());
  return { reply: scep.verifyCertRep(octets, message, await client.agent()), octets };
}

const printable = (dotted: string, value: string): scep.Bytes =>
  scep.attributeOf(dotted, scep.printable(value));

/** Every octet of a PENDING; only its nonce and its signature are taken from the reply. */
function expectedPending(
  reply: scep.PendingReply,
  plan: { readonly transactionID: string; readonly senderNonce: scep.Bytes },
  octets: scep.Bytes,
): scep.Bytes {
  const { oids } = scep;
  const nothing = scep.bytes([]);
  const { signer } = reply.signed;
  const attributes = scep.setOf(
    scep.attributeOf(oids.contentType, scep.oid(oids.data)),
    scep.attributeOf(oids.messageDigest, scep.octetString(scep.hash("SHA-256", nothing))),
    printable(oids.transactionID, plan.transactionID),
    printable(oids.messageType, "3"),
    printable(oids.pkiStatus, "3"),
    scep.attributeOf(oids.senderNonce, scep.octetString(reply.senderNonce)),
    scep.attributeOf(oids.recipientNonce, scep.octetString(plan.senderNonce)),
  );
  const digestAlgorithm = scep.algorithm(scep.digests["SHA-256"].oid);
  const signatureLength = scep.rsaParts(signer.spki).modulus.length;
  const signerInfo = scep.sequence(
    scep.integer(1),
    scep.sequence(signer.issuer, scep.tlv(scep.tag.integer, signer.serialNumber)),
    digestAlgorithm,
    scep.concat(scep.bytes([scep.context(0)]), attributes.subarray(1)),
    scep.rsaEncryption,
    // It ends the message.
    scep.octetString(octets.subarray(-signatureLength)),
  );
  return scep.sequence(
    scep.oid(oids.signedData),
    scep.tlv(
      scep.context(0),
      scep.sequence(
        scep.integer(1),
        scep.setOf(digestAlgorithm),
        scep.sequence(scep.oid(oids.data), scep.tlv(scep.context(0), scep.octetString(nothing))),
        scep.tlv(scep.context(0), signer.der),
        scep.setOf(signerInfo),
      ),
    ),
  );
}

describe("the conversation with approval", () => {
  it.each(["approval", "single"])(
    "over http, on %s: GetCACert, PKCSReq, PENDING, CertPoll, approval, CertPoll, SUCCESS",
    async (configuration) => {
      const device = await appliance(configuration);
      const chain = await scep.getCACert(fetchWorker, device.client.url);
      const plan = requestPlan(device);
      expect(plan.transactionID).toMatch(/^[0-9A-F]{32}$/);

      const first = await sendByGet(device, plan);
      const pending = expectPending(first.reply);
      expect(scep.hex(first.octets)).toBe(scep.hex(expectedPending(pending, plan, first.octets)));

      const issuer = chain.find((one) => scep.equal(one.subject, scep.findAgent(chain).issuer));
      const poll = () =>
        sendByGet(device, certPoll(plan, (issuer ?? scep.findAgent(chain)).subject, subject));
      const second = expectPending((await poll()).reply);
      expect(second.senderNonce).not.toEqual(pending.senderNonce);

      const waiting = await waitingRequest(tenant, plan.transactionID);
      expect(waiting).toMatchObject({ configuration, status: "pending" });
      expect(waiting.subject).toContain("CN=fortigate-1.demo.test,OU=Network,O=Demo,L=Wellington");
      await decide(tenant, plan.transactionID, "approve", "Rack 7");

      const { certificate, certificates, cipher } = expectSuccess((await poll()).reply);
      expect(certificate.subject).toEqual(subject);
      expect(certificate.subjectText).toEqual([
        "ST=Wellington",
        "L=Wellington",
        "O=Demo",
        "OU=Network",
        "CN=fortigate-1.demo.test",
        "EMAIL=network@demo.test",
      ]);
      expect(certificate.spki).toEqual(device.key.spki);
      expect([certificates.length, cipher]).toEqual([1, "AES-128-CBC"]);
      // The answer may get lost: the next poll brings it again.
      const again = expectSuccess((await poll()).reply);
      expect(again.certificate.der).toEqual(certificate.der);
    },
  );
});

describe("GetCACert", () => {
  it("has agent, issuer and root, because FortiOS 7.0.4 and later check the intermediate's issuer", async () => {
    const response = await getCACert(await appliance("devices"));
    expect(response.headers.get("content-type")).toBe("application/x-x509-ca-ra-cert");
    const chain = scep.readDegenerate(scep.bytes(await response.arrayBuffer()));
    const [agent, issuer, root] = chain;
    expect(agent?.issuer).toEqual(issuer?.subject);
    expect(issuer?.issuer).toEqual(root?.subject);
    expect(root?.issuer).toEqual(root?.subject);
    expect(chain).toHaveLength(3);
  });

  it("is one certificate in DER, octet for octet the CA's, where the CA is its own agent", async () => {
    const response = await getCACert(await appliance("single"));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-x509-ca-cert");
    const { certificate: pem } = await tenant.api.get<{ certificate: string }>(
      tenant.path("certificate-authorities/Own%20Agent%20CA"),
    );
    const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ""), "base64");
    const octets = scep.bytes(await response.arrayBuffer());
    expect(octets).toEqual(scep.bytes(der));
    const usage = scep.readCertificate(octets).extensions.get(scep.oids.keyUsage);
    expect(scep.usagesOf(usage?.value ?? scep.bytes([]))).toEqual([
      "digitalSignature",
      "keyEncipherment",
      "keyCertSign",
      "cRLSign",
    ]);
  });
});

describe("auto-regenerate", () => {
  const day = 86_400_000;

  it("the same key, request and challenge within a day is a retry, five days before the end a new certificate", async () => {
    const device = await appliance("devices");
    const enrol = async () =>
      expectSuccess((await sendByGet(device, requestPlan(device))).reply).certificate;
    const first = await enrol();
    expect((await enrol()).der).toEqual(first.der);

    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(first.notAfter.getTime() - 5 * day);
    const second = await enrol();
    expect(second.serialNumberHex).not.toBe(first.serialNumberHex);
    expect([second.subject, second.spki]).toEqual([first.subject, first.spki]);
    expect(second.notAfter.getTime()).toBeGreaterThan(first.notAfter.getTime());
    expect((await enrol()).der).toEqual(second.der);
  });

  it("with a new key it is another transaction, and the same challenge serves", async () => {
    const device = await appliance("devices");
    const first = expectSuccess((await sendByGet(device, requestPlan(device))).reply);
    const regenerated = { ...device, key: scep.rsaKeyPair() };
    const second = expectSuccess((await sendByGet(regenerated, requestPlan(regenerated))).reply);
    expect(second.certificate.serialNumberHex).not.toBe(first.certificate.serialNumberHex);
  });

  it("the old certificate may sign the new request, and then no challenge is needed", async () => {
    const device = await appliance("devices");
    const { certificate } = expectSuccess((await sendByGet(device, requestPlan(device))).reply);
    const renewal = {
      ...requestPlan(device),
      request: { key: device.key, subject },
      signer: { key: device.key, certificate },
    };
    const renewed = expectSuccess((await sendByGet(device, renewal)).reply);
    expect(renewed.certificate.serialNumberHex).not.toBe(certificate.serialNumberHex);
  });

  it("where a person approves, they approve the new one too", async () => {
    const device = await appliance("approval");
    const plan = requestPlan(device);
    expectPending((await sendByGet(device, plan)).reply);
    await decide(tenant, plan.transactionID, "approve");
    const first = expectSuccess((await sendByGet(device, plan)).reply).certificate;
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(first.notAfter.getTime() - 5 * day);
    expectPending((await sendByGet(device, requestPlan(device))).reply);
    await decide(tenant, plan.transactionID, "approve");
    const second = expectSuccess((await sendByGet(device, requestPlan(device))).reply).certificate;
    expect(second.serialNumberHex).not.toBe(first.serialNumberHex);
  });
});
