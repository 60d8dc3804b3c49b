/** Envelopes that are not for us, do not open, or use what is not allowed: threats 28 to 30. */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure } from "../support/expectations.ts";
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
