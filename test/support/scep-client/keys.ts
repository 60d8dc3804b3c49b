/** Key pairs of the test client, the lawful and the weak ones. */
import {
  type KeyObject,
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from "node:crypto";
import { algorithm, type Digest, digests } from "./algorithms.ts";
import { type Bytes, bitString, bytes, concat, integer, oid, sequence, tag } from "./der.ts";
import { child, read } from "./der-reader.ts";
import { oids } from "./oids.ts";

export interface KeyPair {
  readonly kind: "RSA" | "EC";
  /** SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  /** PKCS #8; absent for keys whose private half does not exist. */
  readonly pkcs8?: Bytes;
  readonly sign: (digest: Digest, signed: Uint8Array) => Bytes;
}

function keyPair(kind: "RSA" | "EC", spki: Uint8Array, pkcs8: Uint8Array): KeyPair {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  return {
    kind,
    spki: bytes(spki),
    pkcs8: bytes(pkcs8),
    sign: (digest, signed) => bytes(sign(digests[digest].node, Buffer.from(signed), privateKey)),
  };
}

function generated(
  kind: "RSA" | "EC",
  pair: { publicKey: KeyObject; privateKey: KeyObject },
): KeyPair {
  const spki = pair.publicKey.export({ format: "der", type: "spki" });
  return keyPair(kind, spki, pair.privateKey.export({ format: "der", type: "pkcs8" }));
}

export const rsaKeyPair = (modulusLength = 2048): KeyPair =>
  generated("RSA", generateKeyPairSync("rsa", { modulusLength }));

export const ecKeyPair = (namedCurve: "P-256" | "P-384" = "P-256"): KeyPair =>
  generated("EC", generateKeyPairSync("ec", { namedCurve }));

/** A key that somebody else made, from its PKCS #8 or PKCS #1. */
export function keyPairOf(privateKeyDer: Uint8Array): KeyPair {
  const key = Buffer.from(privateKeyDer);
  const isPkcs8 = privateKeyDer[7] === tag.sequence;
  const privateKey = createPrivateKey({ key, format: "der", type: isPkcs8 ? "pkcs8" : "pkcs1" });
  return generated("RSA", { privateKey, publicKey: createPublicKey(privateKey) });
}

/** A key that only has a public half; what it "signs" is as given. */
export function publicOnlyKeyPair(
  kind: "RSA" | "EC",
  spki: Bytes,
  signature: (length: number) => Bytes,
): KeyPair {
  return { kind, spki, sign: () => signature(256) };
}

export function rsaSpki(modulus: Uint8Array | bigint, exponent: number): Bytes {
  const key = sequence(integer(modulus), integer(exponent));
  return sequence(algorithm(oids.rsaEncryption), bitString(key));
}

export function ecSpki(curveOid: string, point: Uint8Array): Bytes {
  return sequence(sequence(oid(oids.ecPublicKey), oid(curveOid)), bitString(point));
}

export function verifyWith(
  spki: Uint8Array,
  digest: Digest,
  signature: Uint8Array,
  signed: Uint8Array,
): boolean {
  const key = { key: Buffer.from(spki), format: "der", type: "spki" } as const;
  return verify(digests[digest].node, Buffer.from(signed), key, Buffer.from(signature));
}

export function rsaParts(spki: Uint8Array): { readonly modulus: Bytes; readonly exponent: Bytes } {
  const key = read(child(read(spki), 1, 0x03).content.slice(1));
  const modulus = child(key, 0, 0x02).content;
  return {
    modulus: modulus[0] === 0 ? modulus.slice(1) : modulus,
    exponent: child(key, 1, 0x02).content,
  };
}

// PEM, because one of the two runtimes knows padding options beside nothing else.
const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;

/** The bare public operation on a block as long as the modulus: how corrupted paddings are made. */
export function rsaRaw(spki: Uint8Array, block: Uint8Array): Bytes {
  const key = { key: pem("PUBLIC KEY", spki), padding: constants.RSA_NO_PADDING };
  return bytes(publicEncrypt(key, Buffer.from(block)));
}

export function rsaesPkcs1(spki: Uint8Array, contentKey: Uint8Array): Bytes {
  const key = { key: pem("PUBLIC KEY", spki), padding: constants.RSA_PKCS1_PADDING };
  return bytes(publicEncrypt(key, Buffer.from(contentKey)));
}

export function rsaesOaep(spki: Uint8Array, contentKey: Uint8Array, digest: Digest): Bytes {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = { key: pem("PUBLIC KEY", spki), padding, oaepHash: digests[digest].node };
  return bytes(publicEncrypt(key, Buffer.from(contentKey)));
}

/** RSAES-PKCS1-v1_5 for a client, which need not hide anything: Node itself refuses this padding. */
export function rsaesPkcs1Open(pair: KeyPair, encryptedKey: Uint8Array): Bytes {
  if (pair.pkcs8 === undefined) throw new Error("this key has no private half");
  const key = { key: pem("PRIVATE KEY", pair.pkcs8), padding: constants.RSA_NO_PADDING };
  const block = bytes(privateDecrypt(key, Buffer.from(encryptedKey)));
  const zero = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || zero < 10) {
    throw new Error("the reply's key transport padding is wrong");
  }
  return block.slice(zero + 1);
}

/** `00 02 | non-zero octets | 00 | key`, as long as the modulus. */
export function pkcs1Block(length: number, contentKey: Uint8Array): Bytes {
  const padding = new Uint8Array(length - 3 - contentKey.length).fill(0xa7);
  return concat(bytes([0, 2]), padding, bytes([0]), contentKey);
}
