/** Abuse of the pkcsPKIEnvelope: size, form, recipients, ciphers, decryption oracles (threats 26 to 30). */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let agent: scep.Certificate;
let challenge: string;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  tenant = await createTenant("Envelopes");
  client = await tenant.configuration("devices");
  agent = await client.agent();
  ({ challenge } = await tenant.token("devices"));
});

type Plan = Partial<Omit<scep.PkiMessagePlan, "recipient">>;
const build = (plan: Plan = {}) => client.build({ request: { key, challenge }, ...plan });
const post = async (body: Uint8Array) =>
  scep.answerOf(await fetchWorker(scep.postPkiOperation(client.url, body)));

/** 4xx or a signed FAILURE, and the service goes on. */
async function expectHarmless(body: Uint8Array): Promise<void> {
  const started = Date.now();
  const answer = await post(body);
  expect(answer.status).toBeLessThan(500);
  expect(Date.now() - started).toBeLessThan(5000);
  if (answer.status === 200) {
    const status = scep.readSignedReply(answer.body).attributes.get(scep.oids.pkiStatus)?.[0];
    expect(status && scep.stringOf(status)).toBe("2");
  }
  expectSuccess(await client.send(await build()));
}

describe("threat 26: what is too deep, too long or too many is refused before it costs anything", () => {
  const deep = (levels: number, opening: readonly number[]) =>
    scep.bytes(Array.from({ length: levels }, () => opening).flat());

  it("nesting of 30,000 levels, definite and indefinite", async () => {
    await expectHarmless(deep(30_000, [0x30, 0x80]));
    await expectHarmless(deep(30_000, [0x24, 0x80]));
    let nested = scep.bytes([0x30, 0]);
    for (let level = 0; level < 5000; level++) nested = scep.sequence(nested);
    await expectHarmless(nested);
  });

  it("33 levels inside a message that is otherwise lawful", async () => {
    let nested = scep.nullValue;
    for (let level = 0; level < 33; level++) nested = scep.sequence(nested);
    await expectHarmless((await build({ payload: nested })).der);
    await expectHarmless(
      (await build({ editAttributes: (list) => [...list, scep.attributeOf("1.2.3.4", nested)] }))
        .der,
    );
  });

  it("lengths of 2^31, 2^63 and of more octets than there are", async () => {
    for (const length of [
      [0x84, 0x7f, 0xff, 0xff, 0xff],
      [0x84, 0x80, 0, 0, 0],
      [0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x88, 0x80, 0, 0, 0, 0, 0, 0, 0],
      [0xff, 1],
      [0x82, 0xff, 0xff],
    ]) {
      await expectHarmless(scep.bytes([0x30, ...length, 0x06, 0x01, 0x2a]));
    }
  });

  it("1,000 recipients", async () => {
    const recipients = Array.from({ length: 1000 }, () => ({
      certificate: agent,
      issuerAndSerialNumber: scep.sequence(scep.name("CN=x"), scep.integer(1)),
      encryptedKey: () => scep.bytes([1]),
    }));
    await expectHarmless((await build({ envelope: { recipients } })).der);
  });

  it("5,000 SANs, 5,000 attributes, 5,000 certificates' worth of elements", async () => {
    const names = Array.from({ length: 5000 }, () => scep.generalName.dns("a"));
    await expectHarmless(
      (
        await build({
          request: { key, challenge, extensions: [scep.extensions.subjectAltName(...names)] },
        })
      ).der,
    );
    const attributes = Array.from({ length: 3000 }, (_, index) =>
      scep.attributeOf(`1.2.3.${index}`, scep.nullValue),
    );
    await expectHarmless((await build({ editAttributes: (list) => [...list, ...attributes] })).der);
    await expectHarmless(
      (
        await build({
          signedData: { certificates: Array.from({ length: 5000 }, () => scep.sequence()) },
        })
      ).der,
    );
  });

  it("a key of 65,536 bits, as signer and in the request", async () => {
    const modulus = BigInt(`0x80${randomBytes(8191).toString("hex")}`) | 1n;
    const huge = scep.publicOnlyKeyPair("RSA", scep.rsaSpki(modulus, 65537), (length) =>
      scep.bytes(randomBytes(length)),
    );
    await expectHarmless((await build({ signer: scep.selfSigned(huge) })).der);
    await expectHarmless(
      (await build({ request: { key: huge, challenge }, signer: scep.selfSigned(key) })).der,
    );
  });
});

describe("threat 27: lawful BER is accepted", () => {
  const forms: readonly [string, Plan][] = [
    [
      "indefinite lengths and pieces of 1000 octets, everywhere",
      { signedData: { encoding: scep.ber(1000) }, envelope: { encoding: scep.ber(1000) } },
    ],
    [
      "pieces of 100 octets",
      { signedData: { encoding: scep.ber(100) }, envelope: { encoding: scep.ber(100) } },
    ],
    ["indefinite outside, DER inside", { signedData: { encoding: scep.ber(1000) } }],
    ["DER outside, indefinite inside", { envelope: { encoding: scep.ber(1000) } }],
    [
      "a constructed EncryptedContent with definite lengths (scepclient)",
      { envelope: { encoding: scep.chunked(1000) } },
    ],
    [
      "constructed OCTET STRINGs with definite lengths",
      { signedData: { encoding: scep.chunked(500) }, envelope: { encoding: scep.chunked(500) } },
    ],
    [
      "lengths in long form",
      { signedData: { encoding: scep.longLengths }, envelope: { encoding: scep.longLengths } },
    ],
    ["octets behind the message", { signedData: { trailing: scep.bytes([0x0a, 0x0a]) } }],
  ];
  it.each(forms)("%s", async (_, plan) => {
    const message = await build(plan);
    expectSuccess(await client.send(message));
    expectSuccess(await client.send(message, scep.getPkiOperation(client.url, message.der)));
  });
});

describe("threat 28: an envelope that cannot be meant for us is refused", () => {
  const strange = scep.buildCertificate({
    key: scep.rsaKeyPair(),
    subject: scep.name("CN=another RA"),
  });
  const cases: readonly [string, readonly scep.FailInfoName[], () => Plan][] = [
    [
      "another recipient",
      ["badMessageCheck"],
      () => ({ envelope: { recipients: [{ certificate: strange }] } }),
    ],
    [
      "another recipient under our agent's name",
      ["badMessageCheck"],
      () => ({ envelope: { recipients: [{ certificate: { ...agent, spki: strange.spki } }] } }),
    ],
    ["no recipient", ["badMessageCheck", "badRequest"], () => ({ envelope: { recipients: [] } })],
    [
      "an empty pkcsPKIEnvelope",
      ["badMessageCheck", "badRequest"],
      () => ({ pkcsPKIEnvelope: scep.bytes([]) }),
    ],
    [
      "plain data instead of an envelope",
      ["badMessageCheck", "badRequest"],
      () => ({ pkcsPKIEnvelope: scep.sequence(scep.oid(scep.oids.data)) }),
    ],
    [
      "no encryptedContent",
      ["badMessageCheck", "badRequest"],
      () => ({ envelope: { omitEncryptedContent: true } }),
    ],
    [
      "an encrypted content type other than data",
      ["badMessageCheck", "badRequest"],
      () => ({ envelope: { contentType: scep.oids.signedData } }),
    ],
    [
      "an unknown cipher",
      ["badAlg"],
      () => ({
        envelope: {
          contentEncryptionAlgorithm: scep.algorithm(
            "1.2.3.4",
            scep.octetString(scep.bytes(randomBytes(16))),
          ),
        },
      }),
    ],
    ["a withdrawn cipher", ["badAlg"], () => ({ envelope: { cipher: "DES-CBC" } })],
    [
      "an unknown key transport",
      ["badAlg"],
      () => ({ recipientPlan: { keyEncryptionAlgorithm: scep.algorithm("1.2.3.4") } }),
    ],
  ];
  it.each(cases)("%s", async (_, failInfos, plan) => {
    expectFailure(await client.send(await build(plan())), ...failInfos);
  });

  it.each([0, 8, 15, 17, 32])("an initialisation vector of %i octets", async (length) => {
    const plan = { envelope: { initialisationVector: scep.bytes(randomBytes(length)) } };
    expectFailure(await client.send(await build(plan)), "badMessageCheck", "badAlg", "badRequest");
  });
});

describe("threat 29: an envelope that does not open tells nothing about why", () => {
  const block = (edit: (padded: scep.Bytes) => void) => (contentKey: scep.Bytes) => {
    const padded = scep.pkcs1Block(256, contentKey);
    edit(padded);
    return scep.rsaRaw(agent.spki, padded);
  };
  const modulus = () => scep.rsaParts(agent.spki).modulus;
  const random = (length: number) => scep.bytes(randomBytes(length));
  const honest = (contentKey: scep.Bytes) => scep.rsaesPkcs1(agent.spki, contentKey);

  const classes: readonly [string, () => Plan][] = [
    [
      "encryptedKey is random",
      () => ({ recipientPlan: { encryptedKey: () => scep.concat(scep.bytes([0]), random(255)) } }),
    ],
    [
      "block type 01",
      () => ({ recipientPlan: { encryptedKey: block((padded) => padded.fill(1, 1, 2)) } }),
    ],
    [
      "block does not begin with zero",
      () => ({ recipientPlan: { encryptedKey: block((padded) => padded.fill(1, 0, 1)) } }),
    ],
    [
      "padding is shorter than eight octets",
      () => ({ recipientPlan: { encryptedKey: block((padded) => padded.fill(0, 6, 7)) } }),
    ],
    [
      "zero in the middle of the padding",
      () => ({ recipientPlan: { encryptedKey: block((padded) => padded.fill(0, 100, 101)) } }),
    ],
    [
      "no zero behind the padding",
      () => ({
        recipientPlan: { encryptedKey: block((padded) => padded.fill(7, 256 - 17, 256 - 16)) },
      }),
    ],
    [
      "content key is too short",
      () => ({ recipientPlan: { encryptedKey: () => scep.rsaesPkcs1(agent.spki, random(8)) } }),
    ],
    [
      "content key is too long",
      () => ({ recipientPlan: { encryptedKey: () => scep.rsaesPkcs1(agent.spki, random(32)) } }),
    ],
    [
      "content key is another one",
      () => ({ recipientPlan: { encryptedKey: () => scep.rsaesPkcs1(agent.spki, random(16)) } }),
    ],
    [
      "encryptedKey is a block too short",
      () => ({ recipientPlan: { encryptedKey: (contentKey) => honest(contentKey).slice(1) } }),
    ],
    [
      "encryptedKey is a block too long",
      () => ({
        recipientPlan: {
          encryptedKey: (contentKey) => scep.concat(honest(contentKey), scep.bytes([0])),
        },
      }),
    ],
    ["encryptedKey is not below the modulus", () => ({ recipientPlan: { encryptedKey: modulus } })],
    ["encryptedKey is empty", () => ({ recipientPlan: { encryptedKey: () => scep.bytes([]) } })],
    [
      "encryptedKey is zero",
      () => ({ recipientPlan: { encryptedKey: () => new Uint8Array(256) } }),
    ],
    [
      "encryptedKey is one",
      () => ({
        recipientPlan: { encryptedKey: () => scep.concat(new Uint8Array(255), scep.bytes([1])) },
      }),
    ],
    [
      "OAEP says another digest than was used",
      () => ({
        recipientPlan: {
          keyTransport: "OAEP-SHA-1",
          encryptedKey: (contentKey) => scep.rsaesOaep(agent.spki, contentKey, "SHA-256"),
        },
      }),
    ],
    [
      "OAEP was promised, PKCS #1 sent",
      () => ({ recipientPlan: { keyTransport: "OAEP-SHA-256", encryptedKey: honest } }),
    ],
    [
      "PKCS #1 was promised, OAEP sent",
      () => ({
        recipientPlan: {
          encryptedKey: (contentKey) => scep.rsaesOaep(agent.spki, contentKey, "SHA-1"),
        },
      }),
    ],
    [
      "last block altered, so that the CBC padding is wrong",
      () => ({
        envelope: {
          editEncryptedContent: (all) =>
            all.map((octet, index) => (index === all.length - 1 ? octet ^ 1 : octet)),
        },
      }),
    ],
    [
      "first block altered, so that the request's head is rubbish",
      () => ({
        envelope: {
          editEncryptedContent: (all) =>
            all.map((octet, index) => (index === 3 ? octet ^ 1 : octet)),
        },
      }),
    ],
    [
      "ciphertext is no whole number of blocks",
      () => ({ envelope: { editEncryptedContent: (all) => all.slice(0, -1) } }),
    ],
    ["ciphertext is empty", () => ({ envelope: { editEncryptedContent: () => scep.bytes([]) } })],
    ["padding of zero octets", () => ({ envelope: { padded: new Uint8Array(32) } })],
    [
      "padding of seventeen octets",
      () => ({ envelope: { padded: scep.bytes(Array.from({ length: 32 }, () => 17)) } }),
    ],
    [
      "padding octets that differ",
      () => ({
        envelope: {
          padded: scep.concat(
            random(12),
            scep.bytes([1, 2, 3, 4]),
            random(12),
            scep.bytes([9, 4, 4, 4]),
          ),
        },
      }),
    ],
    ["opened well, but it is no certification request", () => ({ payload: random(700) })],
    ["opened well, but it is empty", () => ({ payload: scep.bytes([]) })],
  ];

  it("all classes of failure get one and the same answer: status, length, failInfo, text", async () => {
    const shapes = new Map<string, string[]>();
    for (const [name, plan] of classes) {
      const message = await build({ ...plan(), transactionID: "0123456789ABCDEF0123456789ABCDEF" });
      const answer = await post(message.der);
      const reply =
        answer.status === 200 ? scep.verifyCertRep(answer.body, message, agent) : undefined;
      const said =
        reply?.pkiStatus === "FAILURE"
          ? `${reply.failInfo} ${reply.failInfoText}`
          : reply?.pkiStatus;
      const shape = `${answer.status} ${answer.contentType} ${answer.body.length} ${said}`;
      shapes.set(shape, [...(shapes.get(shape) ?? []), name]);
    }
    const [[shape = "", names = []] = []] = shapes;
    expect(Object.fromEntries(shapes)).toEqual({ [shape]: names });
    expect(names).toHaveLength(classes.length);
    expect(shape).toContain("badMessageCheck");
  });

  it("only the first recipient that names us is tried: a good one behind a bad one does not help", async () => {
    const recipients = [
      { certificate: agent, encryptedKey: () => random(256).fill(0, 0, 1) },
      { certificate: agent },
    ];
    expectFailure(await client.send(await build({ envelope: { recipients } })), "badMessageCheck");
  });
});

describe("threat 30: DES, 3DES and MD5 exist only in a configuration made for old appliances", () => {
  it.each(["DES-EDE3-CBC", "DES-CBC"] as const)("%s is badAlg elsewhere", async (cipher) => {
    expectFailure(await client.send(await build({ envelope: { cipher } })), "badAlg");
  });
  it("MD5 is badAlg elsewhere, outside and in the request", async () => {
    expectFailure(await client.send(await build({ signedData: { digest: "MD5" } })), "badAlg");
    expectFailure(
      await client.send(await build({ request: { key, challenge, digest: "MD5" } })),
      "badAlg",
    );
  });
  it("a modern configuration cannot be talked into DES or MD5 by its administrator", async () => {
    for (const change of [
      { contentEncryption: ["AES-128-CBC", "DES-CBC"] },
      { digests: ["SHA-256", "MD5"] },
    ]) {
      const { status } = await tenant.api.request(
        "PATCH",
        tenant.path("scep-configurations/devices"),
        change,
      );
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expectFailure(await client.send(await build({ envelope: { cipher: "DES-CBC" } })), "badAlg");
  });
});
