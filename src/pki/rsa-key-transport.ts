/**
 * RSA key transport (RFC 5652, section 6.2.1): getting at the content key without becoming an oracle.
 *
 * The raw private operation is the runtime's (`RSA-RAW`); the PKCS #1 v1.5 padding is read here without a branch that
 * depends on it, and when it is wrong a random key takes the content key's place (RFC 3218, section 2.3.2), so that the
 * next step fails in the same way and after the same work for every fault.
 */
import { constants, publicEncrypt } from "node:crypto";
import type { DigestName } from "./algorithms.ts";

export type KeyTransport =
  | { readonly name: "RSAES-PKCS1-v1_5" }
  | { readonly name: "RSAES-OAEP"; readonly digest: Exclude<DigestName, "MD5"> };

/** A private key that opens envelopes. */
export interface RecipientKey {
  /** Always gives a key of `keyLength` octets; a wrong or altered `encryptedKey` gives a random one. */
  openContentKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    keyLength: number,
  ): Promise<Uint8Array>;
}

/** @param pkcs8 an RSA private key; `modulus` is its modulus, big-endian without leading zeros */
export function createRecipientKey(pkcs8: Uint8Array, modulus: Uint8Array): RecipientKey {
  const raw = crypto.subtle.importKey("pkcs8", pkcs8, { name: "RSA-RAW" }, false, ["sign"]);
  // A runtime that lacks RSA-RAW must fail at the first use, with that error, and not as an unhandled rejection.
  raw.catch(() => undefined);
  const oaep = new Map<string, Promise<CryptoKey>>();
  const oaepKey = (hash: string): Promise<CryptoKey> => {
    const known =
      oaep.get(hash) ??
      crypto.subtle.importKey("pkcs8", pkcs8, { name: "RSA-OAEP", hash }, false, ["decrypt"]);
    oaep.set(hash, known);
    return known;
  };
  return {
    async openContentKey(transport, encryptedKey, keyLength) {
      const substitute = crypto.getRandomValues(new Uint8Array(keyLength));
      if (transport.name === "RSAES-OAEP") {
        return await openOaep(await oaepKey(transport.digest), encryptedKey, substitute);
      }
      const inRange = encryptedKey.length === modulus.length && isLess(encryptedKey, modulus);
      // Out of range the operation would refuse at once; any number in range keeps the work the same.
      const block = await crypto.subtle.sign(
        "RSA-RAW",
        await raw,
        inRange ? encryptedKey : inRangeInstead(modulus),
      );
      return unpadContentKey(new Uint8Array(block), substitute, inRange);
    },
  };
}

async function openOaep(
  key: CryptoKey,
  encryptedKey: Uint8Array,
  substitute: Uint8Array,
): Promise<Uint8Array> {
  try {
    const contentKey = new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", key, encryptedKey));
    return contentKey.length === substitute.length ? contentKey : substitute;
  } catch {
    return substitute;
  }
}

/**
 * RSAES-PKCS1-v1_5 (RFC 8017, section 7.2.2) for a message whose length is known: 00 02, non-zero padding, 00, key.
 * @param block as long as the modulus
 * @param substitute random, as long as the content key; the result when the padding is wrong
 */
export function unpadContentKey(
  block: Uint8Array,
  substitute: Uint8Array,
  acceptable = true,
): Uint8Array {
  const keyStart = block.length - substitute.length;
  let wrong = acceptable && keyStart >= 11 ? 0 : 1;
  wrong |= (block[0] ?? 1) | ((block[1] ?? 0) ^ 2) | (block[keyStart - 1] ?? 1);
  for (let index = 2; index < keyStart - 1; index++) wrong |= isZero(block[index] ?? 0);
  // All ones when the padding is right, zero when it is wrong.
  const keep = -isZero(wrong);
  const contentKey = new Uint8Array(substitute.length);
  for (let index = 0; index < contentKey.length; index++) {
    contentKey[index] =
      ((block[keyStart + index] ?? 0) & keep) | ((substitute[index] ?? 0) & ~keep);
  }
  return contentKey;
}

/** 1 for zero, 0 for other non-negative 31-bit numbers, without a branch. */
const isZero = (value: number): number => ((value - 1) >> 31) & 1;

function isLess(one: Uint8Array, other: Uint8Array): boolean {
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function inRangeInstead(modulus: Uint8Array): Uint8Array {
  const block = new Uint8Array(modulus.length).fill(0x5a);
  block[0] = 0;
  return block;
}

/** RSAES-PKCS1-v1_5 encryption to a client's key, which WebCrypto lacks. A public-key operation: nothing to hide. */
export function encryptContentKey(
  subjectPublicKeyInfoDer: Uint8Array,
  contentKey: Uint8Array,
): Uint8Array {
  const key = {
    key: Buffer.from(subjectPublicKeyInfoDer),
    format: "der",
    type: "spki",
    padding: constants.RSA_PKCS1_PADDING,
  };
  return publicEncrypt(key, contentKey);
}
