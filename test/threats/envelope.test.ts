/** Abuse of the pkcsPKIEnvelope: size, form, recipients, ciphers, decryption oracles (threats 26 to 30). */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
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
