/** Abuse of the certification request: keys, challenges, names, extensions (threats 9 to 14, 16, 22 to 25). */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
const { name, oids } = scep;

beforeAll(async () => {
  tenant = await createTenant("Requests");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
});

type Request = Partial<scep.CertificationRequestPlan>;
const enrol = (request: Request = {}, plan: Partial<Omit<scep.PkiMessagePlan, "recipient">> = {}) =>
  client.enrol({ request: { key, challenge, ...request }, ...plan });
const issuedSoFar = async () => (await tenant.certificates("")).length;

describe("threat 9: a certification request that its key did not sign is refused", () => {
  it("altered signature", async () => {
    const editSignature = (signature: scep.Bytes) =>
      signature.map((octet, index) => (index === 9 ? octet ^ 1 : octet));
    expectFailure(await enrol({ editSignature }), "badMessageCheck");
  });
  it("signed by another key", async () => {
    expectFailure(await enrol({ signingKey: scep.rsaKeyPair() }), "badMessageCheck");
  });
  it("not signed at all", async () => {
    expectFailure(await enrol({ editSignature: () => scep.bytes([]) }), "badMessageCheck");
  });
  it("signed with an unknown algorithm", async () => {
    expectFailure(
      await enrol({ signatureAlgorithm: scep.algorithm("1.2.3.4.5") }),
      "badAlg",
      "badMessageCheck",
    );
  });
  it("signed with MD5, where the template does not allow it", async () => {
    expectFailure(await enrol({ digest: "MD5" }), "badAlg");
  });
});

describe("threat 10: the signer of a first enrolment holds the key that it asks a certificate for", () => {
  it("a request for somebody else's key, truly signed by that key, in a message of another key", async () => {
    const signer = scep.selfSigned(scep.rsaKeyPair());
    expectFailure(await enrol({}, { signer }), "badMessageCheck");
  });
  it("a signer certificate that was issued by somebody, not self-signed", async () => {
    const stranger = scep.rsaKeyPair();
    const certificate = scep.buildCertificate({
      key: stranger,
      signingKey: scep.rsaKeyPair(),
      issuer: name("CN=Some CA"),
    });
    expectFailure(
      await enrol({}, { signer: { key: stranger, certificate } }),
      "badMessageCheck",
      "badRequest",
    );
  });
});

describe("threat 11: weak keys are refused with badAlg", () => {
  const odd = (bits: number): bigint =>
    BigInt(`0x${randomBytes(bits / 8).toString("hex")}`) | (1n << BigInt(bits - 1)) | 1n;
  const rsa = (modulus: bigint, exponent = 65537) =>
    scep.publicOnlyKeyPair("RSA", scep.rsaSpki(modulus, exponent), (length) =>
      scep.bytes(randomBytes(length)),
    );
  /** With exponent 1 a signature is the padded digest itself: anybody can make it. */
  const exponentOne = (): scep.KeyPair => ({
    kind: "RSA",
    spki: scep.rsaSpki(odd(2048), 1),
    sign: (digest, signed) => {
      const info = scep.sequence(
        scep.algorithm(scep.digests[digest].oid),
        scep.octetString(scep.hash(digest, signed)),
      );
      const padding = new Uint8Array(256 - 3 - info.length).fill(0xff);
      return scep.concat(scep.bytes([0, 1]), padding, scep.bytes([0]), info);
    },
  });
  // CVE-2017-15361: primes of the form k * M + (65537^a mod M), M the product of the first 126 primes.
  const roca = (): bigint => {
    const primes: bigint[] = [];
    for (let candidate = 2n; primes.length < 126; candidate++) {
      if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate);
    }
    const product = primes.reduce((whole, prime) => whole * prime, 1n);
    const residue = (power: number): bigint => {
      let value = 1n;
      for (let step = 0; step < power; step++) value = (value * 65537n) % product;
      return value;
    };
    const factor = (bits: number, power: number) =>
      ((1n << BigInt(bits)) / product) * product + residue(power);
    return factor(1024, 17) * factor(1024, 23);
  };

  const keys: readonly [string, () => scep.KeyPair][] = [
    ["RSA of 1024 bits", () => scep.rsaKeyPair(1024)],
    ["RSA of 2040 bits", () => rsa(odd(2040))],
    ["RSA of 16384 bits", () => rsa(odd(16_384))],
    ["RSA with an even modulus", () => rsa(odd(2048) - 1n)],
    ["RSA with exponent 1", exponentOne],
    ["RSA with an even exponent", () => rsa(odd(2048), 65536)],
    ["RSA of the ROCA form", () => rsa(roca())],
    ["RSA with a small factor", () => rsa(3n * odd(2048))],
    [
      "an EC key on P-192",
      () =>
        scep.publicOnlyKeyPair(
          "EC",
          scep.ecSpki(oids.p192, scep.bytes([4, ...randomBytes(48)])),
          () => scep.sequence(scep.integer(1), scep.integer(1)),
        ),
    ],
    [
      "an EC point that is not on P-256",
      () =>
        scep.publicOnlyKeyPair(
          "EC",
          scep.ecSpki(oids.p256, scep.bytes([4, ...new Uint8Array(63), 5])),
          () => scep.sequence(scep.integer(1), scep.integer(1)),
        ),
    ],
  ];
  it.each(keys)("%s", async (_, make) => {
    const before = await issuedSoFar();
    const weak = make();
    // A message of the same weak key, and one that only asks for it: neither may get through.
    const own = await enrol({ key: weak }, { signer: scep.selfSigned(weak) });
    expectFailure(own, "badAlg");
    const asked = await enrol({ key: weak }, { signer: scep.selfSigned(key) });
    expectFailure(asked, "badAlg", "badMessageCheck");
    expect(await issuedSoFar()).toBe(before);
  });

  it.each([
    ["RSA of 1024 bits", () => scep.rsaKeyPair(1024)],
    ["RSA with exponent 1", exponentOne],
  ])("%s, with signatures that do verify, is badAlg and nothing else", async (_, make) => {
    const weak = make();
    expectFailure(await enrol({ key: weak }, { signer: scep.selfSigned(weak) }), "badAlg");
  });
});

describe("threat 12: only the exact challenge is the challenge", () => {
  it("wrong, empty, prefix, padded, doubled, with NUL, in other case, of 40 kB: one and the same answer", async () => {
    const variants: readonly (string | scep.Bytes | readonly scep.Bytes[])[] = [
      "wrong",
      "",
      challenge.slice(0, -1),
      ` ${challenge}`,
      `${challenge} `,
      `${challenge}\n`,
      challenge + challenge,
      `${challenge}\0`,
      `\0${challenge}`,
      swapCase(challenge),
      "A".repeat(40_000),
    ];
    const answers = new Set<string>();
    for (const variant of variants) {
      const { failInfo, failInfoText } = expectFailure(
        await enrol({ challenge: variant }),
        "badRequest",
      );
      answers.add(`${failInfo}: ${failInfoText}`);
    }
    expect([...answers]).toHaveLength(1);
  });

  it("one that is no text, or has no value, is no certification request at all", async () => {
    for (const broken of [scep.bytes([0xff, 0xfe, 0xfd]), []]) {
      expectFailure(await enrol({ challenge: broken }), "badRequest", "badMessageCheck");
    }
  });

  it("a challengePassword with two values is refused, whichever of them is right", async () => {
    const right = scep.characterString(challenge);
    const wrong = scep.characterString("wrong");
    expectFailure(await enrol({ challenge: [right, wrong] }), "badRequest", "badMessageCheck");
    const second = scep.attribute(oids.challengePassword, wrong);
    expectFailure(await enrol({ moreAttributes: [second] }), "badRequest", "badMessageCheck");
  });

  it("an unknown challenge and one that has ended or was revoked are not told apart", async () => {
    const revoked = await tenant.token("devices");
    await tenant.api.post(tenant.path(`tokens/${revoked.tokenId}/revoke`));
    const once = await tenant.token("devices", { maxUses: 1 });
    expectSuccess(await enrol({ challenge: once.challenge }));
    const texts = new Set<string | undefined>();
    for (const one of ["unknown", revoked.challenge, once.challenge]) {
      texts.add(expectFailure(await enrol({ challenge: one }), "badRequest").failInfoText);
    }
    expect([...texts]).toHaveLength(1);
  });
});

const swapCase = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
