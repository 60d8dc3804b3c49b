/** PKCSReq: what a request may look like, what it is refused for, what is issued for it. Black box. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let modern: scep.ScepClient;
let legacy: scep.ScepClient;
let challenge: string;
let legacyChallenge: string;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  tenant = await createTenant("Operation");
  modern = await tenant.configuration("modern");
  legacy = await tenant.configuration("legacy", {
    preset: "legacy",
    template: { requestSignature: "verify-md5-too" },
  });
  ({ challenge } = await tenant.token("modern"));
  ({ challenge: legacyChallenge } = await tenant.token("legacy"));
});

const request = (
  more: Partial<scep.CertificationRequestPlan> = {},
): scep.CertificationRequestPlan => ({ key, challenge, ...more });
const enrol = (plan: Partial<Omit<scep.PkiMessagePlan, "recipient">> = {}) =>
  modern.enrol({ request: request(), ...plan });

describe("what a request may look like", () => {
  it("2.3 the reply is sealed for the signer's certificate, whose name need not be the request's", async () => {
    const signer = scep.selfSigned(key, scep.name("CN=6D9F3C0E-1B7C-4B0C-8B8E-5D1E3B4F5A6C"));
    expectSuccess(await enrol({ signer }));
  });

  it("2.3 the signer is found by its identifier among several certificates", async () => {
    const others = [scep.selfSigned(scep.rsaKeyPair()).certificate.der, (await modern.agent()).der];
    const signer = scep.selfSigned(key);
    expectSuccess(
      await enrol({ signer, signedData: { certificates: [...others, signer.certificate.der] } }),
    );
  });

  it("2.3 negative and very long serial numbers of temporary certificates are no obstacle", async () => {
    for (const serialNumber of [
      scep.bytes([0xff, 0x01]),
      scep.bytes([0]),
      scep.bytes(Array.from({ length: 40 }, () => 0x55)),
    ]) {
      const certificate = scep.buildCertificate({ key, serialNumber });
      expectSuccess(await enrol({ signer: { key, certificate } }));
    }
  });

  it("2.3 a device whose clock is wrong may sign with an ended or a future certificate", async () => {
    const year = 31_536_000_000;
    for (const offset of [-20 * year, 10 * year]) {
      const notBefore = new Date(Date.now() + offset);
      const certificate = scep.buildCertificate({
        key,
        notBefore,
        notAfter: new Date(notBefore.getTime() + year),
      });
      expectSuccess(await enrol({ signer: { key, certificate } }));
    }
  });

  it("3.1 the signature may name sha256WithRSAEncryption instead of rsaEncryption", async () => {
    expectSuccess(await enrol({ signedData: { signatureAlgorithm: "combined" } }));
  });

  it("3.1 signed attributes may come in any order", async () => {
    const reversed = {
      editAttributes: (list: readonly scep.Bytes[]) => list.toReversed(),
      signedData: { unsortedAttributes: true },
    };
    expectSuccess(await enrol(reversed));
  });

  it("3.1 attributes that nobody knows are passed over (jscep's cmsAlgorithmProtection)", async () => {
    const foreign = scep.attributeOf(
      "1.2.840.113549.1.9.52",
      scep.sequence(scep.algorithm("2.16.840.1.101.3.4.2.1")),
    );
    expectSuccess(await enrol({ editAttributes: (list) => [...list, foreign] }));
  });

  it("3.2.2 the recipient is found among several, wherever it stands", async () => {
    const [agent, issuer, root] = await modern.chain();
    if (!agent || !issuer || !root) throw new Error("the chain is too short");
    for (const order of [
      [agent, issuer, root],
      [root, issuer, agent],
    ]) {
      expectSuccess(
        await enrol({ envelope: { recipients: order.map((certificate) => ({ certificate })) } }),
      );
    }
  });

  it.each(["PKCS1", "OAEP-SHA-1", "OAEP-SHA-256"] as const)(
    "3.2.2 key transport may be %s",
    async (keyTransport) => {
      expectSuccess(await enrol({ recipientPlan: { keyTransport } }));
    },
  );

  it.each([3072, 4096])("3.2 RSA keys of %i bits are served by GET too", async (bits) => {
    const large = scep.rsaKeyPair(bits);
    const message = await modern.build({ request: request({ key: large }) });
    const reply = await modern.send(message, scep.getPkiOperation(modern.url, message.der));
    expect(expectSuccess(reply).certificate.spki).toEqual(large.spki);
  });

  it.each(["printable", "utf8", "ia5", "bmp", "t61"] as const)(
    "7.3 the challengePassword may be a %s string",
    async (type) => {
      expectSuccess(await enrol({ request: request({ challengeTag: scep.tag[type] }) }));
    },
  );

  it("2.3 CSR attributes may be out of DER order (strongSwan)", async () => {
    const extensions = [scep.extensions.subjectAltName(scep.generalName.dns("order.demo.test"))];
    for (const reverseAttributes of [false, true]) {
      const reply = await enrol({ request: request({ extensions, reverseAttributes }) });
      const names = expectSuccess(reply).certificate.extensions.get(scep.oids.subjectAltName);
      expect(names?.value).toEqual(scep.sequence(scep.generalName.dns("order.demo.test")));
    }
  });

  it("2.3 names keep their order and their string types", async () => {
    const subjects = [
      scep.name(
        { type: "O", value: "Demo", stringTag: scep.tag.printable },
        { type: "CN", value: "a", stringTag: scep.tag.printable },
      ),
      scep.name(
        { type: "CN", value: "b", stringTag: scep.tag.t61 },
        { type: "O", value: "Demo", stringTag: scep.tag.utf8 },
      ),
      scep.name(
        { type: "O", value: "Demo", stringTag: scep.tag.bmp },
        { type: "CN", value: "ünï", stringTag: scep.tag.bmp },
      ),
    ];
    for (const subject of subjects) {
      expect(
        expectSuccess(await enrol({ request: request({ subject }) })).certificate.subject,
      ).toEqual(subject);
    }
  });

  it("2.3 a device with an EC key gets badAlg where the template allows RSA only", async () => {
    const ec = scep.ecKeyPair();
    expectFailure(
      await enrol({ request: request({ key: ec }), signer: scep.selfSigned(ec) }),
      "badAlg",
    );
  });
});

describe("failInfo", () => {
  const cases: readonly [
    string,
    scep.FailInfoName,
    () => Partial<Omit<scep.PkiMessagePlan, "recipient">>,
  ][] = [
    ["a digest that is not served", "badAlg", () => ({ signedData: { digest: "SHA-1" } })],
    ["MD5", "badAlg", () => ({ signedData: { digest: "MD5" } })],
    ["a cipher that is not served", "badAlg", () => ({ envelope: { cipher: "DES-EDE3-CBC" } })],
    ["DES", "badAlg", () => ({ envelope: { cipher: "DES-CBC" } })],
    [
      "a key that is too small",
      "badAlg",
      () => ({ request: request({ key: scep.rsaKeyPair(1024) }) }),
    ],
    [
      "a signature that does not verify",
      "badMessageCheck",
      () => ({ signedData: { editSignature: flipped } }),
    ],
    [
      "an envelope for somebody else",
      "badMessageCheck",
      () => ({ envelope: { recipients: [{ certificate: scep.selfSigned(key).certificate }] } }),
    ],
    [
      "a CSR signature that does not verify",
      "badMessageCheck",
      () => ({ request: request({ editSignature: flipped }) }),
    ],
    [
      "a challenge that is not known",
      "badRequest",
      () => ({ request: request({ challenge: "wrong" }) }),
    ],
    ["no challenge at all", "badRequest", () => ({ request: { key } })],
    [
      "a subject that the token does not allow",
      "badRequest",
      () => ({ request: request({ subject: scep.name("O=Other", "CN=x") }) }),
    ],
    [
      "RenewalReq from a self-signed signer",
      "badMessageCheck",
      () => ({ messageType: scep.messageTypes.RenewalReq }),
    ],
    [
      "CertPoll for a transaction that nobody began",
      "badCertId",
      () => ({ messageType: scep.messageTypes.CertPoll }),
    ],
    [
      "GetCert from a self-signed signer",
      "badMessageCheck",
      () => ({ messageType: scep.messageTypes.GetCert }),
    ],
    [
      "GetCRL from a self-signed signer",
      "badMessageCheck",
      () => ({ messageType: scep.messageTypes.GetCRL }),
    ],
  ];
  it.each(cases)("3.2.1.4 %s: %s", async (_, failInfo, plan) => {
    expectFailure(await enrol(plan()), failInfo);
  });

  it("3.2.1.4.5 nothing was issued by any of them", async () => {
    const before = (await tenant.certificates("")).length;
    for (const [, failInfo, plan] of cases) expectFailure(await enrol(plan()), failInfo);
    expect((await tenant.certificates("")).length).toBe(before);
  });
});

const flipped = (signature: scep.Bytes): scep.Bytes =>
  signature.map((octet, index) => (index === 40 ? octet ^ 1 : octet));

describe("transactions", () => {
  it("2.2 the same octets again give the same certificate", async () => {
    const message = await modern.build({
      request: request({ subject: scep.name("O=Demo", "CN=again") }),
    });
    const first = expectSuccess(await modern.send(message));
    const second = expectSuccess(await modern.send(message));
    expect(second.certificate.der).toEqual(first.certificate.der);
    expect(await tenant.certificates("CN=again")).toHaveLength(1);
  });

  it("2.2 the same request in a new message (nonce, envelope, signer certificate) gives the same certificate", async () => {
    const plan = {
      request: request({ subject: scep.name("O=Demo", "CN=wrapped anew") }),
      transactionID: "A1B2C3D4",
    };
    const first = expectSuccess(await enrol(plan));
    const second = expectSuccess(await enrol(plan));
    expect(second.certificate.der).toEqual(first.certificate.der);
  });

  it("3.2.1.1 one transactionID for two requests is refused once something was issued under it", async () => {
    const transactionID = scep.transactionIDOf(scep.rsaKeyPair());
    expectSuccess(
      await enrol({ request: request({ subject: scep.name("O=Demo", "CN=one") }), transactionID }),
    );
    const other = await enrol({
      request: request({ subject: scep.name("O=Demo", "CN=two") }),
      transactionID,
    });
    expectFailure(other, "badRequest");
    expect(await tenant.certificates("CN=two")).toHaveLength(0);
  });

  it("3.2.1.1 after a FAILURE the client may try again under the same transactionID", async () => {
    const transactionID = "E5E5E5E5";
    expectFailure(
      await enrol({ request: request({ challenge: "wrong" }), transactionID }),
      "badRequest",
    );
    expectSuccess(await enrol({ transactionID }));
  });

  it("3.2.1.1 a transactionID belongs to its configuration", async () => {
    const transactionID = "F0F0F0F0";
    const first = expectSuccess(
      await enrol({ request: request({ subject: scep.name("O=Demo", "CN=here") }), transactionID }),
    );
    const there = request({ challenge: legacyChallenge, subject: scep.name("O=Demo", "CN=there") });
    const second = expectSuccess(await legacy.enrol({ request: there, transactionID }));
    expect(second.certificate.serialNumberHex).not.toBe(first.certificate.serialNumberHex);
  });
});

describe("certificates", () => {
  it("2.3 serial numbers are positive, at most 20 octets, and hold at least 64 random bits", async () => {
    const serials: scep.Bytes[] = [];
    for (let round = 0; round < 8; round++)
      serials.push(expectSuccess(await enrol()).certificate.serialNumber);
    for (const serial of serials) {
      expect(serial[0]! & 0x80).toBe(0);
      expect(serial.length).toBeLessThanOrEqual(20);
      expect(serial.length).toBeGreaterThanOrEqual(9);
    }
    expect(new Set(serials.map((serial) => scep.hex(serial))).size).toBe(serials.length);
  });

  it("2.3 validity begins a little in the past and never ends after the CA's", async () => {
    const { certificate } = expectSuccess(await enrol());
    const [, authority] = await modern.chain();
    expect(certificate.notBefore.getTime()).toBeLessThan(Date.now());
    expect(certificate.notBefore.getTime()).toBeGreaterThan(Date.now() - 3_600_000);
    expect(certificate.notAfter.getTime()).toBeLessThanOrEqual(authority?.notAfter.getTime() ?? 0);
    const days = (certificate.notAfter.getTime() - certificate.notBefore.getTime()) / 86_400_000;
    expect(days).toBeGreaterThan(89);
    expect(days).toBeLessThan(91);
  });

  it("2.3 key usage is always there and follows the request within what the template allows", async () => {
    const usagesFor = async (extensions?: readonly scep.Bytes[]) => {
      const plan = extensions === undefined ? request() : request({ extensions });
      const usage = expectSuccess(await enrol({ request: plan })).certificate.extensions.get(
        scep.oids.keyUsage,
      );
      expect(usage?.critical).toBe(true);
      return scep.usagesOf(usage?.value ?? scep.bytes([]));
    };
    expect(await usagesFor()).toEqual(["digitalSignature", "keyEncipherment"]);
    expect(await usagesFor([scep.extensions.keyUsage("digitalSignature")])).toEqual([
      "digitalSignature",
    ]);
    expect(await usagesFor([scep.extensions.keyUsage("keyEncipherment")])).toEqual([
      "keyEncipherment",
    ]);
  });

  it("2.3 subject and authority key identifiers lead from the certificate to its issuer", async () => {
    const { certificate } = expectSuccess(await enrol());
    const [, authority] = await modern.chain();
    const mine = certificate.extensions.get(scep.oids.authorityKeyIdentifier)?.value;
    const theirs = authority?.extensions.get(scep.oids.subjectKeyIdentifier)?.value;
    if (!mine || !theirs) throw new Error("a key identifier is missing");
    expect(scep.hex(mine)).toContain(scep.hex(theirs.slice(2)));
    expect(certificate.extensions.has(scep.oids.subjectKeyIdentifier)).toBe(true);
  });
});
