/** Which public keys are certified: sizes, exponents, moduli that anybody can factor, curves, and points off them. */
import { generateKeyPairSync, generatePrimeSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CertificateTemplate } from "../../src/ca/certificate-template.ts";
import { applyTemplate } from "../../src/ca/end-entity.ts";
import { checkPublicKey } from "../../src/ca/key-policy.ts";
import { hasRocaFingerprint, hasSmallFactor } from "../../src/pki/weak-rsa-keys.ts";
import { fromHex } from "../../src/pki/bytes.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import {
  bitString,
  constructed,
  encode,
  sequence,
  smallInteger,
  unsignedInteger,
} from "../../src/pki/der-writer.ts";
import { encodeOid, oids } from "../../src/pki/oids.ts";
import { type PublicKey, readSubjectPublicKeyInfo } from "../../src/pki/public-key.ts";
import { ecdsaToDer } from "../../src/pki/signature.ts";
import { template, unvalidated } from "../support/templates.ts";
import { nameDer } from "../support/authorities.ts";

const octetsOf = (number: bigint): Uint8Array => {
  const hex = number.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
};
const numberOf = (octets: Uint8Array): bigint =>
  octets.reduce((number, octet) => number * 256n + BigInt(octet), 0n);

const rsaSpki = (modulus: bigint, exponent: bigint): Uint8Array =>
  encode(
    sequence(
      sequence(encodeOid(oids.rsaEncryption), Uint8Array.of(5, 0)),
      bitString(
        encode(sequence(unsignedInteger(octetsOf(modulus)), unsignedInteger(octetsOf(exponent)))),
      ),
    ),
  );

const ecSpki = (curve: string, point: Uint8Array): Uint8Array =>
  encode(sequence(sequence(encodeOid(oids.ecPublicKey), encodeOid(curve)), bitString(point)));

const read = (spki: Uint8Array): PublicKey => readSubjectPublicKeyInfo(readDer(spki));

const judge = async (spki: Uint8Array, keys?: CertificateTemplate["keys"]): Promise<string> => {
  const judged = await checkPublicKey(read(spki), template(keys ? { keys } : {}));
  return judged.ok ? "certified" : judged.error.reason;
};

/** An odd number of exactly so many bits without small factors; whether it is a modulus makes no difference here. */
function modulusOf(bits: number): bigint {
  const top = 1n << BigInt(bits - 1);
  for (;;) {
    const random = numberOf(crypto.getRandomValues(new Uint8Array(Math.ceil(bits / 8))));
    const candidate = top | (random % top) | 1n;
    const octets = octetsOf(candidate);
    if (!hasSmallFactor(octets) && !hasRocaFingerprint(octets)) return candidate;
  }
}

const anySize = { rsa: { minimumBits: 2048, maximumBits: 8192 }, curves: [] } as const;
const good = modulusOf(2048);

describe("RSA keys", () => {
  it.each([
    [1023, "key_too_weak"],
    [1024, "key_too_weak"],
    [2047, "key_too_weak"],
    [2048, "certified"],
    [2049, "certified"],
    [3072, "certified"],
    [4096, "certified"],
    [8191, "certified"],
    [8192, "certified"],
    [8193, "key_not_allowed"],
    [16_384, "key_not_allowed"],
  ])("of %i bits between 2048 and 8192: %s", async (bits, outcome) => {
    const spki = rsaSpki(modulusOf(bits), 65_537n);
    expect(read(spki)).toMatchObject({ kind: "RSA", modulusBits: bits });
    expect(await judge(spki, anySize)).toBe(outcome);
  });

  it("of 65,536 bits is refused for its size, before any arithmetic on it", async () => {
    const started = performance.now();
    expect(await judge(rsaSpki((1n << 65_535n) | 1n, 65_537n), anySize)).toBe("key_not_allowed");
    expect(performance.now() - started).toBeLessThan(50);
  });

  it("are refused where the template has none", async () => {
    expect(await judge(rsaSpki(good, 65_537n), { curves: ["P-256"] })).toBe("key_not_allowed");
  });

  it.each([
    [0n, "unreadable"],
    [1n, "key_too_weak"],
    [2n, "key_too_weak"],
    [3n, "certified"],
    [4n, "key_too_weak"],
    [17n, "certified"],
    [65_536n, "key_too_weak"],
    [65_537n, "certified"],
    [0xffff_ffffn, "certified"],
    [0x1_0000_0001n, "key_too_weak"],
    [(1n << 256n) | 1n, "key_too_weak"],
  ])("with the public exponent %s: %s", async (exponent, outcome) => {
    const spki = rsaSpki(good, exponent);
    if (outcome === "unreadable") await expect(judge(spki)).rejects.toThrow();
    else expect(await judge(spki)).toBe(outcome);
  });

  it("with an even modulus or a small factor are refused", async () => {
    for (const factor of [2n, 3n, 5n, 7n, 101n, 743n, 751n]) {
      const cofactor = modulusOf(2048) / factor;
      expect(
        await judge(rsaSpki(factor * (cofactor | 1n), 65_537n), {
          rsa: { minimumBits: 2000, maximumBits: 8192 },
          curves: [],
        }),
      ).toBe("key_too_weak");
    }
  });

  it("small factors are found exactly where they are", () => {
    const primes = [2, 3, 5, 7, 11, 13, 701, 709, 733, 739, 743, 751];
    fc.assert(
      fc.property(
        fc.constantFrom(...primes),
        fc.bigInt({ min: 1n, max: 1n << 512n }),
        (prime, cofactor) => {
          expect(hasSmallFactor(octetsOf(BigInt(prime) * cofactor))).toBe(true);
        },
      ),
    );
    for (let round = 0; round < 5; round++) {
      const [p, q] = [numberOf(randomPrime(256)), numberOf(randomPrime(256))];
      expect(hasSmallFactor(octetsOf(p * q))).toBe(false);
    }
  });

  it("of the Infineon library's form are recognised", async () => {
    for (const bits of [512, 1024]) {
      const modulus = rocaPrime(bits) * rocaPrime(bits);
      expect(hasRocaFingerprint(octetsOf(modulus))).toBe(true);
      expect(
        await judge(rsaSpki(modulus, 65_537n), {
          rsa: { minimumBits: 1000, maximumBits: 8192 },
          curves: [],
        }),
      ).toBe("key_too_weak");
    }
  });

  it("that were made honestly are not taken for the Infineon library's", async () => {
    for (let round = 0; round < 4; round++) {
      const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
      expect(await judge(spki)).toBe("certified");
    }
  });
});

const randomPrime = (bits: number): Uint8Array => new Uint8Array(generatePrimeSync(bits));

/** p = k * M + (65537^a mod M), M the product of the first primes: how the faulty library made its primes. */
function rocaPrime(bits: number): bigint {
  const count = bits === 512 ? 71 : 126;
  const primes: bigint[] = [];
  for (let candidate = 2n; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate);
  }
  const product = primes.reduce((result, prime) => result * prime, 1n);
  const largest = (1n << BigInt(bits)) / product;
  for (;;) {
    const k = numberOf(crypto.getRandomValues(new Uint8Array(16))) % largest;
    const a = numberOf(crypto.getRandomValues(new Uint8Array(4)));
    const candidate = (largest / 2n + k / 2n) * product + power(65_537n, a, product);
    if (isProbablePrime(candidate)) return candidate;
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

const isProbablePrime = (candidate: bigint): boolean =>
  [2n, 3n, 5n, 7n].every((base) => power(base, candidate - 1n, candidate) === 1n);

describe("EC keys", () => {
  const generated = async (namedCurve: "P-256" | "P-384"): Promise<Uint8Array> => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve });
    return new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  };

  it("are certified on the template's curves and on no other", async () => {
    const [small, large] = [await generated("P-256"), await generated("P-384")];
    expect([await judge(small), await judge(large)]).toEqual(["certified", "certified"]);
    expect(await judge(small, { curves: ["P-384"] })).toBe("key_not_allowed");
    expect(await judge(large, { curves: ["P-256"] })).toBe("key_not_allowed");
    expect(await judge(small, { rsa: { minimumBits: 2048, maximumBits: 4096 }, curves: [] })).toBe(
      "key_not_allowed",
    );
  });

  it.each([
    ["P-192", "1.2.840.10045.3.1.1", 24],
    ["secp256k1", "1.3.132.0.10", 32],
    ["P-521", "1.3.132.0.35", 66],
    ["brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7", 32],
  ])("on %s are refused", async (_, curve, octets) => {
    const point = new Uint8Array(1 + 2 * octets).fill(1);
    point[0] = 4;
    expect(await judge(ecSpki(curve, point))).toBe("key_not_allowed");
  });

  it("with the curve spelled out instead of named are refused", async () => {
    const explicit = encode(
      sequence(smallInteger(1), sequence(encodeOid("1.2.840.10045.1.1"), smallInteger(7))),
    );
    const spki = encode(
      sequence(
        sequence(encodeOid(oids.ecPublicKey), explicit),
        bitString(new Uint8Array(65).fill(4)),
      ),
    );
    expect(await judge(spki)).toBe("key_not_allowed");
  });

  it.each([
    ["a point off the curve", (point: Uint8Array) => point.with(64, (point[64] ?? 0) ^ 1)],
    ["the point at infinity", () => Uint8Array.of(0)],
    ["a point that is cut short", (point: Uint8Array) => point.slice(0, 64)],
    [
      "a coordinate beyond the field",
      (point: Uint8Array) => point.map((octet, index) => (index === 0 ? octet : 0xff)),
    ],
    ["no point at all", () => new Uint8Array(0)],
  ])(
    "that are %s are never certified, whatever the template does about signatures",
    async (_, alter) => {
      const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
        "sign",
        "verify",
      ]);
      if (!("publicKey" in pair)) throw new Error("not a pair of keys");
      const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
      if (!(raw instanceof ArrayBuffer)) throw new Error("not octets");
      const spki = ecSpki(oids.prime256v1, alter(new Uint8Array(raw)));
      const info = encode(
        sequence(smallInteger(0), nameDer("CN=device"), spki, constructed(0xa0, [])),
      );
      const algorithm = { name: "ECDSA", hash: "SHA-256" };
      const signature = new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, info));
      const request = parseCertificationRequest(
        encode(
          sequence(
            info,
            sequence(encodeOid(oids.ecdsaWithSHA256)),
            bitString(ecdsaToDer(signature)),
          ),
        ),
      );
      for (const requestSignature of ["verify", "verify-md5-too", "ignore"] as const) {
        const outcome = await applyTemplate(
          request,
          template({ requestSignature }),
          ["SHA-256"],
          unvalidated,
        );
        expect(outcome).toMatchObject({ ok: false, error: { reason: "key_not_allowed" } });
      }
    },
  );
});

it("keys of unknown algorithms are refused by their name", async () => {
  const spki = encode(sequence(sequence(encodeOid("1.3.101.112")), bitString(new Uint8Array(32))));
  const judged = await checkPublicKey(read(spki), template());
  expect(judged).toMatchObject({ ok: false, error: { reason: "key_not_allowed" } });
  expect(JSON.stringify(judged)).toContain("1.3.101.112");
});
