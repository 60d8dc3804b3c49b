/** Public vectors against our own modules: what is valid passes, and every bad padding has one and the same outcome. */
import { describe, expect, it } from "vitest";
import { contentEncryptionAlgorithms } from "../../src/pki/algorithms.ts";
import { decryptContent, encryptContent } from "../../src/pki/content-encryption.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { readSubjectPublicKeyInfo } from "../../src/pki/public-key.ts";
import { createRecipientKey } from "../../src/pki/rsa-key-transport.ts";
import { verifySignature } from "../../src/pki/signature.ts";
import { fromHex, hex } from "../support/scep-client/index.ts";
import aesCbc from "../vectors/wycheproof/aes_cbc_pkcs5_test.json";
import ecdsa from "../vectors/wycheproof/ecdsa_secp256r1_sha256_test.json";
import rsaes2048 from "../vectors/wycheproof/rsa_pkcs1_2048_test.json";
import rsaes4096 from "../vectors/wycheproof/rsa_pkcs1_4096_test.json";
import rsassa from "../vectors/wycheproof/rsa_signature_2048_sha256_test.json";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: string;
}

/** Runs all vectors of a file and shows every one that came out wrong, by number and comment. */
async function wrongOnes<Group, Test extends Vector>(
  groups: readonly (Group & { readonly tests: readonly Test[] })[],
  isRight: (test: Test, group: Group) => Promise<boolean>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const group of groups) {
    for (const test of group.tests) {
      if (!(await isRight(test, group))) wrong.push(`${test.tcId} ${test.result} ${test.comment}`);
    }
  }
  return wrong;
}

const count = (groups: readonly { readonly tests: readonly Vector[] }[], result: string): number =>
  groups.flatMap(({ tests }) => tests).filter((test) => test.result === result).length;

describe.each([
  { bits: 2048, groups: rsaes2048.testGroups, valid: 42, invalid: 25 },
  { bits: 4096, groups: rsaes4096.testGroups, valid: 41, invalid: 26 },
])("RSAES-PKCS1-v1_5 with $bits bits", ({ groups, valid, invalid }) => {
  const recipient = ({ privateKeyPkcs8, privateKey }: (typeof groups)[number]) =>
    createRecipientKey(fromHex(privateKeyPkcs8), fromHex(privateKey.modulus.replace(/^00/, "")));
  const transport = { name: "RSAES-PKCS1-v1_5" } as const;

  it("gives the content key of every valid vector, and of none when another length is expected", async () => {
    expect(count(groups, "valid")).toBe(valid);
    const wrong = await wrongOnes(groups, async ({ result, msg, ct }, group) => {
      if (result !== "valid") return true;
      const key = recipient(group);
      const opened = await key.openContentKey(transport, fromHex(ct), msg.length / 2);
      const longer = await key.openContentKey(transport, fromHex(ct), msg.length / 2 + 8);
      return hex(opened) === msg && !hex(longer).endsWith(msg || "never");
    });
    expect(wrong).toEqual([]);
  });

  it("puts a fresh random key in place of every invalid one, and never throws", async () => {
    expect(count(groups, "invalid")).toBe(invalid);
    const wrong = await wrongOnes(groups, async ({ result, ct }, group) => {
      if (result !== "invalid") return true;
      const key = recipient(group);
      for (const length of [8, 16, 24, 32]) {
        const [one, other] = [
          await key.openContentKey(transport, fromHex(ct), length),
          await key.openContentKey(transport, fromHex(ct), length),
        ];
        if (one.length !== length || other.length !== length || hex(one) === hex(other))
          return false;
      }
      return true;
    });
    expect(wrong).toEqual([]);
  });
});

it("AES-CBC: 72 valid vectors decrypt and encrypt, 144 invalid ones are not intact", async () => {
  const { testGroups: groups } = aesCbc;
  expect([count(groups, "valid"), count(groups, "invalid")]).toEqual([72, 144]);
  const wrong = await wrongOnes(groups, async ({ key, iv, msg, ct, result }, { keySize }) => {
    const algorithm = contentEncryptionAlgorithms[`AES-${keySize as 128 | 192 | 256}-CBC`];
    const decrypted = decryptContent(algorithm, fromHex(key), fromHex(iv), fromHex(ct));
    if (result !== "valid") return !decrypted.intact;
    const encrypted = encryptContent(algorithm, fromHex(key), fromHex(iv), fromHex(msg));
    return decrypted.intact && hex(decrypted.content) === msg && hex(encrypted) === ct;
  });
  expect(wrong).toEqual([]);
});

describe.each([
  { name: "ECDSA over P-256 in DER", groups: ecdsa.testGroups, valid: 174, invalid: 310 },
  { name: "RSASSA-PKCS1-v1_5 with 2048 bits", groups: rsassa.testGroups, valid: 9, invalid: 249 },
])("$name", ({ groups, valid, invalid }) => {
  it("verifies what is valid, refuses what is not, and never throws", async () => {
    expect([count(groups, "valid"), count(groups, "invalid")]).toEqual([valid, invalid]);
    const all: readonly {
      readonly publicKeyDer: string;
      readonly tests: readonly (Vector & { readonly msg: string; readonly sig: string })[];
    }[] = groups;
    const wrong = await wrongOnes(all, async ({ msg, sig, result }, { publicKeyDer }) => {
      const key = readSubjectPublicKeyInfo(readDer(fromHex(publicKeyDer)));
      const verified = await verifySignature(key, "SHA-256", fromHex(sig), fromHex(msg));
      return result === "acceptable"
        ? typeof verified === "boolean"
        : verified === (result === "valid");
    });
    expect(wrong).toEqual([]);
  });
});
