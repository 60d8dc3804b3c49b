/** GetCert, GetCRL and GetNextCACert (RFC 8894, sections 3.3.4, 3.3.5, 4.7), black box but for the staging of a successor. */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { authorities, inObject } from "../support/authorities.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const day = 86_400_000;
const { GetCert, GetCRL } = scep.messageTypes;
const keyAlgorithms = ["RSA-2048", "P-256", "P-384"] as const;

let tenant: Tenant;
let counter = 0;
/** Does what the alarm of a CA, or the cron after a lost one, does. */
const alarms = new Map<string, () => Promise<unknown>>();

beforeAll(async () => {
  tenant = await createTenant("Access");
  const root = await tenant.authority("Access EC Root", "P-384");
  for (const keyAlgorithm of keyAlgorithms) {
    const id = await tenant.authority(`CA ${keyAlgorithm}`, keyAlgorithm, root);
    alarms.set(keyAlgorithm, () => authorities.get(id).wake());
    await tenant.configuration(keyAlgorithm, { authority: `CA ${keyAlgorithm}` });
  }
  await tenant.configuration("beside", { authority: "CA RSA-2048" });
});

afterEach(() => {
  vi.useRealTimers();
});

const later = (milliseconds: number): void => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + milliseconds);
};

async function holderOn(configuration: string): Promise<scep.SignerPlan> {
  const { challenge } = await tenant.token(configuration);
  const key = scep.rsaKeyPair();
  const subject = scep.name("O=Demo", `CN=holder ${++counter}`);
  const reply = await tenant.client(configuration).enrol({ request: { key, subject, challenge } });
  return { key, certificate: expectSuccess(reply).certificate };
}

const nameOf = ({ issuer, serialNumber }: scep.Certificate): scep.Bytes =>
  scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber));

interface Question {
  readonly configuration?: string;
  readonly payload?: scep.Bytes;
  readonly transactionID?: string;
  readonly cipher?: scep.Cipher;
  readonly digest?: scep.Digest;
}

/** Asks about the signer's own certificate unless told otherwise. */
async function ask(
  messageType: string,
  signer: scep.SignerPlan,
  { configuration = "RSA-2048", payload, transactionID, cipher, digest }: Question = {},
): Promise<scep.CertRep> {
  return await tenant.client(configuration).enrol({
    request: { key: signer.key },
    signer,
    messageType,
    payload: payload ?? nameOf(signer.certificate),
    ...(transactionID !== undefined && { transactionID }),
    ...(cipher && { envelope: { cipher } }),
    ...(digest && { signedData: { digest } }),
  });
}

async function crlOf(signer: scep.SignerPlan, question?: Question): Promise<scep.CertificateList> {
  const { crls } = expectSuccess(await ask(GetCRL, signer, question));
  return scep.readCertificateList(crls[0] ?? scep.bytes([]));
}

describe("GetCert", () => {
  it("3.3.4 brings the certificate of that issuer and serial number, and no other", async () => {
    const [one, other] = [await holderOn("RSA-2048"), await holderOn("RSA-2048")];
    for (const { certificate } of [one, other]) {
      const reply = await ask(GetCert, one, { payload: nameOf(certificate) });
      expect(expectSuccess(reply).certificates.map(({ der }) => der)).toEqual([certificate.der]);
    }
  });

  it("3.3.4 brings certificates of the tenant's other configurations of this CA", async () => {
    const [one, other] = [await holderOn("RSA-2048"), await holderOn("beside")];
    const reply = await ask(GetCert, one, { payload: nameOf(other.certificate) });
    expect(expectSuccess(reply).certificate.der).toEqual(other.certificate.der);
  });

  it("3.3.4 brings certificates that have ended, to those whose own has not", async () => {
    const ended = await holderOn("RSA-2048");
    later(89 * day);
    const asking = await holderOn("RSA-2048");
    later(2 * day);
    const reply = await ask(GetCert, asking, { payload: nameOf(ended.certificate) });
    expect(expectSuccess(reply).certificate.der).toEqual(ended.certificate.der);
  });

  it("3.3.4 is badCertId for what there is not", async () => {
    const signer = await holderOn("RSA-2048");
    const { issuer } = signer.certificate;
    for (const serialNumber of ["00", "01", "0102030405060708090a0b0c0d0e0f1011121314"]) {
      const number = scep.tlv(scep.tag.integer, scep.fromHex(serialNumber));
      const reply = await ask(GetCert, signer, { payload: scep.sequence(issuer, number) });
      expectFailure(reply, "badCertId");
    }
  });

  it.each([
    ["nothing", scep.bytes([])],
    ["a PKCS #10", scep.buildCertificationRequest({ key: scep.rsaKeyPair() })],
    ["a name alone", scep.name("CN=x")],
    ["an issuer without a serial number", scep.sequence(scep.name("CN=x"))],
  ])("3.3.4 with %s in the envelope is refused", async (_, payload) => {
    const signer = await holderOn("RSA-2048");
    for (const messageType of [GetCert, GetCRL])
      expectFailure(await ask(messageType, signer, { payload }), "badMessageCheck");
  });
});

describe("GetCRL", () => {
  it.each(keyAlgorithms)(
    "3.3.5 brings a valid, empty CRL, signed by the CA's key: %s",
    async (at) => {
      const signer = await holderOn(at);
      const { crls, certificates } = expectSuccess(
        await ask(GetCRL, signer, { configuration: at }),
      );
      expect([crls.length, certificates.length]).toEqual([1, 0]);
      const crl = scep.readCertificateList(crls[0]!);
      const [, issuer] = await tenant.client(at).chain();
      if (!issuer) throw new Error("no issuer");
      expect(scep.isCrlSignedBy(crl, issuer.spki)).toBe(true);
      expect(crl.issuer).toEqual(issuer.subject);
      expect(crl.revoked).toEqual([]);
      expect(crl.number).toBeGreaterThan(0);
      expect(crl.thisUpdate.getTime()).toBeLessThanOrEqual(Date.now());
      expect(crl.nextUpdate.getTime()).toBeGreaterThan(Date.now() + 3 * day);
      const mine = crl.extensions.get(scep.oids.authorityKeyIdentifier);
      const theirs = issuer.extensions.get(scep.oids.subjectKeyIdentifier)?.value;
      expect(mine && theirs && scep.hex(mine)).toContain(scep.hex(theirs?.slice(2) ?? mine!));
    },
  );

  it("3.3.5 is the same until half its life is over, then a new one with a higher number", async () => {
    const signer = await holderOn("RSA-2048");
    const first = await crlOf(signer);
    expect((await crlOf(signer)).der).toEqual(first.der);
    const half = (first.nextUpdate.getTime() - Date.now()) / 2;
    later(half - day / 2);
    expect((await crlOf(signer)).der).toEqual(first.der);
    later(day);
    await alarms.get("RSA-2048")?.();
    const second = await crlOf(signer);
    expect(second.number).toBe(first.number + 1);
    expect(second.thisUpdate.getTime()).toBeGreaterThan(first.thisUpdate.getTime());
    // RFC 5280, section 5.1.2.5: the old one had not ended when the new one came.
    expect(first.nextUpdate.getTime()).toBeGreaterThan(Date.now());
    // No alarm rang for a month: to ask is enough.
    later(30 * day);
    const third = await crlOf(signer);
    expect(third.number).toBe(second.number + 1);
    expect(third.nextUpdate.getTime()).toBeGreaterThan(Date.now() + 3 * day);
  });

  it("3.3.5 asked for twenty times at once when there is none is made once", async () => {
    const signer = await holderOn("P-256");
    const question = { configuration: "P-256" };
    const before = await crlOf(signer, question);
    later(8 * day);
    const lists = await Promise.all(Array.from({ length: 20 }, () => crlOf(signer, question)));
    expect(new Set(lists.map(({ der }) => scep.hex(der))).size).toBe(1);
    expect(lists[0]?.number).toBe(before.number + 1);
  });

  it("3.3.5 has what was revoked, with its reason, from the next list on", async () => {
    const [signer, lost] = [await holderOn("RSA-2048"), await holderOn("RSA-2048")];
    const before = await crlOf(signer);
    const { serialNumberHex } = lost.certificate;
    await tenant.revoke(serialNumberHex, "keyCompromise");
    later(61_000);
    await alarms.get("RSA-2048")?.();
    const after = await crlOf(signer);
    expect(after.number).toBe(before.number + 1);
    expect(after.revoked).toMatchObject([{ serialNumberHex, reasonCode: 1 }]);
    const [, issuer] = await tenant.client("RSA-2048").chain();
    expect(issuer && scep.isCrlSignedBy(after, issuer.spki)).toBe(true);
  });

  it("3.3.5 is the whole CA's, whichever of its certificates is named, and badCertId for another CA's", async () => {
    const signer = await holderOn("RSA-2048");
    const { issuer } = signer.certificate;
    const unknown = scep.sequence(issuer, scep.tlv(scep.tag.integer, scep.fromHex("01")));
    expect((await crlOf(signer, { payload: unknown })).der).toEqual((await crlOf(signer)).der);
    const foreign = nameOf((await holderOn("P-256")).certificate);
    expectFailure(await ask(GetCRL, signer, { payload: foreign }), "badCertId");
  });
});

describe("GetCert and GetCRL", () => {
  it.each(["SSCEP transactionId", "0", "1", " "])(
    '3.2.1.1 take the transactionID "%s", again and again',
    async (transactionID) => {
      const [one, other] = [await holderOn("RSA-2048"), await holderOn("RSA-2048")];
      for (const signer of [one, other, one]) {
        const { certificate } = expectSuccess(await ask(GetCert, signer, { transactionID }));
        expect(certificate.der).toEqual(signer.certificate.der);
        expectSuccess(await ask(GetCRL, signer, { transactionID }));
      }
    },
  );

  it("3.2.2 are answered in the request's cipher and digest", async () => {
    const signer = await holderOn("RSA-2048");
    for (const messageType of [GetCert, GetCRL]) {
      for (const [cipher, digest] of [
        ["AES-256-CBC", "SHA-512"],
        ["AES-128-CBC", "SHA-256"],
      ] as const) {
        const reply = expectSuccess(await ask(messageType, signer, { cipher, digest }));
        expect([reply.cipher, reply.signed.digest]).toEqual([cipher, digest]);
      }
    }
  });

  it("3.3.4 issue nothing and are logged as answers", async () => {
    const signer = await holderOn("RSA-2048");
    const before = (await tenant.certificates("")).length;
    for (const messageType of [GetCert, GetCRL]) {
      const events = await scepEvents(() => ask(messageType, signer));
      const event = events.find(({ operation }) => operation === "PKIOperation");
      expect(event).toMatchObject({ messageType, pkiStatus: "SUCCESS", outcome: "answered" });
    }
    expect(await tenant.certificates("")).toHaveLength(before);
  });
});

describe("GetNextCACert", () => {
  const nextOf = async (configuration: string): Promise<scep.PlainAnswer> => {
    const url = `${tenant.url(configuration)}?operation=GetNextCACert`;
    return await scep.answerOf(await fetchWorker(new Request(url)));
  };
  const capabilitiesOf = (configuration: string): Promise<string[]> =>
    scep.getCACaps(fetchWorker, tenant.url(configuration));

  it.each(keyAlgorithms)(
    "4.7.1 is announced within a minute after a successor was staged, signed by the current CA: %s",
    async (at) => {
      expect((await nextOf(at)).status).toBe(404);
      expect(await capabilitiesOf(at)).not.toContain("GetNextCACert");

      const key = at === "RSA-2048" ? scep.rsaKeyPair() : scep.ecKeyPair();
      const root = scep.buildCertificate({ key: scep.ecKeyPair(), subject: scep.name("CN=Root") });
      const next = scep.buildCertificate({ key, subject: scep.name("O=Demo", `CN=next ${at}`) });
      const { certificateAuthority } = await tenant.api.get<{ certificateAuthority: string }>(
        tenant.path(`scep-configurations/${at}`),
      );
      await inObject(certificateAuthority, (object) => object.stageSuccessor([next.der, root.der]));
      later(61_000);

      expect(await capabilitiesOf(at)).toContain("GetNextCACert");
      const answer = await nextOf(at);
      expect(answer).toMatchObject({
        status: 200,
        contentType: "application/x-x509-next-ca-cert",
      });
      const signed = scep.readSignedReply(answer.body);
      const [, issuer] = await scep.getCACert(fetchWorker, tenant.url(at));
      expect(signed.signer.der).toEqual(issuer?.der);
      expect([...signed.attributes.keys()].toSorted()).toEqual(
        [scep.oids.contentType, scep.oids.messageDigest].toSorted(),
      );
      const certificates = scep.readDegenerate(signed.content ?? scep.bytes([]));
      expect(certificates.map(({ der }) => der)).toEqual([next.der, root.der]);
    },
  );

  it("4.7.1 is announced by every configuration of that CA and by no other CA's", async () => {
    later(120_000);
    expect((await nextOf("beside")).status).toBe(200);
    expect(await capabilitiesOf("beside")).toContain("GetNextCACert");
    await tenant.configuration("alone");
    expect((await nextOf("alone")).status).toBe(404);
  });

  it("4.7.1 the current CA goes on to enrol meanwhile", async () => {
    const { certificate } = await holderOn("RSA-2048");
    const [, issuer] = await tenant.client("RSA-2048").chain();
    expect(issuer && scep.isSignedBy(certificate, issuer.spki)).toBe(true);
  });
});
