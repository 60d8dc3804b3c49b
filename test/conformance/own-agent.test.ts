/** A configuration with one certificate for everything (RFC 8894, sections 2.1.2 and 4.2.1.1), black box. */
import { beforeAll, describe, expect, it } from "vitest";
import { certPoll, decide } from "../support/approval.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;

async function ownAgentConfiguration(name: string, more: object = {}): Promise<scep.ScepClient> {
  const template = `for ${name}`;
  await tenant.api.post(tenant.path("certificate-templates"), {
    ...{ name: template, validityDays: 90, keys: { curves: ["P-256"] } },
  });
  await tenant.api.post(tenant.path("scep-configurations"), {
    ...{ name, kind: "simple", certificateAuthority: "Own Agent", certificateTemplate: template },
    ...{ singleCertificate: true, ...more },
  });
  await tenant.enable(name, true);
  return tenant.client(name);
}

beforeAll(async () => {
  tenant = await createTenant("Own agent");
  await tenant.api.post(tenant.path("certificate-authorities"), {
    ...{ name: "Own Agent", subject: "CN=Own Agent,O=Demo", keyAlgorithm: "RSA-2048" },
    ownAgent: true,
  });
  client = await ownAgentConfiguration("single");
  await ownAgentConfiguration("single-approval", { requiresApproval: true });
  ({ challenge } = await tenant.token("single"));
});

const newRequest = (more: Partial<scep.CertificationRequestPlan> = {}) => {
  const key = more.key ?? scep.rsaKeyPair();
  const subject = scep.name("O=Demo", "CN=single");
  return { key, subject, challenge, ...more };
};

describe("GetCACert", () => {
  it("4.2.1.1 is the one certificate itself, application/x-x509-ca-cert", async () => {
    const answer = await scep.answerOf(
      await fetchWorker(new Request(`${client.url}?operation=GetCACert`)),
    );
    expect(answer).toMatchObject({ status: 200, contentType: "application/x-x509-ca-cert" });
    const certificate = scep.readCertificate(answer.body);
    expect(scep.isSignedBy(certificate, certificate.spki)).toBe(true);
    const usage = certificate.extensions.get(scep.oids.keyUsage);
    expect(usage?.critical).toBe(true);
    expect(scep.usagesOf(usage?.value ?? scep.bytes([])).toSorted()).toEqual(
      ["digitalSignature", "keyEncipherment", "keyCertSign", "cRLSign"].toSorted(),
    );
  });
});

describe("enrolment", () => {
  it("2.1.2 the CA opens the envelope, signs the certificate and the CertRep", async () => {
    const reply = expectSuccess(await client.enrol({ request: newRequest() }));
    const [authority] = await client.chain();
    expect(reply.signed.signer.der).toEqual(authority?.der);
    expect(authority && scep.isSignedBy(reply.certificate, authority.spki)).toBe(true);
  });

  it("4.1 works by GET too", async () => {
    const message = await client.build({ request: newRequest() });
    expectSuccess(await client.send(message, scep.getPkiOperation(client.url, message.der)));
  });

  it.each(["PKCS1", "OAEP-SHA-1", "OAEP-SHA-256"] as const)(
    "3.2.2 with %s key transport and every cipher",
    async (keyTransport) => {
      for (const cipher of ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC"] as const) {
        const plan = { request: newRequest(), recipientPlan: { keyTransport } };
        const reply = await client.enrol({ ...plan, envelope: { cipher } });
        expect(expectSuccess(reply).cipher).toBe(cipher);
      }
    },
  );

  it.each(["SHA-256", "SHA-384", "SHA-512"] as const)("3.1 signed with %s", async (digest) => {
    const reply = await client.enrol({ request: newRequest(), signedData: { digest } });
    expect(expectSuccess(reply).signed.digest).toBe(digest);
  });

  it("3.3.2.2 refusals are signed by it as well", async () => {
    const wrong = await client.enrol({ request: newRequest({ challenge: "wrong" }) });
    expectFailure(wrong, "badRequest");
    const stranger = scep.selfSigned(scep.rsaKeyPair()).certificate;
    const elsewhere = { recipients: [{ certificate: stranger }] };
    const closed = await client.enrol({ request: newRequest(), envelope: elsewhere });
    expectFailure(closed, "badMessageCheck");
  });

  it("3.2.2 an envelope with a broken key transport is answered as any that does not open", async () => {
    const encryptedKey = (): scep.Bytes => scep.bytes(new Uint8Array(256).fill(3));
    const broken = await client.enrol({ request: newRequest(), recipientPlan: { encryptedKey } });
    const altered = await client.enrol({
      request: newRequest(),
      envelope: { editEncryptedContent: (octets) => octets.map((octet) => octet ^ 1) },
    });
    const said = [broken, altered].map(
      (reply) => expectFailure(reply, "badMessageCheck").failInfoText,
    );
    expect(new Set(said).size).toBe(1);
  });

  it("3.1 an EC client is answered with its challengePassword", async () => {
    const request = newRequest({ key: scep.ecKeyPair() });
    const reply = expectSuccess(await client.enrol({ request }));
    expect(reply.keyEncryptionAlgorithm).toBe(scep.oids.pwriKek);
  });
});

describe("the other messages", () => {
  it("3.3.1.2, 3.3.4, 3.3.5: RenewalReq, GetCert and GetCRL", async () => {
    const request = newRequest();
    const { certificate } = expectSuccess(await client.enrol({ request }));
    const signer = { key: request.key, certificate };
    const { RenewalReq, GetCert, GetCRL } = scep.messageTypes;
    const { challenge: _, ...bare } = request;
    const renewed = await client.enrol({ request: bare, signer, messageType: RenewalReq });
    expect(expectSuccess(renewed).certificate.serialNumberHex).not.toBe(
      certificate.serialNumberHex,
    );
    const { issuer, serialNumber } = certificate;
    const payload = scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber));
    const got = await client.enrol({ request, signer, messageType: GetCert, payload });
    expect(expectSuccess(got).certificate.der).toEqual(certificate.der);
    const list = await client.enrol({ request, signer, messageType: GetCRL, payload });
    const crl = scep.readCertificateList(expectSuccess(list).crls[0]!);
    const [authority] = await client.chain();
    expect(authority && scep.isCrlSignedBy(crl, authority.spki)).toBe(true);
  });

  it("3.3.3 PENDING, CertPoll and SUCCESS", async () => {
    const approval = tenant.client("single-approval");
    const { challenge: _, ...request } = newRequest();
    const transactionID = scep.transactionIDOf(request.key);
    const plan = { request, signer: scep.selfSigned(request.key), transactionID };
    expectPending(await approval.enrol(plan));
    await decide(tenant, transactionID, "approve");
    const poll = certPoll(plan, scep.name("CN=x"), request.subject);
    expect(expectSuccess(await approval.enrol(poll)).certificate.spki).toEqual(request.key.spki);
  });
});
