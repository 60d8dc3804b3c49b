/** SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7; RFC 3279, 5480): what kind of key, how large. Pure. */
import { readAlgorithmIdentifier } from "./algorithms.ts";
import { DecodeError } from "./decode-error.ts";
import { tags } from "./der-tags.ts";
import { type DerElement, readDer } from "./der-reader.ts";
import { oids, readOid } from "./oids.ts";

interface KeyOfAnyKind {
  /** The SubjectPublicKeyInfo as received. */
  readonly der: Uint8Array;
  /** The content of its BIT STRING without the count of unused bits. */
  readonly bits: Uint8Array;
}

export interface RsaPublicKey extends KeyOfAnyKind {
  readonly kind: "RSA";
  /** Big-endian, without leading zeros. */
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  readonly modulusBits: number;
}

export interface EcPublicKey extends KeyOfAnyKind {
  readonly kind: "EC";
  readonly curve: "P-256" | "P-384" | "unknown";
}

export interface UnknownPublicKey extends KeyOfAnyKind {
  readonly kind: "unknown";
  readonly algorithm: string;
}

export type PublicKey = RsaPublicKey | EcPublicKey | UnknownPublicKey;

const curves = new Map<string, EcPublicKey["curve"]>([
  [oids.prime256v1, "P-256"],
  [oids.secp384r1, "P-384"],
]);

export function readSubjectPublicKeyInfo(element: DerElement): PublicKey {
  const fields = element.fields();
  const algorithm = readAlgorithmIdentifier(fields.take("SEQUENCE"));
  const bitString = fields.take("BIT STRING").content;
  fields.finish();
  if (bitString[0] !== 0) throw new DecodeError("a public key of no whole octets");
  const key = { der: element.der, bits: bitString.subarray(1) };
  if (algorithm.oid === oids.rsaEncryption) return readRsaKey(key);
  if (algorithm.oid === oids.ecPublicKey) {
    const named =
      algorithm.parameters?.tag === tags["OBJECT IDENTIFIER"]
        ? readOid(algorithm.parameters.content)
        : "";
    return { kind: "EC", curve: curves.get(named) ?? "unknown", ...key };
  }
  return { kind: "unknown", algorithm: algorithm.oid, ...key };
}

function readRsaKey(key: KeyOfAnyKind): RsaPublicKey {
  const fields = readDer(key.bits).fields();
  const modulus = positive(fields.take("INTEGER"));
  const publicExponent = positive(fields.take("INTEGER"));
  fields.finish();
  const modulusBits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  return { kind: "RSA", modulus, publicExponent, modulusBits, ...key };
}

function positive(integer: DerElement): Uint8Array {
  const { content } = integer;
  if ((content[0] ?? 0x80) >= 0x80) throw new DecodeError("an RSA key with a negative number");
  const magnitude = content[0] === 0 ? content.subarray(1) : content;
  // A zero in front is only for numbers that would look negative without it (X.690, section 8.3.2).
  const needless = magnitude.length < content.length && (magnitude[0] ?? 0) < 0x80;
  if (magnitude.length === 0 || magnitude[0] === 0 || needless)
    throw new DecodeError("an RSA key with a zero or badly written number");
  return magnitude;
}
