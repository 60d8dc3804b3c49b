/**
 * Private keys as people keep them in files: PKCS #8 (RFC 5958), encrypted or not, PKCS #1 (RFC 8017) and SEC 1
 * (RFC 5915), all turned into PKCS #8. Throws DecodeError with a sentence that has nothing of the key in it.
 */
import { AsnConvert } from "@peculiar/asn1-schema";
import { EncryptedPrivateKeyInfo } from "@peculiar/asn1-pkcs8";
import { derNull, rsaEncryptionIdentifierDer } from "./algorithms.ts";
import { fromBase64 } from "./bytes.ts";
import { DecodeError } from "./decode-error.ts";
import { readDer } from "./der-reader.ts";
import { constructedContext, tags } from "./der-tags.ts";
import { bitString, encode, octetString, sequence, smallInteger } from "./der-writer.ts";
import { oidDer, oids, readOid } from "./oids.ts";
import { decryptWithPassword, wrongPassword } from "./password-encryption.ts";
import { IterationBudget } from "./password-kdf.ts";
import { type PublicKey, readSubjectPublicKeyInfo } from "./public-key.ts";

const block = /-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----([^]*?)-----END \1-----/g;

/** @returns PKCS #8 in DER */
export async function readPrivateKeyInPem(
  text: string,
  password: string | undefined,
): Promise<Uint8Array> {
  const blocks = [...text.matchAll(block)];
  const [[, label = "", body = ""] = []] = blocks;
  if (blocks.length !== 1)
    throw new DecodeError(
      `Give one PEM private key (-----BEGIN PRIVATE KEY-----), not ${blocks.length}`,
    );
  if (body.includes("Proc-Type:"))
    throw new DecodeError(
      "The key has the old encryption of OpenSSL, which is not read here; convert it with `openssl pkcs8 -topk8 -v2 aes256 -in old.pem -out new.pem` and give the new file",
    );
  const der = fromBase64(body);
  switch (label) {
    case "PRIVATE KEY":
      return checked(der);
    case "RSA PRIVATE KEY":
      return encode(sequence(smallInteger(0), rsaEncryptionIdentifierDer, octetString(der)));
    case "EC PRIVATE KEY":
      return wrapSec1(der);
    case "ENCRYPTED PRIVATE KEY":
      if (!password) throw new DecodeError("The key is encrypted: give its password");
      return openEncryptedPrivateKey(der, password, new IterationBudget());
    default:
      throw new DecodeError(`A key in the form ${label} is not read here; use PKCS #8`);
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958, section 3). */
export async function openEncryptedPrivateKey(
  der: Uint8Array,
  password: string,
  budget: IterationBudget,
): Promise<Uint8Array> {
  const { encryptionAlgorithm, encryptedData } = readEncrypted(der);
  const opened = await decryptWithPassword(
    new Uint8Array(AsnConvert.serialize(encryptionAlgorithm)),
    password,
    new Uint8Array(encryptedData.buffer),
    budget,
  );
  try {
    return checked(opened);
  } catch {
    // One in 256 wrong passwords leaves padding that looks right.
    throw new DecodeError(wrongPassword);
  }
}

function readEncrypted(der: Uint8Array): EncryptedPrivateKeyInfo {
  try {
    return AsnConvert.parse(der, EncryptedPrivateKeyInfo);
  } catch (error) {
    throw new DecodeError("It is no encrypted private key", { cause: error });
  }
}

function checked(der: Uint8Array): Uint8Array {
  const fields = readDer(der).fields();
  fields.take("INTEGER");
  fields.take("SEQUENCE");
  fields.take("OCTET STRING");
  return der;
}

/** The curve moves from the key into the AlgorithmIdentifier. */
function wrapSec1(der: Uint8Array): Uint8Array {
  const fields = readDer(der).fields();
  fields.take("INTEGER");
  fields.take("OCTET STRING");
  const [curve] = fields.optional(constructedContext(0))?.children() ?? [];
  if (curve?.tag !== tags["OBJECT IDENTIFIER"])
    throw new DecodeError("The EC key does not name its curve");
  return encode(
    sequence(smallInteger(0), sequence(oidDer(oids.ecPublicKey), curve.der), octetString(der)),
  );
}

/** The public half of a PKCS #8 key. Throws DecodeError for kinds of keys that no CA here has. */
export async function publicKeyOf(pkcs8: Uint8Array): Promise<PublicKey> {
  const fields = readDer(pkcs8).fields();
  fields.take("INTEGER");
  const [algorithm, curve] = fields.take("SEQUENCE").children();
  const inner = fields.take("OCTET STRING").content;
  const oid = algorithm ? readOid(algorithm.content) : "";
  if (oid === oids.rsaEncryption) {
    const numbers = readDer(inner).fields();
    numbers.take("INTEGER");
    const [modulus, publicExponent] = [numbers.take("INTEGER"), numbers.take("INTEGER")];
    const key = encode(sequence(modulus.der, publicExponent.der));
    const algorithmDer = sequence(oidDer(oids.rsaEncryption), derNull);
    return readSubjectPublicKeyInfo(readDer(encode(sequence(algorithmDer, bitString(key)))));
  }
  const named = curve?.tag === tags["OBJECT IDENTIFIER"] ? readOid(curve.content) : "";
  const namedCurve = curveNames.get(named);
  if (oid !== oids.ecPublicKey || !namedCurve || !curve)
    throw new DecodeError(
      "A CA's key is RSA (2048, 3072 or 4096 bits) or EC on P-256 or P-384; this one is something else",
    );
  const point = await pointOf(pkcs8, namedCurve);
  const identifier = sequence(oidDer(oids.ecPublicKey), curve.der);
  return readSubjectPublicKeyInfo(readDer(encode(sequence(identifier, bitString(point)))));
}

const curveNames = new Map<string, "P-256" | "P-384">([
  [oids.prime256v1, "P-256"],
  [oids.secp384r1, "P-384"],
]);

async function pointOf(pkcs8: Uint8Array, namedCurve: string): Promise<Uint8Array> {
  try {
    const parameters = { name: "ECDSA", namedCurve };
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, parameters, true, ["sign"]);
    const { x = "", y = "" } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
    return Uint8Array.of(4, ...fromBase64(x), ...fromBase64(y));
  } catch {
    throw new DecodeError("The EC key cannot be read");
  }
}
