/** Keys out of passwords: PBKDF2 (RFC 8018, section 5.2) and the derivation of PKCS #12 (RFC 7292, appendix B). */
import { createHash, createHmac, pbkdf2 as nativePbkdf2 } from "node:crypto";
import { DecodeError } from "./decode-error.ts";

export type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/** What Cloudflare's WebCrypto does at most in one derivation. */
const mostOfWebCrypto = 100_000;
/** A file decides how much we compute: more than any exporter in use asks for, and seconds, not minutes. */
const mostInAll = 2_000_000;

/** What one file may cost. */
export class IterationBudget {
  #left = mostInAll;

  spend(iterations: number): void {
    this.#left -= iterations;
    if (this.#left < 0)
      throw new DecodeError(
        `It asks for over ${mostInAll} iterations to make keys from the password; export it again with fewer`,
      );
  }
}

/** The content of an INTEGER that counts iterations. */
export function readCount(content: Uint8Array): number {
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0x80) >= 0x80)
    throw new DecodeError("A count of iterations that cannot be");
  const count = content.reduce((number, octet) => number * 256 + octet, 0);
  if (count < 1) throw new DecodeError("A count of iterations that cannot be");
  return count;
}

export async function pbkdf2(
  hash: HashName,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Promise<Uint8Array> {
  if (iterations <= mostOfWebCrypto) {
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const parameters = { name: "PBKDF2", hash, salt, iterations };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8));
  }
  return await new Promise<Uint8Array>((resolve, reject) => {
    nativePbkdf2(password, salt, iterations, length, nodeName(hash), (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
    // The deployed runtime may bound this one as well; then the steps are taken one by one, which takes seconds.
  }).catch(() => pbkdf2InSteps(hash, password, salt, iterations, length));
}

/** The same by hand, one HMAC at a time. */
export function pbkdf2InSteps(
  hash: HashName,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  const derived = new Uint8Array(length);
  const size = sizes[hash].output;
  const mac = (octets: Uint8Array): Uint8Array =>
    createHmac(nodeName(hash), password).update(octets).digest();
  for (let block = 1, offset = 0; offset < length; block++, offset += size) {
    let step = mac(Uint8Array.of(...salt, block >>> 24, block >>> 16, block >>> 8, block));
    const sum = Uint8Array.from(step);
    for (let iteration = 1; iteration < iterations; iteration++) {
      step = mac(step);
      for (let index = 0; index < size; index++)
        sum[index] = (sum[index] ?? 0) ^ (step[index] ?? 0);
    }
    derived.set(sum.subarray(0, length - offset), offset);
  }
  return derived;
}

const nodeName = (hash: HashName): string => hash.replace("-", "").toLowerCase();

/** Octets: what the hash gives, and the blocks that it works on. */
const sizes: Readonly<Record<HashName, { readonly output: number; readonly block: number }>> = {
  "SHA-1": { output: 20, block: 64 },
  "SHA-256": { output: 32, block: 64 },
  "SHA-384": { output: 48, block: 128 },
  "SHA-512": { output: 64, block: 128 },
};

/** @param purpose 1: a key, 2: an initialisation vector, 3: a key for a MAC (appendix B.3) */
export function pkcs12Kdf(
  hash: HashName,
  purpose: number,
  password: string,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  const { output, block } = sizes[hash];
  const diversifier = new Uint8Array(block).fill(purpose);
  let input = Uint8Array.of(...filled(salt, block), ...filled(bmpString(password), block));
  const derived = new Uint8Array(Math.ceil(length / output) * output);
  for (let offset = 0; offset < length; offset += output) {
    let digest = hashOf(hash, Uint8Array.of(...diversifier, ...input));
    for (let iteration = 1; iteration < iterations; iteration++) digest = hashOf(hash, digest);
    derived.set(digest, offset);
    input = addToBlocks(input, filled(digest, block).subarray(0, block), block);
  }
  return derived.subarray(0, length);
}

const hashOf = (hash: HashName, octets: Uint8Array): Uint8Array =>
  createHash(nodeName(hash)).update(octets).digest();

/** Repeated until it fills whole blocks. */
function filled(octets: Uint8Array, block: number): Uint8Array {
  const length = Math.ceil(octets.length / block) * block;
  return Uint8Array.from({ length }, (_, index) => octets[index % octets.length] ?? 0);
}

/** Each block of the input plus the digest plus one, as large numbers. */
function addToBlocks(
  input: Uint8Array,
  digest: Uint8Array,
  block: number,
): Uint8Array<ArrayBuffer> {
  const sum = Uint8Array.from(input);
  for (let start = 0; start < input.length; start += block) {
    let carry = 1;
    for (let index = block - 1; index >= 0; index--) {
      carry += (input[start + index] ?? 0) + (digest[index] ?? 0);
      sum[start + index] = carry & 0xff;
      carry >>= 8;
    }
  }
  return sum;
}

/** Appendix B.1: with two zero octets at the end. */
function bmpString(text: string): Uint8Array {
  const octets = new Uint8Array(2 * text.length + 2);
  const view = new DataView(octets.buffer);
  for (let index = 0; index < text.length; index++)
    view.setUint16(2 * index, text.charCodeAt(index));
  return octets;
}
