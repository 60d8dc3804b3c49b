/** CA rollover: staged, announced, promoted by date or by hand, undone before that; nobody is turned away meanwhile. */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { keepUpSuccessions } from "../../src/administration/succession-upkeep.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import { later } from "../support/public-ca.ts";
import { nothingDueBut, upkeepDependencies } from "../support/upkeep.ts";
import * as scep from "../support/scep-client/index.ts";

const day = 86_400;
const dependencies = upkeepDependencies({ events: [], told: [] });
const tick = () => keepUpSuccessions(dependencies);

interface Succession {
  readonly state: string;
  readonly successor: {
    readonly id: string;
    readonly name: string;
    readonly subject: string;
    readonly certificate?: string;
  };
  readonly rootChanges: boolean;
  readonly advice: string;
  readonly configurations: readonly {
    readonly name: string;
    readonly moved: boolean;
    readonly agentReady: boolean;
    readonly getNextCACert?: { readonly times: number };
    readonly certificatesOfPredecessor: number;
    readonly certificatesOfSuccessor: number;
  }[];
}

let tenant: Tenant;
let root: string;
let cas = 0;

/** A CA of its own below the root, with configurations on it. */
async function line(
  configurations: Readonly<Record<string, object>>,
  parent: string | null = root,
) {
  const name = `Line ${"ABCDEFGHIJ"[cas]}`;
  cas += 1;
  const id = await tenant.authority(name, "P-256", parent ?? undefined);
  for (const [configuration, wishes] of Object.entries(configurations))
    await tenant.configuration(configuration, { authority: name, ...wishes });
  const path = tenant.path(`certificate-authorities/${id}`);
  return {
    id,
    name,
    show: () => tenant.api.get<Succession>(`${path}/successor`),
    stage: (wishes = {}) => tenant.api.post<Succession>(`${path}/successor`, wishes),
    promote: () => tenant.api.post<Succession>(`${path}/promote`),
    withdraw: () => tenant.api.request("DELETE", `${path}/successor`),
  };
}

const issuerAt = async (configuration: string): Promise<scep.Certificate> => {
  const [agent, issuer] = await scep.getCACert(fetchWorker, tenant.url(configuration));
  if (!agent || !issuer || !scep.isSignedBy(agent, issuer.spki))
    throw new Error("agent and issuer");
  return issuer;
};
const crlHexOf = async (id: string): Promise<string> => {
  const crl = await fetchWorker(new Request(`http://scep.example.test/pki/${id}/crl`));
  return scep.hex(new Uint8Array(await crl.arrayBuffer()));
};
const capabilities = (configuration: string) =>
  scep.getCACaps(fetchWorker, tenant.url(configuration));

interface Device {
  readonly key: scep.KeyPair;
  readonly subject: scep.Bytes;
  readonly certificate: scep.Certificate;
}
async function enrol(configuration: string, challenge: string, name: string): Promise<Device> {
  const key = scep.rsaKeyPair();
  const subject = scep.name("O=Demo", `CN=${name}`);
  const reply = await tenant.client(configuration).enrol({ request: { key, subject, challenge } });
  return { key, subject, certificate: expectSuccess(reply).certificate };
}
const renewal = ({ key, subject, certificate }: Device) => ({
  request: { key, subject },
  signer: { key, certificate },
  messageType: scep.messageTypes.RenewalReq,
});

beforeAll(async () => {
  tenant = await createTenant("Rollover");
  root = await tenant.authority("Shared root", "P-256");
  await nothingDueBut(tenant);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a successor below the same parent", () => {
  it("is announced, promoted by its date, renews what its predecessor issued, and no device is touched", async () => {
    const ca = await line({ "by-date": {}, "by-date-too": { preset: "legacy" } });
    const { challenge, tokenId } = await tenant.token("by-date", { maxUses: 2 });
    const device = await enrol("by-date", challenge, "first");
    const client = tenant.client("by-date");
    await client.chain();
    const before = await issuerAt("by-date");
    expect(await capabilities("by-date")).not.toContain("GetNextCACert");

    const promoteAt = new Date(Date.now() + 30 * day * 1000).toISOString();
    const staged = await ca.stage({ promoteAt });
    expect(staged).toMatchObject({
      state: "staged",
      rootChanges: false,
      successor: { name: `${ca.name} 2` },
    });
    expect((await ca.stage({ promoteAt })).successor.id).toBe(staged.successor.id);

    later(61);
    expect(await capabilities("by-date")).toContain("GetNextCACert");
    const next = await fetchWorker(new Request(`${tenant.url("by-date")}?operation=GetNextCACert`));
    const signed = scep.readSignedReply(new Uint8Array(await next.arrayBuffer()));
    expect(signed.signer.der).toEqual(before.der);
    const announced = scep.readDegenerate(signed.content ?? scep.bytes([]));
    const page = await (
      await fetchWorker(new Request(`http://scep.example.test/pki/${ca.id}/`))
    ).text();
    expect(page).toContain(promoteAt.slice(0, 10));
    expect(page).toContain(`/pki/${staged.successor.id}/`);

    await tick();
    expect((await ca.show()).configurations).toEqual([
      expect.objectContaining({
        name: "by-date",
        agentReady: true,
        moved: false,
        getNextCACert: { times: 1, last: expect.any(String) as unknown },
      }),
      expect.objectContaining({ name: "by-date-too", agentReady: true, moved: false }),
    ]);
    // Announced is not promoted.
    expect((await issuerAt("by-date")).der).toEqual(before.der);

    later(31 * day);
    const late = await client.build(renewal(device));
    await tick();
    later(61);
    const after = await issuerAt("by-date");
    expect(after.der).toEqual(announced[0]?.der);
    expect(after.subject).toEqual(before.subject);
    expect(after.der).not.toEqual(before.der);
    expect(await capabilities("by-date")).not.toContain("GetNextCACert");
    // The preset's two copies of the agent, then the CA and its root, as before.
    const copies = await scep.getCACert(fetchWorker, tenant.url("by-date-too"));
    expect(copies.map(({ der }) => der).slice(0, 2)).toEqual([copies[1]?.der, copies[0]?.der]);
    expect(copies[2]?.der).toEqual(after.der);

    // Sealed for the agent of before, signed with a certificate of before.
    const renewed = expectSuccess(await client.send(late)).certificate;
    expect(scep.isSignedBy(renewed, after.spki)).toBe(true);
    const again = await tenant
      .client("by-date")
      .enrol(renewal({ ...device, certificate: renewed }));
    expect(scep.isSignedBy(expectSuccess(again).certificate, after.spki)).toBe(true);

    // The token goes on where it was.
    const second = await enrol("by-date", challenge, "second");
    expect(scep.isSignedBy(second.certificate, after.spki)).toBe(true);
    await expect(enrol("by-date", challenge, "third")).rejects.toThrow("FAILURE");
    expect(await tenant.api.get(tenant.path(`tokens/${tokenId}`))).toMatchObject({ uses: 2 });

    expect(await ca.show()).toMatchObject({
      state: "promoted",
      configurations: [
        { name: "by-date", moved: true, certificatesOfPredecessor: 1, certificatesOfSuccessor: 3 },
        { name: "by-date-too", moved: true },
      ],
    });
    expect(await tenant.api.get(tenant.path(`certificate-authorities/${ca.id}`))).toMatchObject({
      state: "succeeded",
    });
    // Found and revoked where it was issued.
    const serialNumber = device.certificate.serialNumberHex;
    await tenant.revoke(serialNumber, "keyCompromise");
    expectFailure(await tenant.client("by-date").enrol(renewal(device)), "badRequest");
    expect((await tenant.certificates("first")).map(({ status }) => status)).toContain("revoked");
  });

  it("answers what was asked before: a lost answer, a request that waits, GetCert, GetCRL", async () => {
    const ca = await line({ asked: {}, waiting: { requiresApproval: true } });
    const { challenge } = await tenant.token("asked");
    const key = scep.rsaKeyPair();
    const request = { key, subject: scep.name("O=Demo", "CN=lost"), challenge };
    const client = tenant.client("asked");
    const message = await client.build({ request });
    const first = expectSuccess(await client.send(message)).certificate;

    const waiting = tenant.client("waiting");
    const waitingKey = scep.rsaKeyPair();
    const wish = { key: waitingKey, subject: scep.name("O=Demo", "CN=patient") };
    const transactionID = scep.transactionIDOf(waitingKey);
    expectPending(await waiting.enrol({ request: wish, transactionID }));

    await ca.stage();
    expect(await ca.promote()).toMatchObject({ state: "promoted" });
    expect(expectSuccess(await client.send(message)).certificate.der).toEqual(first.der);
    const { issuer, serialNumber } = first;
    for (const messageType of [scep.messageTypes.GetCert, scep.messageTypes.GetCRL]) {
      const payload = scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber));
      const signer = { key, certificate: first };
      const asked = await tenant
        .client("asked")
        .enrol({ request: { key }, signer, messageType, payload });
      const { certificates, crls } = expectSuccess(asked);
      if (messageType === scep.messageTypes.GetCert)
        expect(certificates[0]?.der).toEqual(first.der);
      // Two CAs have the name; the list is that of the one which issued.
      else expect(crls.map((der) => scep.hex(der))).toEqual([await crlHexOf(ca.id)]);
    }
    expectPending(await tenant.client("waiting").enrol({ request: wish, transactionID }));
    const { items } = await tenant.api.get<{ items: { id: string }[] }>(
      tenant.path("enrolment-requests?status=pending"),
    );
    expect(items).toHaveLength(1);
    await tenant.api.post(tenant.path(`enrolment-requests/${items[0]?.id}/approve`));
    const patient = expectSuccess(
      await tenant.client("waiting").enrol({ request: wish, transactionID }),
    );
    const after = await issuerAt("waiting");
    expect(scep.isSignedBy(patient.certificate, after.spki)).toBe(false);
    const renewed = await tenant
      .client("waiting")
      .enrol(renewal({ ...wish, certificate: patient.certificate }));
    expect(scep.isSignedBy(expectSuccess(renewed).certificate, after.spki)).toBe(true);
  });

  it("is undone before its promotion, and another may be staged then", async () => {
    const ca = await line({ undone: {} });
    const { successor } = await ca.stage({ subject: "CN=Another name,O=Demo" });
    await tick();
    expect((await ca.withdraw()).status).toBe(200);
    expect((await ca.withdraw()).status).toBe(200);
    later(61);
    expect(await capabilities("undone")).not.toContain("GetNextCACert");
    const agents = await dependencies.agents.listAgents(
      tenant.id,
      (await dependencies.configurations.findConfiguration(tenant.id, "undone"))?.id ?? "",
    );
    expect(agents.map((agent) => agent.certificateAuthorityId)).toEqual([ca.id]);
    expect((await ca.show()).state).toBe("withdrawn");
    const second = await ca.stage();
    expect(second.successor.id).not.toBe(successor.id);
    await ca.promote();
    expect((await ca.withdraw()).status).toBe(409);
    expect(await ca.stage({ name: "too late" }).catch(String)).toContain("409");
  });

  it("is finished by the clock, wherever its promotion dies", async () => {
    const ca = await line({ dying: {} });
    await ca.stage();
    const methods = [
      "issueEnrolmentAgent",
      "handOver",
      "takeOverTokens",
      "lastCertificateEnd",
    ] as const;
    const { challenge } = await tenant.token("dying");
    await enrol("dying", challenge, "before");
    for (const method of methods) {
      vi.spyOn(CertificateAuthority.prototype, method).mockRejectedValueOnce(new Error("gone"));
      const asked = await tenant.api.request(
        "POST",
        tenant.path(`certificate-authorities/${ca.id}/promote`),
      );
      expect(asked.status).toBe(500);
      vi.restoreAllMocks();
    }
    vi.spyOn(dependencies.successions, "moveConfiguration").mockRejectedValueOnce(
      new Error("gone"),
    );
    await tick();
    expect((await ca.show()).state).toBe("promoted");
    await tick();
    expect((await ca.show()).configurations).toMatchObject([{ moved: true }]);
    const device = await enrol("dying", challenge, "after");
    expect(scep.isSignedBy(device.certificate, (await issuerAt("dying")).spki)).toBe(true);
  });
});

describe("a root's successor", () => {
  it("is a new root that must be deployed first, and CAs below it follow below the new one", async () => {
    const top = await line({}, null);
    const below = await line({ "below-root": {} }, top.id);
    const staged = await top.stage();
    expect(staged).toMatchObject({ state: "staged", rootChanges: true });
    expect(staged.advice).toContain("before");
    await top.promote();
    const next = await below.stage();
    expect(next).toMatchObject({ rootChanges: true });
    await below.promote();
    later(61);
    const chain = await scep.getCACert(fetchWorker, tenant.url("below-root"));
    const newRoot = chain.at(-1);
    expect(chain).toHaveLength(3);
    expect(newRoot && scep.isSignedBy(chain[1] as scep.Certificate, newRoot.spki)).toBe(true);
  });
});

describe("a CA that was succeeded", () => {
  it("keeps CRL, OCSP and its page until its last certificate has ended, and is retired then", async () => {
    const ca = await line({ ending: { template: { validityDays: 10 } } });
    const { challenge } = await tenant.token("ending");
    await enrol("ending", challenge, "last");
    await ca.stage();
    await ca.promote();
    later(9 * day);
    await tick();
    const state = async () =>
      (await tenant.api.get<{ state: string }>(tenant.path(`certificate-authorities/${ca.id}`)))
        .state;
    expect(await state()).toBe("succeeded");
    // The agent that it certified lives longest.
    later(3 * 365 * day);
    // As are the CAs of the tests before, five in a minute.
    for (let minutes = 0; minutes < 3; minutes++) await tick();
    expect(await state()).toBe("retired");
    for (const file of ["", "ca.cer", "crl"])
      expect(
        (await fetchWorker(new Request(`http://scep.example.test/pki/${ca.id}/${file}`))).status,
      ).toBe(200);
  });
});
