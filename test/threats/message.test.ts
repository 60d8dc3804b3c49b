/** Abuse of the pkiMessage itself: its type, its signature, its attributes, its transactionID (threats 1, 6 to 8, 19 to 21). */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
const { oids, printable } = scep;

beforeAll(async () => {
  tenant = await createTenant("Messages");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
});

type Plan = Partial<Omit<scep.PkiMessagePlan, "recipient">>;
const build = (plan: Plan = {}) => client.build({ request: { key, challenge }, ...plan });
const post = async (message: scep.PkiMessage) =>
  scep.answerOf(await fetchWorker(scep.postPkiOperation(client.url, message.der)));
const issuedSoFar = async () => (await tenant.certificates("")).length;

/** A signed FAILURE, or a 400 in plain words; and nothing more in the inventory than before. */
async function expectRefused(
  plan: Plan,
  ...failInfos: readonly scep.FailInfoName[]
): Promise<void> {
  const before = await issuedSoFar();
  const message = await build(plan);
  const answer = await post(message);
  if (answer.status === 200)
    expectFailure(scep.verifyCertRep(answer.body, message, await client.agent()), ...failInfos);
  else expect(answer.status).toBe(400);
  expect(await issuedSoFar()).toBe(before);
}

const withMessageType =
  (...values: readonly scep.Bytes[]) =>
  (attributes: readonly scep.Bytes[]): readonly scep.Bytes[] => [
    ...(values.length === 0 ? [] : [scep.attributeOf(oids.messageType, ...values)]),
    ...attributes.slice(1),
  ];

describe("threat 1: a messageType that is not served never reaches authorisation", () => {
  it.each([
    "18",
    "0",
    "3",
    "99",
    "",
    " 19",
    "19 ",
    "19\0",
    "019",
    "+19",
    "1９",
    "PKCSReq",
    "19\r\n",
    "9".repeat(5000),
  ])("%j", async (messageType) => {
    await expectRefused({ messageType }, "badRequest");
  });

  it.each([
    ["17", "badMessageCheck"],
    ["20", "badCertId"],
    ["21", "badMessageCheck"],
    ["22", "badMessageCheck"],
  ] as const)(
    "%s with a lawful challenge, from a signer that is not ours: %s",
    async (messageType, failInfo) => {
      await expectRefused({ messageType }, failInfo);
    },
  );

  it("absent", () => expectRefused({ editAttributes: withMessageType() }, "badRequest"));
  it("without a value", () =>
    expectRefused(
      { editAttributes: ([, ...rest]) => [scep.attributeOf(oids.messageType), ...rest] },
      "badRequest",
    ));
  it("with two values", () =>
    expectRefused(
      { editAttributes: withMessageType(printable("19"), printable("18")) },
      "badRequest",
    ));
  it("as two attributes that agree", () =>
    expectRefused(
      { editAttributes: (list) => [scep.attributeOf(oids.messageType, printable("19")), ...list] },
      "badRequest",
    ));
  it("as two attributes that differ", () =>
    expectRefused(
      { editAttributes: (list) => [...list, scep.attributeOf(oids.messageType, printable("18"))] },
      "badRequest",
    ));
  it("as an INTEGER", () =>
    expectRefused({ editAttributes: withMessageType(scep.integer(19)) }, "badRequest"));
  it("as an OCTET STRING", () =>
    expectRefused(
      { editAttributes: withMessageType(scep.octetString(scep.text("19"))) },
      "badRequest",
    ));
});

const flip = (at: number) => (signature: scep.Bytes) =>
  signature.map((octet, index) => (index === at ? octet ^ 0x20 : octet));

describe("threat 6: a message that is not signed by exactly one signer issues nothing", () => {
  it("false signature", () =>
    expectRefused({ signedData: { editSignature: flip(100) } }, "badMessageCheck"));
  it("empty signature", () =>
    expectRefused({ signedData: { editSignature: () => scep.bytes([]) } }, "badMessageCheck"));
  it("no signerInfo", () =>
    expectRefused({ signedData: { editSignerInfos: () => [] } }, "badMessageCheck", "badRequest"));
  it("two signerInfos, both lawful", () =>
    expectRefused(
      { signedData: { editSignerInfos: (one) => [one, one] } },
      "badMessageCheck",
      "badRequest",
    ));
  it("no certificate", () =>
    expectRefused({ signedData: { certificates: [] } }, "badMessageCheck", "badRequest"));
  it("the certificate of somebody else", () =>
    expectRefused(
      { signedData: { certificates: [scep.selfSigned(scep.rsaKeyPair()).certificate.der] } },
      "badMessageCheck",
    ));
  it("signed with another key than the certificate's", async () => {
    const { certificate } = scep.selfSigned(key);
    await expectRefused({ signer: { key: scep.rsaKeyPair(), certificate } }, "badMessageCheck");
  });
  it("a content that was exchanged after signing", async () => {
    const other = scep.buildEnvelope({
      content: scep.text("other"),
      recipients: [{ certificate: await client.agent() }],
    });
    const digest = scep.attributeOf(
      oids.messageDigest,
      scep.octetString(scep.hash("SHA-256", other)),
    );
    const type = scep.attributeOf(oids.contentType, scep.oid(oids.data));
    await expectRefused(
      { editAttributes: (list) => [type, digest, ...list], signedData: { bareAttributes: true } },
      "badMessageCheck",
    );
  });
});

describe("threat 7: forged and weak signatures are refused", () => {
  it("the e = 3 forgery: a cube whose leading octets look right", async () => {
    // Modulus of 2048 bits without a known factorisation, exponent 3: the signature's cube begins 00 01 FF 00 DigestInfo.
    const modulus = (1n << 2047n) | 0x1234567890abcdefn | 1n;
    const cube = scep.publicOnlyKeyPair("RSA", scep.rsaSpki(modulus, 3), forgedCubeRoot);
    await expectRefused(
      { request: { key: cube, challenge }, signer: scep.selfSigned(cube) },
      "badMessageCheck",
      "badAlg",
    );
  });

  it.each(["SHA-1", "MD5"] as const)(
    "%s, where the configuration does not serve it",
    async (digest) => {
      await expectRefused({ signedData: { digest } }, "badAlg");
    },
  );

  it("SHA-1 in the signatureAlgorithm only", async () => {
    const sha1 = scep.algorithm(scep.digests["SHA-1"].rsa);
    await expectRefused({ signedData: { signatureAlgorithm: sha1 } }, "badAlg", "badMessageCheck");
  });

  it("an algorithm nobody knows", async () => {
    await expectRefused(
      { signedData: { signatureAlgorithm: scep.algorithm("1.2.3.4") } },
      "badAlg",
      "badMessageCheck",
    );
    await expectRefused({ signedData: { digestAlgorithm: scep.algorithm("1.2.3.4") } }, "badAlg");
  });
});

/** Reads left to right as a PKCS #1 block with the digest of anything; the rest of it is whatever comes out. */
function forgedCubeRoot(length: number): scep.Bytes {
  const head = scep.concat(
    scep.bytes([0, 1, 0xff, 0]),
    scep.fromHex("3031300d060960864801650304020105000420"),
    new Uint8Array(32),
  );
  const target = BigInt(`0x${scep.hex(head)}${"00".repeat(length - head.length)}`);
  let low = 0n;
  let high = 1n << 700n;
  while (low < high) {
    const middle = (low + high) / 2n;
    if (middle ** 3n < target) low = middle + 1n;
    else high = middle;
  }
  return scep.fromHex(low.toString(16).padStart(length * 2, "0"));
}

describe("threat 8: signed attributes are there, once each, and cannot be mistaken for content", () => {
  it("no signedAttrs: a signature over the content alone", () =>
    expectRefused({ signedData: { omitSignedAttributes: true } }, "badMessageCheck", "badRequest"));

  it("content that is itself a set of attributes, signed without signedAttrs", async () => {
    const signedAttrs = scep.setOf(
      scep.attributeOf(oids.messageType, printable("19")),
      scep.attributeOf(oids.transactionID, printable("AA")),
    );
    await expectRefused(
      { pkcsPKIEnvelope: signedAttrs, signedData: { omitSignedAttributes: true } },
      "badMessageCheck",
      "badRequest",
    );
  });

  const digestOf = (content: Uint8Array) =>
    scep.attributeOf(oids.messageDigest, scep.octetString(scep.hash("SHA-256", content)));
  const dataType = scep.attributeOf(oids.contentType, scep.oid(oids.data));
  const cases: readonly [string, (digest: scep.Bytes) => readonly scep.Bytes[]][] = [
    ["contentType is missing", (digest) => [digest]],
    ["messageDigest is missing", () => [dataType]],
    ["contentType is doubled", (digest) => [dataType, dataType, digest]],
    ["messageDigest is doubled", (digest) => [dataType, digest, digest]],
    ["messageDigest is of other octets", () => [dataType, digestOf(scep.text("other"))]],
    [
      "contentType is not data",
      (digest) => [scep.attributeOf(oids.contentType, scep.oid(oids.signedData)), digest],
    ],
  ];
  it.each(cases)("%s", async (_, edit) => {
    const envelope = scep.buildEnvelope({
      content: scep.buildCertificationRequest({ key, challenge }),
      recipients: [{ certificate: await client.agent() }],
    });
    await expectRefused(
      {
        pkcsPKIEnvelope: envelope,
        editAttributes: (list) => [...edit(digestOf(envelope)), ...list],
        signedData: { bareAttributes: true },
      },
      "badMessageCheck",
      "badRequest",
    );
  });

  it("transactionID or senderNonce missing, doubled or of another type gets no certificate", async () => {
    const [transactionID, senderNonce] = [1, 2];
    const drop = (index: number) => (list: readonly scep.Bytes[]) =>
      list.filter((_, at) => at !== index);
    const twice = (index: number) => (list: readonly scep.Bytes[]) => [
      ...list,
      ...list.filter((_, at) => at === index),
    ];
    for (const edit of [
      drop(transactionID),
      drop(senderNonce),
      twice(transactionID),
      twice(senderNonce),
    ]) {
      const answer = await post(await build({ editAttributes: edit }));
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 200) {
        const status = scep.readSignedReply(answer.body).attributes.get(oids.pkiStatus)?.[0];
        expect(status && scep.stringOf(status)).toBe("2");
      }
    }
  });
});

describe("threats 19 and 20: replays and borrowed transactionIDs", () => {
  it("a captured message gives the same certificate again, spends nothing and leaves one row", async () => {
    const once = await tenant.token("devices", { maxUses: 1 });
    const message = await build({
      request: { key, challenge: once.challenge, subject: scep.name("O=Demo", "CN=captured") },
    });
    const first = expectSuccess(await client.send(message));
    for (let round = 0; round < 3; round++) {
      expect(expectSuccess(await client.send(message)).certificate.der).toEqual(
        first.certificate.der,
      );
    }
    expect(await tenant.certificates("CN=captured")).toHaveLength(1);
  });

  it("the same transactionID with another certification request is refused", async () => {
    const transactionID = "0BADC0DE";
    const named = (commonName: string) => ({
      key,
      challenge,
      subject: scep.name("O=Demo", `CN=${commonName}`),
    });
    expectSuccess(await client.enrol({ request: named("rightful"), transactionID }));
    expectFailure(await client.enrol({ request: named("borrower"), transactionID }), "badRequest");
    const stranger = scep.rsaKeyPair();
    expectFailure(
      await client.enrol({ request: { ...named("rightful"), key: stranger }, transactionID }),
      "badRequest",
    );
    expect(await tenant.certificates("CN=borrower")).toHaveLength(0);
    expect(await tenant.certificates("CN=rightful")).toHaveLength(1);
  });
});

describe("threat 21: a transactionID is data and nothing else", () => {
  it.each([
    "__proto__",
    "constructor",
    "toString",
    "1' OR '1'='1",
    "'); DROP TABLE certificates; --",
    "../../../etc/passwd",
    "%00",
    "${7*7}",
    "a\tb",
  ])("%j is stored and echoed as it is, or refused", async (transactionID) => {
    const message = await build({ transactionID });
    const answer = await post(message);
    // verifyCertRep compares the echo octet for octet.
    if (answer.status === 200) scep.verifyCertRep(answer.body, message);
    else expect(answer.status).toBe(400);
    const again = await post(message);
    expect(again.status).toBe(answer.status);
  });

  it.each(["A\r\nSet-Cookie: x=1", "A\nB", "A\0B"])(
    "%j with control characters adds no header and no log line",
    async (transactionID) => {
      const response = await fetchWorker(
        scep.postPkiOperation(client.url, (await build({ transactionID })).der),
      );
      expect(response.status).toBeLessThan(500);
      expect(response.headers.has("set-cookie")).toBe(false);
    },
  );

  it("257 characters are one too many, 256 are not", async () => {
    expectSuccess(
      await client.enrol({ request: { key, challenge }, transactionID: "A".repeat(256) }),
    );
    await expectRefused({ transactionID: "A".repeat(257) }, "badRequest");
    await expectRefused({ transactionID: "" }, "badRequest");
  });

  it("one of 100 kB is over the limit of the body", async () => {
    const { status } = await post(await build({ transactionID: "A".repeat(100_000) }));
    expect(status).toBe(413);
  });
});
