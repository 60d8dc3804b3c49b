/**
 * Opening envelopes without telling anything: every bad padding, length and range ends in a key of the right length that
 * is not the sender's, after the same operations; the ciphers agree with the runtime's own, and unpadding never throws.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto";
import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { contentEncryptionAlgorithms, contentEncryptionNames } from "../../src/pki/algorithms.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { decryptContent, encryptContent } from "../../src/pki/content-encryption.ts";
import { openEnvelope } from "../../src/pki/cms-enveloped-data.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { readSubjectPublicKeyInfo } from "../../src/pki/public-key.ts";
import {
  createRecipientKey,
  encryptContentKey,
  unpadContentKey,
} from "../../src/pki/rsa-key-transport.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
const pkcs8 = new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
const ours = readSubjectPublicKeyInfo(readDer(spki));
if (ours.kind !== "RSA") throw new Error("not an RSA key");
const { modulus } = ours;
const recipient = createRecipientKey(pkcs8, modulus);
const pkcs1 = { name: "RSAES-PKCS1-v1_5" } as const;
const length = 16;
const contentKey = Uint8Array.from({ length }, (_, index) => 0xa0 + index);

/** A block as long as the modulus, raised to the public exponent. */
const encryptRaw = (block: Uint8Array): Uint8Array =>
  new Uint8Array(publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block));

/** 00 02, padding without zeros, 00, key. */
function paddedBlock(key: Uint8Array, size = 256): Uint8Array {
  const block = new Uint8Array(size).fill(0x11);
  block.set([0, 2], 0);
  block[size - key.length - 1] = 0;
  block.set(key, size - key.length);
  return block;
}
const good = paddedBlock(contentKey);

const badBlocks: readonly (readonly [string, Uint8Array])[] = [
  ["a first octet that is not zero", good.with(0, 1)],
  ["block type 1", good.with(1, 1)],
  ["block type 0", good.with(1, 0)],
  ["no zero before the key", good.with(256 - length - 1, 0x11)],
  ["a zero in the first padding octet", good.with(2, 0)],
  ["a zero in the eighth padding octet", good.with(9, 0)],
  ["a zero in the last padding octet", good.with(256 - length - 2, 0)],
  ["a key that is one octet short", paddedBlock(contentKey.slice(1))],
  ["a key that is one octet long", paddedBlock(Uint8Array.of(9, ...contentKey))],
  ["an empty key", paddedBlock(new Uint8Array(0))],
  ["a key of another cipher", paddedBlock(new Uint8Array(32).fill(5))],
  ["zeros only", new Uint8Array(256)],
  ["a one", new Uint8Array(256).with(255, 1)],
];

const altered = encryptContentKey(spki, contentKey);
const badCiphertexts: readonly (readonly [string, Uint8Array])[] = [
  ...badBlocks.map(
    ([name, block]) => [name, encryptRaw(block.with(0, (block[0] ?? 0) & 1))] as const,
  ),
  ["one bit changed", altered.with(100, (altered[100] ?? 0) ^ 4)],
  ["nothing", new Uint8Array(0)],
  ["one octet short", altered.slice(1)],
  ["one octet long", Uint8Array.of(0, ...altered)],
  ["4 KB", new Uint8Array(4096).fill(7)],
  ["the modulus", modulus.slice()],
  ["the modulus plus one", modulus.with(255, (modulus[255] ?? 0) + 1)],
  ["the largest number", new Uint8Array(256).fill(0xff)],
  ["zero", new Uint8Array(256)],
];

describe("PKCS #1 v1.5", () => {
  it("a content key of every length that a cipher has comes out", async () => {
    for (const keyLength of [8, 16, 24, 32]) {
      const key = crypto.getRandomValues(new Uint8Array(keyLength));
      expect(
        await recipient.openContentKey(pkcs1, encryptContentKey(spki, key), keyLength),
      ).toEqual(key);
      expect(
        await recipient.openContentKey(pkcs1, encryptRaw(paddedBlock(key)), keyLength),
      ).toEqual(key);
    }
  });

  it.each(badCiphertexts)(
    "%s: a random key of the right length, another one each time",
    async (_, encryptedKey) => {
      const keys = [1, 2, 3].map(() => recipient.openContentKey(pkcs1, encryptedKey, length));
      const results = await Promise.all(keys);
      expect(results.map((key) => key.length)).toEqual([length, length, length]);
      expect(new Set([...results, contentKey].map(toHex)).size).toBe(4);
    },
  );

  it("every way of failing does the same work: one private operation on a number in range, one draw of randomness", async () => {
    // The key's own import is no part of the measure.
    await recipient.openContentKey(pkcs1, altered, length);
    const sign = vi.spyOn(crypto.subtle, "sign");
    const random = vi.spyOn(crypto, "getRandomValues");
    const work = async (encryptedKey: Uint8Array): Promise<unknown> => {
      sign.mockClear();
      random.mockClear();
      const key = await recipient.openContentKey(pkcs1, encryptedKey, length);
      return {
        operations: sign.mock.calls.map(([algorithm, , block]) => [
          algorithm,
          (block as Uint8Array).length,
        ]),
        draws: random.mock.calls.map(([octets]) => octets?.byteLength),
        result: [key.constructor.name, key.length],
      };
    };
    const usual = await work(altered);
    expect(usual).toMatchObject({ operations: [["RSA-RAW", 256]], draws: [length] });
    for (const [name, encryptedKey] of badCiphertexts)
      expect(await work(encryptedKey), name).toEqual(usual);
  });

  it("what it seals the runtime opens, with its padding as it should be", () => {
    const sealed = encryptContentKey(spki, contentKey);
    const block = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, sealed);
    expect([block[0], block[1], block[256 - length - 1]]).toEqual([0, 2, 0]);
    expect(block.subarray(2, 256 - length - 1).includes(0)).toBe(false);
    expect(new Uint8Array(block.subarray(-length))).toEqual(contentKey);
    expect(toHex(encryptContentKey(spki, contentKey))).not.toBe(toHex(sealed));
  });
});

describe("unpadding", () => {
  const substitute = new Uint8Array(length).fill(0x77);

  it.each(badBlocks)("%s: the substitute", (_, block) => {
    expect(unpadContentKey(block, substitute)).toEqual(substitute);
  });

  it("a good block: its key; out of range: the substitute all the same", () => {
    expect(unpadContentKey(good, substitute)).toEqual(contentKey);
    expect(unpadContentKey(good, substitute, false)).toEqual(substitute);
  });

  it("fewer than eight octets of padding are not enough", () => {
    for (const padding of [8, 7, 0]) {
      const block = paddedBlock(contentKey, 3 + padding + length);
      expect(unpadContentKey(block, substitute)).toEqual(padding >= 8 ? contentKey : substitute);
    }
    for (const size of [0, 1, length, length + 1])
      expect(unpadContentKey(new Uint8Array(size), substitute)).toEqual(substitute);
  });

  it("any change of the first octets, of the padding's end or to a zero within it gives the substitute whole", () => {
    fc.assert(
      fc.property(fc.nat(256 - length - 1), fc.integer({ min: 0, max: 255 }), (index, octet) => {
        const isPadding = index >= 2 && index < 256 - length - 1;
        const same = isPadding ? octet !== 0 : octet === good[index];
        expect(unpadContentKey(good.with(index, octet), substitute)).toEqual(
          same ? contentKey : substitute,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe("OAEP", () => {
  const digests = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const;
  const seal = (digest: string, key: Uint8Array): Uint8Array =>
    new Uint8Array(
      publicEncrypt(
        {
          key: publicKey,
          padding: constants.RSA_PKCS1_OAEP_PADDING,
          oaepHash: digest.toLowerCase().replace("-", ""),
        },
        key,
      ),
    );

  it.each(digests)(
    "with %s the key comes out, and with another digest a random one does",
    async (digest) => {
      const sealed = seal(digest, contentKey);
      for (const other of digests) {
        const key = await recipient.openContentKey(
          { name: "RSAES-OAEP", digest: other },
          sealed,
          length,
        );
        expect(key).toHaveLength(length);
        expect(toHex(key) === toHex(contentKey)).toBe(other === digest);
      }
    },
  );

  it.each(badCiphertexts)("%s: a random key of the right length", async (_, encryptedKey) => {
    const transport = { name: "RSAES-OAEP", digest: "SHA-256" } as const;
    const [one, other] = await Promise.all(
      [1, 2].map(() => recipient.openContentKey(transport, encryptedKey, length)),
    );
    expect([one?.length, other?.length]).toEqual([length, length]);
    expect(one).not.toEqual(other);
  });

  it("a key of another length than the cipher's is replaced", async () => {
    const transport = { name: "RSAES-OAEP", digest: "SHA-256" } as const;
    const key = await recipient.openContentKey(transport, seal("SHA-256", contentKey), 32);
    expect(key).toHaveLength(32);
    expect(toHex(key)).not.toContain(toHex(contentKey));
  });
});

const nodeNames = {
  "AES-128-CBC": "aes-128-cbc",
  "AES-192-CBC": "aes-192-cbc",
  "AES-256-CBC": "aes-256-cbc",
  "DES-EDE3-CBC": "des-ede3-cbc",
  "DES-CBC": "des-cbc",
} as const;

describe.each(contentEncryptionNames)("%s", (name) => {
  const algorithm = contentEncryptionAlgorithms[name];
  const { keyLength, blockLength } = algorithm;
  const key = crypto.getRandomValues(new Uint8Array(keyLength));
  const vector = crypto.getRandomValues(new Uint8Array(blockLength));
  const plain = (padded: Uint8Array): Uint8Array => {
    const cipher = createCipheriv(nodeNames[name], key, vector);
    cipher.setAutoPadding(false);
    return new Uint8Array(Buffer.concat([cipher.update(padded), cipher.final()]));
  };

  it("any content is encrypted as the runtime does it, and comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (content) => {
        const ciphertext = encryptContent(algorithm, key, vector, content);
        const decipher = createDecipheriv(nodeNames[name], key, vector);
        expect(
          new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()])),
        ).toEqual(content);
        const opened = decryptContent(algorithm, key, vector, ciphertext);
        expect([opened.intact, new Uint8Array(opened.content)]).toEqual([true, content]);
      }),
    );
  });

  it("every padding of a last block is judged as PKCS #7 says, and none of them throws", () => {
    const lawful = new Set(Array.from({ length: blockLength }, (_, index) => index + 1));
    for (let count = 0; count < 256; count++) {
      const padded = new Uint8Array(2 * blockLength).fill(count);
      const opened = decryptContent(algorithm, key, vector, plain(padded));
      expect(opened.intact).toBe(lawful.has(count));
      expect(opened.content).toHaveLength(2 * blockLength - (lawful.has(count) ? count : 0));
    }
    for (let count = 2; count <= blockLength; count++) {
      for (let wrong = 2; wrong <= count; wrong++) {
        const padded = new Uint8Array(2 * blockLength).fill(count);
        padded[2 * blockLength - wrong] = count ^ 1;
        expect(decryptContent(algorithm, key, vector, plain(padded)).intact).toBe(false);
      }
    }
  });

  it("any octets of any length give something of one shape", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (ciphertext) => {
        const opened = decryptContent(algorithm, key, vector, ciphertext);
        expect(Object.keys(opened)).toEqual(["content", "intact"]);
        if (ciphertext.length === 0 || ciphertext.length % blockLength !== 0)
          expect(opened.intact).toBe(false);
      }),
    );
  });
});

it("an envelope that cannot be opened is one thing, whatever is wrong with it", async () => {
  const algorithm = contentEncryptionAlgorithms["AES-128-CBC"];
  const vector = new Uint8Array(16).fill(3);
  const encryptedContent = encryptContent(
    algorithm,
    contentKey,
    vector,
    new Uint8Array(200).fill(9),
  );
  const envelope = {
    transport: pkcs1,
    encryptedKey: altered,
    contentEncryption: algorithm,
    initialisationVector: vector,
    encryptedContent,
  };
  expect(await openEnvelope(envelope, recipient)).toMatchObject({ intact: true });
  const broken = [
    ...badCiphertexts.map(([, encryptedKey]) => ({ ...envelope, encryptedKey })),
    { ...envelope, encryptedContent: encryptedContent.slice(0, -1) },
    { ...envelope, encryptedContent: new Uint8Array(0) },
    { ...envelope, encryptedContent: encryptedContent.with(195, (encryptedContent[195] ?? 0) ^ 1) },
    { ...envelope, contentEncryption: contentEncryptionAlgorithms["AES-256-CBC"] },
    { ...envelope, transport: { name: "RSAES-OAEP", digest: "SHA-256" } as const },
  ];
  for (const one of broken) {
    const opened = await openEnvelope(one, recipient);
    expect(Object.keys(opened)).toEqual(["content", "intact"]);
    // One random key in 256 ends in a lawful padding; then the content is rubbish and no request.
    if (opened.intact) expect(toHex(new Uint8Array(opened.content))).not.toContain("09".repeat(16));
  }
});
