/** Signatures: verifying those of others, and what ECDSA's two spellings are. WebCrypto; no keys of ours. */
import { type DigestName, findSignature } from "./algorithms.ts";
import { DecodeError } from "./decode-error.ts";
import { readStrictDer } from "./der-reader.ts";
import { tags } from "./der-tags.ts";
import { encode, sequence, unsignedInteger } from "./der-writer.ts";
import { oids } from "./oids.ts";
import type { EcPublicKey, PublicKey } from "./public-key.ts";

/** Which digest a signature is over; undefined when the algorithm is unknown or belongs to another kind of key. */
export function signatureDigest(
  signatureAlgorithm: string,
  key: PublicKey,
): DigestName | undefined {
  const algorithm = findSignature(signatureAlgorithm);
  return algorithm?.key === key.kind ? algorithm.digest : undefined;
}

/** As `signatureDigest`, where rsaEncryption means the digest that is named beside it (RFC 3370, section 3.2). */
export function signerInfoDigest(
  signatureAlgorithm: string,
  digestAlgorithm: DigestName,
  key: PublicKey,
): DigestName | undefined {
  if (signatureAlgorithm === oids.rsaEncryption)
    return key.kind === "RSA" ? digestAlgorithm : undefined;
  const digest = signatureDigest(signatureAlgorithm, key);
  return digest === digestAlgorithm ? digest : undefined;
}

/** False for every signature that does not verify, also when the key cannot be used at all. Never throws for bad bytes. */
export async function verifySignature(
  key: PublicKey,
  digest: DigestName,
  signature: Uint8Array,
  signed: Uint8Array,
): Promise<boolean> {
  try {
    if (key.kind === "RSA") {
      const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: digest };
      const verifier = await crypto.subtle.importKey("spki", key.der, algorithm, false, ["verify"]);
      return await crypto.subtle.verify(algorithm, verifier, signature, signed);
    }
    if (key.kind === "EC" && key.curve !== "unknown") {
      const algorithm = { name: "ECDSA", namedCurve: key.curve, hash: digest };
      const verifier = await crypto.subtle.importKey("spki", key.der, algorithm, false, ["verify"]);
      const octets = curveOctets[key.curve];
      return await crypto.subtle.verify(algorithm, verifier, ecdsaToRaw(signature, octets), signed);
    }
    return false;
  } catch {
    return false;
  }
}

/** Whether the runtime takes the key at all: it refuses a point that is not on its curve. */
export async function isOnCurve({ der, curve }: EcPublicKey): Promise<boolean> {
  const algorithm = { name: "ECDSA", namedCurve: curve };
  const imported = crypto.subtle.importKey("spki", der, algorithm, false, ["verify"]);
  return await imported.then(
    () => true,
    () => false,
  );
}

export const curveOctets = { "P-256": 32, "P-384": 48 } as const;

/** Ecdsa-Sig-Value (RFC 3279, section 2.2.3) -> the two numbers side by side, as WebCrypto wants them. */
export function ecdsaToRaw(der: Uint8Array, octets: number): Uint8Array {
  const element = readStrictDer(der);
  const [r, s, ...more] = element.children();
  if (
    element.tag !== tags.SEQUENCE ||
    r?.tag !== tags.INTEGER ||
    s?.tag !== tags.INTEGER ||
    more.length > 0
  ) {
    throw new DecodeError("not an ECDSA signature");
  }
  const raw = new Uint8Array(2 * octets);
  raw.set(magnitude(r.content, octets), octets - magnitude(r.content, octets).length);
  raw.set(magnitude(s.content, octets), 2 * octets - magnitude(s.content, octets).length);
  return raw;
}

function magnitude(content: Uint8Array, octets: number): Uint8Array {
  const [first = 0x80, second = 0x80] = content;
  const negative = first >= 0x80;
  const padded = first === 0 && content.length > 1;
  const digits = padded ? content.subarray(1) : content;
  if (negative || (padded && second < 0x80) || digits.length > octets)
    throw new DecodeError("not an ECDSA signature");
  return digits;
}

export function ecdsaToDer(raw: Uint8Array): Uint8Array {
  const octets = raw.length / 2;
  return encode(
    sequence(unsignedInteger(raw.subarray(0, octets)), unsignedInteger(raw.subarray(octets))),
  );
}
