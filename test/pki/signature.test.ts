/** Signatures beyond the public vectors: the two spellings of ECDSA's, and algorithms that do not fit their key. */
import { generateKeyPairSync, sign } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestNames } from "../../src/pki/algorithms.ts";
import { fromHex, toHex } from "../../src/pki/bytes.ts";
import { DecodeError } from "../../src/pki/decode-error.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { oids } from "../../src/pki/oids.ts";
import { readSubjectPublicKeyInfo } from "../../src/pki/public-key.ts";
import {
  ecdsaToDer,
  ecdsaToRaw,
  signatureDigest,
  signerInfoDigest,
  verifySignature,
} from "../../src/pki/signature.ts";

const read = (key: { export(options: { format: "der"; type: "spki" }): Buffer }) =>
  readSubjectPublicKeyInfo(readDer(new Uint8Array(key.export({ format: "der", type: "spki" }))));

const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const smallPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const largePair = generateKeyPairSync("ec", { namedCurve: "P-384" });
const [rsa, small, large] = [rsaPair, smallPair, largePair].map(({ publicKey }) => read(publicKey));
if (!rsa || !small || !large) throw new Error("three keys");

const text = new TextEncoder().encode("what is signed");
const nodeName = (digest: string): string => digest.toLowerCase().replace("-", "");

describe("verifying", () => {
  it.each(digestNames)(
    "RSA with %s: the runtime's signature and no altered one",
    async (digest) => {
      const signature = new Uint8Array(sign(nodeName(digest), text, rsaPair.privateKey));
      expect(await verifySignature(rsa, digest, signature, text)).toBe(true);
      expect(await verifySignature(rsa, digest, signature, text.with(0, 0))).toBe(false);
      for (const other of digestNames)
        expect(await verifySignature(rsa, other, signature, text)).toBe(other === digest);
      for (const wrong of [
        signature.slice(1),
        Uint8Array.of(0, ...signature),
        new Uint8Array(0),
        new Uint8Array(256),
      ])
        expect(await verifySignature(rsa, digest, wrong, text)).toBe(false);
    },
  );

  it("RSA-PSS is not taken for PKCS #1 v1.5", async () => {
    const pkcs8 = rsaPair.privateKey.export({ format: "der", type: "pkcs8" });
    const algorithm = { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
    const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, text));
    expect(await verifySignature(rsa, "SHA-256", signature, text)).toBe(false);
  });

  it.each([
    ["P-256", small, smallPair],
    ["P-384", large, largePair],
  ])("ECDSA on %s with every digest of SHA", async (_, key, { privateKey }) => {
    for (const digest of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const) {
      const signature = new Uint8Array(sign(nodeName(digest), text, privateKey));
      expect(await verifySignature(key, digest, signature, text)).toBe(true);
      expect(await verifySignature(key, digest, signature, text.with(3, 0))).toBe(false);
      const other = key === small ? large : small;
      expect(await verifySignature(other, digest, signature, text)).toBe(false);
    }
  });

  it("never throws: any octets for a signature are a signature that does not verify", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(rsa, small, large),
        fc.uint8Array({ maxLength: 300 }),
        async (key, octets) => {
          expect(await verifySignature(key, "SHA-256", octets, text)).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
    const unknown = {
      kind: "unknown",
      algorithm: "1.3.101.112",
      der: new Uint8Array(),
      bits: new Uint8Array(),
    } as const;
    expect(await verifySignature(unknown, "SHA-256", new Uint8Array(64), text)).toBe(false);
  });
});

describe("ECDSA's two spellings", () => {
  it("each way and back, for any two numbers", () => {
    for (const octets of [32, 48]) {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 2 * octets, maxLength: 2 * octets }), (raw) => {
          expect(ecdsaToRaw(ecdsaToDer(raw), octets)).toEqual(raw);
        }),
      );
    }
  });

  it("small numbers are padded, large ones get their zero", () => {
    const raw = new Uint8Array(64).with(31, 1).with(32, 0xff);
    expect(toHex(ecdsaToDer(raw))).toBe(`3026020101022100ff${"00".repeat(31)}`);
    expect(ecdsaToRaw(ecdsaToDer(raw), 32)).toEqual(raw);
  });

  it.each([
    ["a negative number", "3006020180020101"],
    ["a needless zero", "300702020001020101"],
    ["a number that is too long", `302602220100${"00".repeat(32)}020101`],
    ["a length in the long form", "30810602010102010101".slice(0, 18)],
    ["three numbers", "3009020101020101020101"],
    ["one number", "3003020101"],
    ["a SET", "3106020101020101"],
    ["something behind", "300602010102010100"],
    ["an empty number", "30050200020101"],
    ["nothing", ""],
  ])("%s is refused", (_, der) => {
    expect(() => ecdsaToRaw(fromHex(der), 32)).toThrow(DecodeError);
  });
});

describe("which digest a signature is over", () => {
  it("is said by an algorithm that fits the key, and by no other", () => {
    expect(signatureDigest(oids.sha256WithRSAEncryption, rsa)).toBe("SHA-256");
    expect(signatureDigest(oids.sha256WithRSAEncryption, small)).toBeUndefined();
    expect(signatureDigest(oids.ecdsaWithSHA384, small)).toBe("SHA-384");
    expect(signatureDigest(oids.ecdsaWithSHA384, rsa)).toBeUndefined();
    expect(signatureDigest(oids.md5WithRSAEncryption, rsa)).toBe("MD5");
    for (const oid of [oids.rsaEncryption, "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.2", ""])
      expect(signatureDigest(oid, rsa)).toBeUndefined();
  });

  it("in a SignerInfo must be the one named beside it", () => {
    expect(signerInfoDigest(oids.rsaEncryption, "SHA-512", rsa)).toBe("SHA-512");
    expect(signerInfoDigest(oids.rsaEncryption, "SHA-512", small)).toBeUndefined();
    expect(signerInfoDigest(oids.sha256WithRSAEncryption, "SHA-256", rsa)).toBe("SHA-256");
    expect(signerInfoDigest(oids.sha256WithRSAEncryption, "SHA-1", rsa)).toBeUndefined();
    expect(signerInfoDigest(oids.ecdsaWithSHA256, "SHA-256", small)).toBe("SHA-256");
    expect(signerInfoDigest(oids.ecdsaWithSHA256, "MD5", small)).toBeUndefined();
  });
});
