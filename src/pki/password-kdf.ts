/** Keys out of passwords: PBKDF2 (RFC 8018, section 5.2) and the derivation of PKCS #12 (RFC 7292, appendix B). */
import { createHash, pbkdf2 as nativePbkdf2 } from "node:crypto";
import { DecodeError } from "./decode-error.ts";

export type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/** What Cloudflare does at most in one derivation, by WebCrypto and by node:crypto alike; workerd elsewhere does more. */
const mostOfWebCrypto = 100_000;
/** A file decides how much we compute: more than any exporter in use asks for, and seconds, not minutes. */
const mostInAll = 10_000_000;
/** A hash from JavaScript takes so many times as long as a native iteration. */
const costOfHash = 10;

/** What one file may cost. */
export class IterationBudget {
  #left = mostInAll;

  spend(iterations: number): void {
    this.#left -= iterations;
    if (this.#left < 0)
      throw new DecodeError(
        "It asks for too many iterations to make keys from the password; export it again with 600,000 or fewer",
      );
  }

  /** Iterations of `pkcs12Kdf`. */
  spendHashes(iterations: number): void {
    this.spend(iterations * costOfHash);
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
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      nativePbkdf2(password, salt, iterations, length, nodeName(hash), (error, key) =>
        error ? reject(error) : resolve(new Uint8Array(key)),
      );
    });
  } catch {
    throw new DecodeError(
      `It asks for ${iterations} iterations of PBKDF2, and this runtime does ${mostOfWebCrypto} at most; export it again with fewer (openssl pkcs12 -export -iter ${mostOfWebCrypto}, or openssl pkcs8 -topk8 -v2 aes256 -iter ${mostOfWebCrypto})`,
    );
  }
}

const nodeName = (hash: HashName): string => hash.replace("-", "").toLowerCase();

/** Octets: what the hash gives, and the blocks that it works on. */
const sizes: Readonly<Record<HashName, { readonly output: number; readonly block: number }>> = {
  "SHA-1": { output: 20, block: 64 },
  "SHA-256": { output: 32, block: 64 },
  "SHA-384": { output: 48, block: 128 },
  "SHA-512": { output: 64, block: 128 },
};

/** Octets. */
export const outputLength = (hash: HashName): number => sizes[hash].output;

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
