/** PENDING, CertPoll and approval (RFC 8894, sections 3.2.1.3, 3.3.2.3, 3.3.3), black box, over the API's decisions. */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { certPoll, decide, enrolmentRequests, waitingRequest } from "../support/approval.ts";
import { stubOf } from "../support/authorities.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

type Plan = Omit<scep.PkiMessagePlan, "recipient">;

const day = 86_400_000;
let tenant: Tenant;
let client: scep.ScepClient;
let authorityId: string;
let counter = 0;
beforeAll(async () => {
  tenant = await createTenant("Polling");
  client = await tenant.configuration("approval", { requiresApproval: true });
  const { certificateAuthority } = await tenant.api.get<{ certificateAuthority: string }>(
    tenant.path("scep-configurations/approval"),
  );
  authorityId = certificateAuthority;
});

afterEach(() => {
  vi.useRealTimers();
});

const subjectOf = (plan: Plan): scep.Bytes => plan.request.subject ?? scep.name("CN=none");

/** A request of a device with a key, a name and a transactionID of its own. */
function newRequest(more: Partial<scep.CertificationRequestPlan> = {}): Plan & {
  readonly transactionID: string;
} {
  const key = more.key ?? scep.rsaKeyPair();
  const subject = scep.name("O=Demo", `CN=device ${++counter}`);
  return {
    request: { key, subject, ...more },
    signer: scep.selfSigned(key),
    transactionID: scep.transactionIDOf(key),
  };
}

const poll = async (plan: Plan, more: Partial<Plan> = {}): Promise<scep.CertRep> => {
  const [, issuer] = await client.chain();
  const payload = certPoll(plan, issuer?.subject ?? scep.bytes([]), subjectOf(plan));
  return await client.enrol({ ...payload, ...more });
};

async function pending(plan = newRequest()) {
  expectPending(await client.enrol(plan));
  return plan;
}

const commonNameOf = (plan: Plan): string =>
  scep.nameText(subjectOf(plan)).find((part) => part.startsWith("CN=")) ?? "";

describe("PENDING", () => {
  it("3.3.2.3 has exactly the attributes of the standard, no envelope, and a fresh senderNonce", async () => {
    const plan = newRequest();
    const nonces = new Set<string>();
    for (const reply of [await client.enrol(plan), await client.enrol(plan), await poll(plan)]) {
      const { signed, senderNonce } = expectPending(reply);
      const { oids } = scep;
      expect([...signed.attributes.keys()].toSorted()).toEqual(
        [
          oids.contentType,
          oids.messageDigest,
          oids.messageType,
          oids.pkiStatus,
          oids.transactionID,
          oids.senderNonce,
          oids.recipientNonce,
        ].toSorted(),
      );
      expect(signed.content).toEqual(scep.bytes([]));
      nonces.add(scep.hex(senderNonce));
    }
    expect(nonces.size).toBe(3);
  });

  it.each(["SHA-256", "SHA-384", "SHA-512"] as const)(
    "3.1 is signed with the digest of the request (%s)",
    async (digest) => {
      const reply = await client.enrol({ ...newRequest(), signedData: { digest } });
      expect(expectPending(reply).signed.digest).toBe(digest);
    },
  );

  it("2.2 a PKCSReq that is sent again is a poll: one request waits, however often it comes", async () => {
    const plan = newRequest();
    const message = await client.build(plan);
    // scepclient sends the very same octets, certmonger a new message around the same request.
    for (let round = 0; round < 3; round++) {
      expectPending(await client.send(message));
      expectPending(await client.enrol(plan));
      expectPending(await poll(plan));
    }
    expect(await enrolmentRequests(tenant, plan.transactionID)).toHaveLength(1);
    await decide(tenant, plan.transactionID, "approve");
    const { certificate } = expectSuccess(await client.send(message));
    expect(expectSuccess(await poll(plan)).certificate.der).toEqual(certificate.der);
    expect(await tenant.certificates(commonNameOf(plan))).toHaveLength(1);
  });

  it("3.2.1 a request that breaks the template's rules is refused at once and never waits", async () => {
    const weak = newRequest({ key: scep.rsaKeyPair(1024) });
    expectFailure(await client.enrol(weak), "badAlg");
    expect(await enrolmentRequests(tenant, weak.transactionID)).toEqual([]);
  });

  it("7.3 a challenge is not needed; a wrong one that is sent refuses at once", async () => {
    const wrong = newRequest({ challenge: "wrong" });
    expectFailure(await client.enrol(wrong), "badRequest");
    expect(await enrolmentRequests(tenant, wrong.transactionID)).toEqual([]);
  });

  it("7.3 a token that came along is spent by the certificate and not by the waiting", async () => {
    const { challenge } = await tenant.token("approval", { maxUses: 1 });
    const [first, second] = [newRequest({ challenge }), newRequest({ challenge })];
    await pending(first);
    await pending(second);
    await decide(tenant, first.transactionID, "approve");
    await decide(tenant, second.transactionID, "approve");
    expectSuccess(await poll(first));
    expectFailure(await poll(second), "badRequest");
    expectSuccess(await poll(first));
  });
});

describe("CertPoll", () => {
  it("3.3.3 brings the certificate after the approval, and again when the answer was lost", async () => {
    const plan = await pending();
    const decided = await decide(tenant, plan.transactionID, "approve", "Seen on site");
    expect(decided).toMatchObject({ status: "approved", decisionReason: "Seen on site" });
    const { certificate } = expectSuccess(await poll(plan));
    expect([certificate.subject, certificate.spki]).toEqual([
      subjectOf(plan),
      plan.request.key.spki,
    ]);
    expect(expectSuccess(await poll(plan)).certificate.der).toEqual(certificate.der);
    const [item] = await enrolmentRequests(tenant, plan.transactionID);
    expect(item).toMatchObject({ status: "issued", serialNumber: certificate.serialNumberHex });
  });

  it("3.3.3 is FAILURE badRequest after a rejection; the log has the reason, the device has not", async () => {
    const plan = await pending();
    await decide(tenant, plan.transactionID, "reject", "Stolen in March");
    for (const ask of [() => poll(plan), () => client.enrol(plan)]) {
      let reply: scep.CertRep | undefined;
      const [event] = await scepEvents(async () => (reply = await ask()));
      if (!reply) throw new Error("no reply");
      const { failInfoText } = expectFailure(reply, "badRequest");
      expect(failInfoText).toBe("The request was rejected.");
      expect(event).toMatchObject({
        transactionID: plan.transactionID,
        pkiStatus: "FAILURE",
        failInfo: "badRequest",
        reason: "request_rejected",
        detail: "The request was rejected: Stolen in March",
      });
    }
    expect(await tenant.certificates(commonNameOf(plan))).toEqual([]);
  });

  it("3.3.3 the names in it are redundant and not believed (Apple puts the agent's there)", async () => {
    const plan = await pending();
    await decide(tenant, plan.transactionID, "approve");
    const payload = scep.sequence(scep.name("CN=nobody"), scep.name("CN=somebody else"));
    const { certificate } = expectSuccess(await poll(plan, { payload }));
    expect(certificate.subject).toEqual(subjectOf(plan));
  });

  it("3.3.3 is answered in its own cipher and digest", async () => {
    const plan = await pending();
    await decide(tenant, plan.transactionID, "approve");
    for (const [cipher, digest] of [
      ["AES-256-CBC", "SHA-512"],
      ["AES-128-CBC", "SHA-256"],
    ] as const) {
      const reply = await poll(plan, { envelope: { cipher }, signedData: { digest } });
      const success = expectSuccess(reply);
      expect([success.cipher, success.signed.digest]).toEqual([cipher, digest]);
    }
  });

  it("3.3.3 for a transaction that nobody began is badCertId", async () => {
    const { failInfoText } = expectFailure(await poll(newRequest()), "badCertId");
    expect(failInfoText).toBe("There is no such transaction.");
  });

  it.each(["while it waits", "when it is approved", "when it is issued"])(
    "3.2.1.1 with another key is badCertId %s: a transaction belongs to the key that began it",
    async (when) => {
      const plan = await pending();
      if (when !== "while it waits") await decide(tenant, plan.transactionID, "approve");
      if (when === "when it is issued") expectSuccess(await poll(plan));
      const stranger = scep.rsaKeyPair();
      const signer = scep.selfSigned(stranger);
      expectFailure(await poll(plan, { signer }), "badCertId");
      // Nor does the right certificate help without its key.
      const borrowed = {
        key: stranger,
        certificate: plan.signer?.certificate ?? signer.certificate,
      };
      expectFailure(await poll(plan, { signer: borrowed }), "badMessageCheck");
      const stillMine = await poll(plan);
      expect(stillMine.pkiStatus).toBe(when === "while it waits" ? "PENDING" : "SUCCESS");
    },
  );

  it("3.2.1.1 in another configuration of the same CA there is no such transaction", async () => {
    const beside = await tenant.configuration("approval-beside", { requiresApproval: true });
    const plan = await pending();
    const names = scep.sequence(scep.name("CN=x"), subjectOf(plan));
    const asked = { ...plan, messageType: scep.messageTypes.CertPoll, payload: names };
    expectFailure(await beside.enrol(asked), "badCertId");
  });

  it("3.3.3 may be signed anew: the key counts, not the temporary certificate", async () => {
    const plan = await pending();
    await decide(tenant, plan.transactionID, "approve");
    const signer = scep.selfSigned(plan.request.key, scep.name("CN=made for this poll"));
    expectSuccess(await poll(plan, { signer }));
  });
});

describe("the waiting request", () => {
  it("survives eviction of the CA's object, before and after its approval", async () => {
    const plan = await pending();
    await evictDurableObject(stubOf(authorityId));
    expectPending(await poll(plan));
    await decide(tenant, plan.transactionID, "approve", "After a restart");
    await evictDurableObject(stubOf(authorityId));
    const { certificate } = expectSuccess(await poll(plan));
    await evictDurableObject(stubOf(authorityId));
    expect(expectSuccess(await poll(plan)).certificate.der).toEqual(certificate.der);
  });

  it("expires after seven days; then it can be asked for again", async () => {
    const plan = await pending();
    const { id } = await waitingRequest(tenant, plan.transactionID);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 7 * day - 60_000);
    expectPending(await poll(plan));
    vi.setSystemTime(Date.now() + 2 * 60_000);
    expectFailure(await poll(plan), "badCertId");
    const path = tenant.path(`enrolment-requests/${id}`);
    expect((await tenant.api.request("POST", `${path}/approve`)).status).toBe(409);
    expect(await tenant.api.get(path)).toMatchObject({ status: "expired" });
    await pending(plan);
    await decide(tenant, plan.transactionID, "approve");
    expectSuccess(await poll(plan));
  });

  it("waits for its device seven days after the approval, and not longer", async () => {
    const [early, late] = [await pending(), await pending()];
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 6 * day);
    for (const { transactionID } of [early, late]) await decide(tenant, transactionID, "approve");
    vi.setSystemTime(Date.now() + 6 * day);
    expectSuccess(await poll(early));
    vi.setSystemTime(Date.now() + 2 * day);
    expectFailure(await poll(late), "badCertId");
    expect(await tenant.certificates(commonNameOf(late))).toEqual([]);
  });

  it("keeps another request under its transactionID out, and lets it in after a rejection", async () => {
    const first = newRequest();
    const other = { ...newRequest({ key: first.request.key }), transactionID: first.transactionID };
    await pending(first);
    expectFailure(await client.enrol(other), "badRequest");
    await decide(tenant, first.transactionID, "reject", "Wrong name");
    await pending(other);
    await decide(tenant, first.transactionID, "approve", "Right name");
    expect(expectSuccess(await poll(other)).certificate.subject).toEqual(subjectOf(other));
    // What was rejected stays rejected, and something was issued under its transactionID by now.
    expectFailure(await client.enrol(first), "badRequest");
  });

  it("keeps another request out while it is approved and not fetched", async () => {
    const first = await pending();
    await decide(tenant, first.transactionID, "approve");
    const other = { ...newRequest({ key: first.request.key }), transactionID: first.transactionID };
    expectFailure(await client.enrol(other), "badRequest");
    expect(expectSuccess(await poll(first)).certificate.subject).toEqual(subjectOf(first));
  });

  it("of another key under a transactionID that is taken keeps nobody out", async () => {
    const stranger = newRequest();
    const owner = { ...newRequest(), transactionID: stranger.transactionID };
    expectPending(await client.enrol(stranger));
    expectPending(await client.enrol(owner));
    const [newest] = await enrolmentRequests(tenant, owner.transactionID);
    await tenant.api.post(tenant.path(`enrolment-requests/${newest?.id}/approve`), {});
    const { certificate } = expectSuccess(await poll(owner));
    expect(certificate.spki).toEqual(owner.request.key.spki);
    expectPending(await poll(stranger));
  });
});

describe("races", () => {
  it("twenty polls at once after the approval bring one certificate", async () => {
    const plan = await pending();
    await decide(tenant, plan.transactionID, "approve");
    const replies = await Promise.all(Array.from({ length: 20 }, () => poll(plan)));
    const serials = replies.map((reply) => expectSuccess(reply).certificate.serialNumberHex);
    expect(new Set(serials).size).toBe(1);
    expect(await tenant.certificates(commonNameOf(plan))).toHaveLength(1);
  });

  it("polls, re-sent requests and the approval at once bring one certificate", async () => {
    for (let round = 0; round < 5; round++) {
      const plan = await pending();
      const asking = Array.from({ length: 10 }, (_, index) =>
        index % 2 ? poll(plan) : client.enrol(plan),
      );
      const [replies] = await Promise.all([
        Promise.all(asking),
        decide(tenant, plan.transactionID, "approve"),
      ]);
      const last = expectSuccess(await poll(plan)).certificate.serialNumberHex;
      for (const reply of replies) {
        if (reply.pkiStatus === "PENDING") continue;
        expect(expectSuccess(reply).certificate.serialNumberHex).toBe(last);
      }
      expect(await tenant.certificates(commonNameOf(plan))).toHaveLength(1);
    }
  });

  it("twenty first requests at once leave one that waits", async () => {
    const plan = newRequest();
    const replies = await Promise.all(Array.from({ length: 20 }, () => client.enrol(plan)));
    for (const reply of replies) expectPending(reply);
    expect(await enrolmentRequests(tenant, plan.transactionID)).toHaveLength(1);
  });

  it("an approval and a rejection at once: the poll after it agrees with the one that won", async () => {
    const plan = await pending();
    const { id } = await waitingRequest(tenant, plan.transactionID);
    const path = tenant.path(`enrolment-requests/${id}`);
    const [approval, rejection] = await Promise.all([
      tenant.api.request("POST", `${path}/approve`),
      tenant.api.request("POST", `${path}/reject`),
    ]);
    expect(new Set([approval.status, rejection.status])).toEqual(new Set([200, 409]));
    const { pkiStatus } = await poll(plan);
    expect(pkiStatus).toBe(approval.status === 200 ? "SUCCESS" : "FAILURE");
  });
});

it("2.3 where requests wait, a valid certificate of ours stands in for the person", async () => {
  const plan = await pending();
  await decide(tenant, plan.transactionID, "approve");
  const { certificate } = expectSuccess(await poll(plan));
  const signer = { key: plan.request.key, certificate };
  for (const messageType of [scep.messageTypes.PKCSReq, scep.messageTypes.RenewalReq]) {
    const renewed = expectSuccess(await client.enrol({ ...plan, signer, messageType }));
    expect(renewed.certificate.serialNumberHex).not.toBe(certificate.serialNumberHex);
  }
});

describe("requiresApproval", () => {
  it("holds from the next request on after it was switched on or off", async () => {
    const toggled = await tenant.configuration("toggled");
    const { challenge } = await tenant.token("toggled");
    const set = (requiresApproval: boolean) =>
      tenant.api.patch(tenant.path("scep-configurations/toggled"), { requiresApproval });
    expectSuccess(await toggled.enrol(newRequest({ challenge })));
    await set(true);
    const waits = newRequest({ challenge });
    expectPending(await toggled.enrol(waits));
    await set(false);
    const { certificate } = expectSuccess(await toggled.enrol(waits));
    const asked = certPoll(waits, scep.name("CN=x"), subjectOf(waits));
    expect(expectSuccess(await toggled.enrol(asked)).certificate.der).toEqual(certificate.der);
    expect(await tenant.certificates(commonNameOf(waits))).toHaveLength(1);
    const [item] = await enrolmentRequests(tenant, waits.transactionID);
    expect(item).toMatchObject({ status: "issued", serialNumber: certificate.serialNumberHex });
  });

  it("an approval brings nothing where another request was issued under the transactionID meanwhile", async () => {
    const switched = await tenant.configuration("switched", { requiresApproval: true });
    const { challenge } = await tenant.token("switched");
    const waits = newRequest({ challenge });
    expectPending(await switched.enrol(waits));
    await tenant.api.patch(tenant.path("scep-configurations/switched"), {
      requiresApproval: false,
    });
    const { key } = waits.request;
    const other = { ...newRequest({ challenge, key }), transactionID: waits.transactionID };
    expectSuccess(await switched.enrol(other));
    await decide(tenant, waits.transactionID, "approve");
    const asked = certPoll(waits, scep.name("CN=x"), subjectOf(waits));
    expectFailure(await switched.enrol(asked), "badRequest");
    expect(await tenant.certificates(commonNameOf(waits))).toEqual([]);
  });
});
