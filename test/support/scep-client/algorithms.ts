/** Digests, signatures and content ciphers of the test client, on `node:crypto`, which Node and workerd both have. */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { type Bytes, bytes, concat, nullValue, oid, sequence } from "./der.ts";
import { oids } from "./oids.ts";

export type Digest = "MD5" | "SHA-1" | "SHA-224" | "SHA-256" | "SHA-384" | "SHA-512";

export const digests: Readonly<
  Record<
    Digest,
    { readonly oid: string; readonly node: string; readonly rsa: string; readonly ecdsa: string }
  >
> = {
  MD5: { oid: "1.2.840.113549.2.5", node: "md5", rsa: "1.2.840.113549.1.1.4", ecdsa: "1.2.3.4.5" },
  "SHA-1": {
    oid: "1.3.14.3.2.26",
    node: "sha1",
    rsa: "1.2.840.113549.1.1.5",
    ecdsa: "1.2.840.10045.4.1",
  },
  "SHA-224": {
    oid: "2.16.840.1.101.3.4.2.4",
    node: "sha224",
    rsa: "1.2.840.113549.1.1.14",
    ecdsa: "1.2.840.10045.4.3.1",
  },
  "SHA-256": {
    oid: "2.16.840.1.101.3.4.2.1",
    node: "sha256",
    rsa: "1.2.840.113549.1.1.11",
    ecdsa: "1.2.840.10045.4.3.2",
  },
  "SHA-384": {
    oid: "2.16.840.1.101.3.4.2.2",
    node: "sha384",
    rsa: "1.2.840.113549.1.1.12",
    ecdsa: "1.2.840.10045.4.3.3",
  },
  "SHA-512": {
    oid: "2.16.840.1.101.3.4.2.3",
    node: "sha512",
    rsa: "1.2.840.113549.1.1.13",
    ecdsa: "1.2.840.10045.4.3.4",
  },
};

export function digestByOid(dotted: string): Digest {
  const found = Object.entries(digests).find(([, one]) => one.oid === dotted);
  if (found === undefined) throw new Error(`unknown digest ${dotted}`);
  return found[0] as Digest;
}

/** The digest inside a combined signature algorithm such as sha256WithRSAEncryption. */
export function digestOfSignature(dotted: string): Digest {
  const found = Object.entries(digests).find(
    ([, one]) => one.rsa === dotted || one.ecdsa === dotted,
  );
  if (found === undefined) throw new Error(`unknown signature algorithm ${dotted}`);
  return found[0] as Digest;
}

export const hash = (digest: Digest, value: Uint8Array): Bytes =>
  bytes(createHash(digests[digest].node).update(value).digest());

export const algorithm = (dotted: string, parameters: Uint8Array = nullValue): Bytes =>
  sequence(oid(dotted), parameters);

export type Cipher = "AES-128-CBC" | "AES-192-CBC" | "AES-256-CBC" | "DES-EDE3-CBC" | "DES-CBC";

export const ciphers: Readonly<
  Record<
    Cipher,
    { readonly oid: string; readonly node: string; readonly key: number; readonly block: number }
  >
> = {
  "AES-128-CBC": { oid: "2.16.840.1.101.3.4.1.2", node: "aes-128-cbc", key: 16, block: 16 },
  "AES-192-CBC": { oid: "2.16.840.1.101.3.4.1.22", node: "aes-192-cbc", key: 24, block: 16 },
  "AES-256-CBC": { oid: "2.16.840.1.101.3.4.1.42", node: "aes-256-cbc", key: 32, block: 16 },
  "DES-EDE3-CBC": { oid: "1.2.840.113549.3.7", node: "des-ede3-cbc", key: 24, block: 8 },
  "DES-CBC": { oid: "1.3.14.3.2.7", node: "des-ede3-cbc", key: 8, block: 8 },
};

export function cipherByOid(dotted: string): Cipher {
  const found = Object.entries(ciphers).find(([, one]) => one.oid === dotted);
  if (found === undefined) throw new Error(`unknown cipher ${dotted}`);
  return found[0] as Cipher;
}

// OpenSSL 3 hides single DES; triple DES with one key three times is the same function.
const nodeKey = (cipher: Cipher, key: Uint8Array): Uint8Array =>
  cipher === "DES-CBC" ? concat(key, key, key) : key;

/** PKCS #7 padding unless `padded` is given, which must then be whole blocks. */
export function encrypt(
  cipher: Cipher,
  key: Uint8Array,
  iv: Uint8Array,
  content: Uint8Array,
  padded?: Uint8Array,
): Bytes {
  const operation = createCipheriv(ciphers[cipher].node, nodeKey(cipher, key), iv);
  operation.setAutoPadding(padded === undefined);
  return concat(operation.update(padded ?? content), operation.final());
}

export function decrypt(
  cipher: Cipher,
  key: Uint8Array,
  iv: Uint8Array,
  content: Uint8Array,
): Bytes {
  const operation = createDecipheriv(ciphers[cipher].node, nodeKey(cipher, key), iv);
  return concat(operation.update(content), operation.final());
}

/** Whole blocks, whatever is in them. */
export function decryptBlocks(
  cipher: Cipher,
  key: Uint8Array,
  iv: Uint8Array,
  blocks: Uint8Array,
): Bytes {
  const operation = createDecipheriv(ciphers[cipher].node, nodeKey(cipher, key), iv);
  operation.setAutoPadding(false);
  return concat(operation.update(blocks), operation.final());
}

export const rsaEncryption = algorithm(oids.rsaEncryption);
