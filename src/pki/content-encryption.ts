/**
 * Block ciphers in CBC mode with PKCS #7 padding (RFC 5652, section 6.3). `node:crypto`, because WebCrypto has neither
 * DES nor CBC without its own unpadding, and unpadding that throws would tell padding apart from other faults.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { ContentEncryptionAlgorithm } from "./algorithms.ts";

const nodeName = (algorithm: ContentEncryptionAlgorithm): string =>
  algorithm.nodeName ?? algorithm.name.toLowerCase();

/** @returns the padded ciphertext; the initialisation vector is as long as the cipher's block */
export function encryptContent(
  algorithm: ContentEncryptionAlgorithm,
  key: Uint8Array,
  initialisationVector: Uint8Array,
  content: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(nodeName(algorithm), key, initialisationVector);
  return Buffer.concat([cipher.update(content), cipher.final()]);
}

/** As `encryptContent`, for whole blocks that get no padding. */
export function encryptBlocks(
  algorithm: ContentEncryptionAlgorithm,
  key: Uint8Array,
  initialisationVector: Uint8Array,
  blocks: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(nodeName(algorithm), key, initialisationVector);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

export interface DecryptedContent {
  readonly content: Uint8Array;
  /** False: length or padding were wrong, and `content` is only there to be worked on alike. */
  readonly intact: boolean;
}

/** Does the same work whether length and padding are right or wrong. The key and the vector have the right lengths. */
export function decryptContent(
  algorithm: ContentEncryptionAlgorithm,
  key: Uint8Array,
  initialisationVector: Uint8Array,
  ciphertext: Uint8Array,
): DecryptedContent {
  const { blockLength } = algorithm;
  const whole = ciphertext.length > 0 && ciphertext.length % blockLength === 0;
  const blocks = whole
    ? ciphertext
    : new Uint8Array(Math.ceil((ciphertext.length + 1) / blockLength) * blockLength);
  const decipher = createDecipheriv(nodeName(algorithm), key, initialisationVector);
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(blocks), decipher.final()]);

  const count = padded.at(-1) ?? 0;
  let wrong = whole ? 0 : 1;
  wrong |= count === 0 || count > blockLength ? 1 : 0;
  for (let distance = 1; distance <= blockLength; distance++) {
    const octet = padded[padded.length - distance] ?? 0;
    // All ones when this octet belongs to the padding, computed without a branch.
    const inside = (distance - 1 - count) >> 31;
    wrong |= (octet ^ count) & inside;
  }
  return {
    content: padded.subarray(0, wrong === 0 ? padded.length - count : padded.length),
    intact: wrong === 0,
  };
}
