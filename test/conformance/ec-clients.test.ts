/**
 * Clients whose key signs and cannot decrypt (RFC 8894, section 3.1), black box: replies are sealed with the
 * challengePassword. `verifyCertRep` opens them with nothing else.
 */
import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { certPoll, decide, enrolmentRequests } from "../support/approval.ts";
import { rowsOf, stubOf } from "../support/authorities.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

type Plan = Omit<scep.PkiMessagePlan, "recipient">;

const curves = ["P-256", "P-384"] as const;

let tenant: Tenant;
let client: scep.ScepClient;
let approval: scep.ScepClient;
let challenge: string;
let approvalChallenge: string;
let authorityId: string;
let counter = 0;

beforeAll(async () => {
  tenant = await createTenant("EC clients");
  const template = { keys: { curves } };
  client = await tenant.configuration("ec", { template });
  approval = await tenant.configuration("ec-approval", { template, requiresApproval: true });
  await tenant.configuration("p256-only", { template: { keys: { curves: ["P-256"] } } });
  ({ challenge } = await tenant.token("ec"));
  ({ challenge: approvalChallenge } = await tenant.token("ec-approval"));
  ({ certificateAuthority: authorityId } = await tenant.api.get<{ certificateAuthority: string }>(
    tenant.path("scep-configurations/ec-approval"),
  ));
});

/** Of a device with a key, a name and a transactionID of its own. */
function newRequest(
  more: Partial<scep.CertificationRequestPlan> = {},
): Plan & { readonly transactionID: string; readonly commonName: string } {
  const key = more.key ?? scep.ecKeyPair();
  const commonName = `CN=curve ${++counter}`;
  return {
    request: { key, subject: scep.name("O=Demo", commonName), challenge, ...more },
    signer: scep.selfSigned(key),
    transactionID: scep.transactionIDOf(key),
    commonName,
  };
}

function withoutChallenge(plan: Plan): Plan {
  const { challenge: _, ...request } = plan.request;
  return { ...plan, request };
}

/** Refused with this reason, and nothing came of it. */
async function expectRefused(at: scep.ScepClient, plan: Plan): Promise<void> {
  const message = await at.build(plan);
  const before = (await tenant.certificates("")).length;
  let reply: scep.CertRep | undefined;
  const [event] = await scepEvents(async () => (reply = await at.send(message)));
  if (!reply) throw new Error("no reply");
  expectFailure(reply, "badAlg");
  expect(event).toMatchObject({ reason: "key_cannot_decrypt", outcome: "refused" });
  expect(await tenant.certificates("")).toHaveLength(before);
}

describe("a first enrolment", () => {
  it.each(curves)("3.1 %s: the reply is sealed with the challengePassword", async (curve) => {
    const plan = newRequest({ key: scep.ecKeyPair(curve) });
    const { certificate, keyEncryptionAlgorithm } = expectSuccess(await client.enrol(plan));
    expect(keyEncryptionAlgorithm).toBe(scep.oids.pwriKek);
    expect(certificate.spki).toEqual(plan.request.key.spki);
    const [, issuer] = await client.chain();
    expect(issuer && scep.isSignedBy(certificate, issuer.spki)).toBe(true);
  });

  it.each(["AES-128-CBC", "AES-192-CBC", "AES-256-CBC"] as const)(
    "3.1 the content is encrypted as the request's was: %s",
    async (cipher) => {
      const reply = await client.enrol({ ...newRequest(), envelope: { cipher } });
      expect(expectSuccess(reply).cipher).toBe(cipher);
    },
  );

  it("3.1 another password does not open the reply, nor do two replies have one key", async () => {
    const message = await client.build(newRequest());
    const sealed = [await client.send(message), await client.send(message)].map(
      (reply) => expectSuccess(reply).signed.content ?? scep.bytes([]),
    );
    const { certificate, key } = message.signer;
    const open = (content: scep.Bytes, password: string) =>
      scep.openEnvelope(content, certificate, key, password);
    expect(() => open(sealed[0]!, `${challenge}x`)).toThrow("does not open");
    expect(() => open(sealed[0]!, "")).toThrow("does not open");
    // Both hold the one certificate that was issued.
    expect(open(sealed[0]!, challenge).content).toEqual(open(sealed[1]!, challenge).content);
    expect(sealed[0]).not.toEqual(sealed[1]);
  });

  it("2.2 the same request again, which ECDSA signs with other octets each time, gets the same certificate", async () => {
    const plan = newRequest();
    const messages = [await client.build(plan), await client.build(plan)];
    expect(messages[0]!.certificationRequest).not.toEqual(messages[1]!.certificationRequest);
    const serials = new Set<string>();
    for (const message of messages)
      serials.add(expectSuccess(await client.send(message)).certificate.serialNumberHex);
    expect(serials.size).toBe(1);
    expect(await tenant.certificates(plan.commonName)).toHaveLength(1);
  });

  it("3.1 without a challenge it is badAlg, before anything is issued", async () => {
    await expectRefused(client, withoutChallenge(newRequest()));
    await expectRefused(client, newRequest({ challenge: "" }));
  });

  it("3.1 a wrong challenge is refused as it is from everybody", async () => {
    expectFailure(await client.enrol(newRequest({ challenge: "wrong" })), "badRequest");
  });

  it("2.3 a curve that the template does not name is badAlg", async () => {
    const { challenge } = await tenant.token("p256-only");
    const p256Only = tenant.client("p256-only");
    expectSuccess(await p256Only.enrol(newRequest({ challenge })));
    const p384 = newRequest({ challenge, key: scep.ecKeyPair("P-384") });
    expectFailure(await p256Only.enrol(p384), "badAlg");
    expect(await tenant.certificates(p384.commonName)).toEqual([]);
  });

  it("2.3 RSA clients of the same configuration are answered by key transport", async () => {
    const reply = await client.enrol(newRequest({ key: scep.rsaKeyPair() }));
    expect(expectSuccess(reply).keyEncryptionAlgorithm).toBe(scep.oids.rsaEncryption);
  });
});

describe("a renewal", () => {
  it("3.1 by an EC key needs a challenge, to seal the reply with", async () => {
    const plan = newRequest();
    const { certificate } = expectSuccess(await client.enrol(plan));
    const signer = { key: plan.request.key, certificate };
    for (const messageType of [scep.messageTypes.RenewalReq, scep.messageTypes.PKCSReq]) {
      const key = scep.ecKeyPair("P-384");
      const transactionID = scep.transactionIDOf(key);
      const renewal = { request: { ...plan.request, key }, signer, messageType, transactionID };
      await expectRefused(client, withoutChallenge(renewal));
      const wrong = { ...renewal, request: { ...renewal.request, challenge: "wrong" } };
      expectFailure(await client.enrol(wrong), "badRequest");
      const renewed = expectSuccess(await client.enrol(renewal));
      expect(renewed.certificate.spki).toEqual(key.spki);
      expect(renewed.keyEncryptionAlgorithm).toBe(scep.oids.pwriKek);
    }
  });

  it("3.1 from EC to RSA is still sealed with the challenge, from RSA to EC no more: the signer's key counts", async () => {
    const ec = newRequest();
    const rsa = newRequest({ key: scep.rsaKeyPair() });
    for (const [from, to, algorithm] of [
      [ec, scep.rsaKeyPair(), scep.oids.pwriKek],
      [rsa, scep.ecKeyPair(), scep.oids.rsaEncryption],
    ] as const) {
      const { certificate } = expectSuccess(await client.enrol(from));
      const renewal = {
        request: { ...from.request, key: to },
        signer: { key: from.request.key, certificate },
        messageType: scep.messageTypes.RenewalReq,
      };
      const plan = from === rsa ? withoutChallenge(renewal) : renewal;
      const renewed = expectSuccess(await client.enrol(plan));
      expect(renewed.certificate.spki).toEqual(to.spki);
      expect(renewed.keyEncryptionAlgorithm).toBe(algorithm);
    }
  });
});

describe("GetCert and GetCRL", () => {
  it("3.3.4 by an EC key are badAlg: they bring no password", async () => {
    const plan = newRequest();
    const { certificate } = expectSuccess(await client.enrol(plan));
    const { issuer, serialNumber } = certificate;
    const payload = scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber));
    const signer = { key: plan.request.key, certificate };
    for (const messageType of [scep.messageTypes.GetCert, scep.messageTypes.GetCRL])
      await expectRefused(client, { request: plan.request, signer, messageType, payload });
  });
});

describe("polling", () => {
  const pollOf = (plan: Plan): Plan =>
    certPoll(plan, scep.name("CN=x"), plan.request.subject ?? scep.name("CN=y"));
  const waiting = () => newRequest({ challenge: approvalChallenge });
  const keptKeys = ({ transactionID }: { transactionID: string }) =>
    rowsOf(
      authorityId,
      "SELECT wrapped_reply_key AS kept, request FROM enrolment_requests WHERE transaction_id = ?",
      transactionID,
    );

  it("3.3.3 the reply to a poll is sealed with the key that was kept since the request", async () => {
    const plan = waiting();
    expectPending(await approval.enrol(plan));
    expectPending(await approval.enrol(pollOf(plan)));
    const [row] = await keptKeys(plan);
    expect(row?.["kept"]).toBeInstanceOf(ArrayBuffer);
    await decide(tenant, plan.transactionID, "approve");
    await evictDurableObject(stubOf(authorityId));
    const reply = expectSuccess(await approval.enrol(pollOf(plan)));
    expect(reply.keyEncryptionAlgorithm).toBe(scep.oids.pwriKek);
    expect(reply.certificate.spki).toEqual(plan.request.key.spki);
  });

  it("3.3.3 the key goes with the answer: a second poll is badAlg, the request sent again is answered", async () => {
    const plan = waiting();
    expectPending(await approval.enrol(plan));
    await decide(tenant, plan.transactionID, "approve");
    const { certificate } = expectSuccess(await approval.enrol(pollOf(plan)));
    const [row] = await keptKeys(plan);
    expect(row?.["kept"]).toBeNull();
    await expectRefused(approval, pollOf(plan));
    const again = expectSuccess(await approval.enrol(plan));
    expect(again.certificate.der).toEqual(certificate.der);
    expect(await tenant.certificates(plan.commonName)).toHaveLength(1);
  });

  it("3.1 the challenge itself is nowhere in the CA's object, waiting or done", async () => {
    const plan = waiting();
    expectPending(await approval.enrol(plan));
    const [row] = await keptKeys(plan);
    expect(row?.["request"]).toContain(plan.commonName.slice("CN=".length));
    expect(row?.["request"]).not.toContain(approvalChallenge);
    expect(scep.hex(new Uint8Array(row?.["kept"] as ArrayBuffer))).not.toContain(
      scep.hex(scep.text(approvalChallenge)),
    );
  });

  it("3.1 without a challenge it is badAlg and does not wait", async () => {
    const plan = withoutChallenge(waiting());
    await expectRefused(approval, plan);
    expect(await enrolmentRequests(tenant, plan.transactionID ?? "")).toEqual([]);
  });

  it("3.3.3 polls at once after the approval: one certificate, and one poll at least can open it", async () => {
    const plan = waiting();
    expectPending(await approval.enrol(plan));
    await decide(tenant, plan.transactionID, "approve");
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => approval.enrol(pollOf(plan))),
    );
    const successes = replies.filter(({ pkiStatus }) => pkiStatus === "SUCCESS");
    for (const reply of replies) if (reply.pkiStatus !== "SUCCESS") expectFailure(reply, "badAlg");
    expect(successes.length).toBeGreaterThan(0);
    const serials = successes.map((reply) => expectSuccess(reply).certificate.serialNumberHex);
    expect(new Set(serials).size).toBe(1);
    expect(await tenant.certificates(plan.commonName)).toHaveLength(1);
  });
});
