/**
 * The one table of algorithms: object identifier <-> WebCrypto name <-> sizes. What a configuration allows is said in
 * these names. Pure.
 */
import { DecodeError } from "./decode-error.ts";
import { tags } from "./der-tags.ts";
import type { DerElement } from "./der-reader.ts";
import { encode, sequence } from "./der-writer.ts";
import { oidDer, oids, readOid } from "./oids.ts";

export const digestNames = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const;
export type DigestName = (typeof digestNames)[number];

export const contentEncryptionNames = [
  "AES-128-CBC",
  "AES-192-CBC",
  "AES-256-CBC",
  "DES-EDE3-CBC",
  "DES-CBC",
] as const;
export type ContentEncryptionName = (typeof contentEncryptionNames)[number];

export const derNull = Uint8Array.of(0x05, 0x00);

export interface DigestAlgorithm {
  readonly name: DigestName;
  readonly oid: string;
  /** Octets. */
  readonly length: number;
  /** AlgorithmIdentifier with NULL parameters, as all clients read it. */
  readonly identifierDer: Uint8Array;
}

const digest = (name: DigestName, oid: string, length: number): DigestAlgorithm => ({
  name,
  oid,
  length,
  identifierDer: encode(sequence(oidDer(oid), derNull)),
});

export const digestAlgorithms: Readonly<Record<DigestName, DigestAlgorithm>> = {
  MD5: digest("MD5", oids.md5, 16),
  "SHA-1": digest("SHA-1", oids.sha1, 20),
  "SHA-256": digest("SHA-256", oids.sha256, 32),
  "SHA-384": digest("SHA-384", oids.sha384, 48),
  "SHA-512": digest("SHA-512", oids.sha512, 64),
};

export interface ContentEncryptionAlgorithm {
  readonly name: ContentEncryptionName;
  readonly oid: string;
  readonly keyLength: number;
  /** Also the length of the initialisation vector. */
  readonly blockLength: number;
  /** What `node:crypto` calls it, for the ciphers that WebCrypto lacks. */
  readonly nodeName?: string;
}

export const contentEncryptionAlgorithms: Readonly<
  Record<ContentEncryptionName, ContentEncryptionAlgorithm>
> = {
  "AES-128-CBC": { name: "AES-128-CBC", oid: oids.aes128CBC, keyLength: 16, blockLength: 16 },
  "AES-192-CBC": { name: "AES-192-CBC", oid: oids.aes192CBC, keyLength: 24, blockLength: 16 },
  "AES-256-CBC": { name: "AES-256-CBC", oid: oids.aes256CBC, keyLength: 32, blockLength: 16 },
  "DES-EDE3-CBC": {
    name: "DES-EDE3-CBC",
    oid: oids.desEDE3CBC,
    keyLength: 24,
    blockLength: 8,
    nodeName: "des-ede3-cbc",
  },
  "DES-CBC": {
    name: "DES-CBC",
    oid: oids.desCBC,
    keyLength: 8,
    blockLength: 8,
    nodeName: "des-cbc",
  },
};

export interface SignatureAlgorithm {
  readonly oid: string;
  readonly key: "RSA" | "EC";
  readonly digest: DigestName;
}

export const signatureAlgorithms: readonly SignatureAlgorithm[] = [
  { oid: oids.md5WithRSAEncryption, key: "RSA", digest: "MD5" },
  { oid: oids.sha1WithRSAEncryption, key: "RSA", digest: "SHA-1" },
  { oid: oids.sha256WithRSAEncryption, key: "RSA", digest: "SHA-256" },
  { oid: oids.sha384WithRSAEncryption, key: "RSA", digest: "SHA-384" },
  { oid: oids.sha512WithRSAEncryption, key: "RSA", digest: "SHA-512" },
  { oid: oids.ecdsaWithSHA1, key: "EC", digest: "SHA-1" },
  { oid: oids.ecdsaWithSHA256, key: "EC", digest: "SHA-256" },
  { oid: oids.ecdsaWithSHA384, key: "EC", digest: "SHA-384" },
  { oid: oids.ecdsaWithSHA512, key: "EC", digest: "SHA-512" },
];

/** RSA signatures name a digest beside rsaEncryption (RFC 3370, section 3.2) or in one identifier. */
export const rsaEncryptionIdentifierDer = encode(sequence(oidDer(oids.rsaEncryption), derNull));

const digestsByOid = new Map(
  Object.values(digestAlgorithms).map((algorithm) => [algorithm.oid, algorithm]),
);
const ciphersByOid = new Map(
  Object.values(contentEncryptionAlgorithms).map((algorithm) => [algorithm.oid, algorithm]),
);
const signaturesByOid = new Map(signatureAlgorithms.map((algorithm) => [algorithm.oid, algorithm]));

export const findDigest = (oid: string): DigestAlgorithm | undefined => digestsByOid.get(oid);
export const findContentEncryption = (oid: string): ContentEncryptionAlgorithm | undefined =>
  ciphersByOid.get(oid);
export const findSignature = (oid: string): SignatureAlgorithm | undefined =>
  signaturesByOid.get(oid);

export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: DerElement | undefined;
}

export function readAlgorithmIdentifier(element: DerElement): AlgorithmIdentifier {
  const [oid, parameters, ...more] = element.children();
  if (oid?.tag !== tags["OBJECT IDENTIFIER"] || more.length > 0)
    throw new DecodeError("not an AlgorithmIdentifier");
  return { oid: readOid(oid.content), parameters };
}
