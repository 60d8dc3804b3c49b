/**
 * PKCS #12 (RFC 7292): the private keys and certificates in a file, its MAC checked first. BER is read, as Windows writes
 * it. Throws DecodeError with a sentence.
 */
import { createHmac } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import type { ContentInfo } from "@peculiar/asn1-cms";
import {
  AuthenticatedSafe,
  CertBag,
  id_certBag,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  id_x509Certificate,
  type MacData,
  PFX,
  type SafeBag,
  SafeContents,
} from "@peculiar/asn1-pfx";
import { readAlgorithmIdentifier } from "./algorithms.ts";
import { concatenate, equalBytes } from "./bytes.ts";
import { DecodeError } from "./decode-error.ts";
import { readDer, readMessage } from "./der-reader.ts";
import { constructedContext, primitiveContext } from "./der-tags.ts";
import { oids } from "./oids.ts";
import { decryptWithPassword, readPbkdf2, wrongPassword } from "./password-encryption.ts";
import { type HashName, IterationBudget, outputLength, pbkdf2, pkcs12Kdf } from "./password-kdf.ts";
import { openEncryptedPrivateKey } from "./private-key.ts";

export interface KeyStore {
  /** PKCS #8. */
  readonly privateKeys: readonly Uint8Array[];
  readonly certificatesDer: readonly Uint8Array[];
}

/** A store has a handful of entries; more is somebody's attempt to make us compute. */
const mostBags = 50;

export async function readPkcs12(file: Uint8Array, password: string): Promise<KeyStore> {
  const pfx = parse(file, PFX);
  const authSafeDer = contentOf(pfx.authSafe);
  const budget = new IterationBudget();
  if (!pfx.macData)
    throw new DecodeError(
      "The PKCS #12 file has no MAC, so nothing says that it is what was exported",
    );
  await checkMac(pfx.macData, authSafeDer, password, budget);
  const privateKeys: Uint8Array[] = [];
  const certificatesDer: Uint8Array[] = [];
  for (const content of parse(authSafeDer, AuthenticatedSafe)) {
    const bags = parse(await openContent(content, password, budget), SafeContents);
    if (bags.length > mostBags)
      throw new DecodeError(`There are over ${mostBags} entries in the file`);
    for (const bag of bags) {
      if (bag.bagId === id_certBag) certificatesDer.push(...certificateIn(bag));
      const key = await keyIn(bag, password, budget);
      if (key) privateKeys.push(key);
    }
  }
  return { privateKeys, certificatesDer };
}

type Schema<Value> = new () => Value;

/** What the schema classes make of BER is not to be relied on, so they get definite lengths. */
function parse<Value>(octets: Uint8Array, schema: Schema<Value>): Value {
  try {
    return AsnConvert.parse(readMessage(octets).der, schema);
  } catch (error) {
    throw new DecodeError("It is no PKCS #12 file", { cause: error });
  }
}

function contentOf({ contentType, content }: ContentInfo): Uint8Array {
  if (contentType !== oids.data)
    throw new DecodeError(
      "The PKCS #12 file is not protected by a password; such files are not read here",
    );
  return new Uint8Array(parse(new Uint8Array(content), OctetString).buffer);
}

async function openContent(
  info: ContentInfo,
  password: string,
  budget: IterationBudget,
): Promise<Uint8Array> {
  if (info.contentType !== oids.encryptedData) return contentOf(info);
  // EncryptedData (RFC 5652, section 8), its content perhaps in pieces.
  const fields = readMessage(new Uint8Array(info.content)).fields();
  fields.take("INTEGER");
  const encrypted = fields.take("SEQUENCE").fields();
  encrypted.take("OBJECT IDENTIFIER");
  const algorithm = encrypted.take("SEQUENCE");
  const pieces = encrypted.optional(constructedContext(0))?.children();
  const ciphertext = pieces
    ? concatenate(pieces.map(({ content }) => content))
    : encrypted.take(primitiveContext(0)).content;
  return await decryptWithPassword(algorithm.der, password, ciphertext, budget);
}

function certificateIn({ bagValue }: SafeBag): Uint8Array[] {
  const { certId, certValue } = parse(new Uint8Array(bagValue), CertBag);
  if (certId !== id_x509Certificate) return [];
  return [new Uint8Array(parse(new Uint8Array(certValue), OctetString).buffer)];
}

async function keyIn(
  { bagId, bagValue }: SafeBag,
  password: string,
  budget: IterationBudget,
): Promise<Uint8Array | undefined> {
  const der = readMessage(new Uint8Array(bagValue)).der;
  if (bagId === id_keyBag) return der;
  if (bagId !== id_pkcs8ShroudedKeyBag) return undefined;
  return await openEncryptedPrivateKey(der, password, budget);
}

const hashes = new Map<string, HashName>([
  [oids.sha1, "SHA-1"],
  [oids.sha256, "SHA-256"],
  [oids.sha384, "SHA-384"],
  [oids.sha512, "SHA-512"],
]);

/** RFC 7292, appendix A; PBMAC1 (RFC 9579), which new versions of OpenSSL and Java write. */
async function checkMac(
  { mac, macSalt, iterations }: MacData,
  authSafeDer: Uint8Array,
  password: string,
  budget: IterationBudget,
): Promise<void> {
  const algorithm = readAlgorithmIdentifier(
    readDer(new Uint8Array(AsnConvert.serialize(mac.digestAlgorithm))),
  );
  const expected = new Uint8Array(mac.digest.buffer);
  const code = (hash: HashName, key: Uint8Array): Uint8Array =>
    createHmac(hash.replace("-", "").toLowerCase(), key).update(authSafeDer).digest();
  if (algorithm.oid === oids.pbmac1) {
    const fields = algorithm.parameters?.fields();
    const [derivation, scheme] = [fields?.take("SEQUENCE"), fields?.take("SEQUENCE")];
    if (!derivation || !scheme) throw new DecodeError("The MAC lacks its parameters");
    const parameters = readPbkdf2(readAlgorithmIdentifier(derivation));
    const hash = macHashes.get(readAlgorithmIdentifier(scheme).oid);
    if (!hash) throw new DecodeError("The MAC's algorithm is not read here; use HMAC with SHA-256");
    budget.spend(parameters.iterations);
    const { salt, iterations: count } = parameters;
    const octets = new TextEncoder().encode(password);
    const key = await pbkdf2(parameters.hash, octets, salt, count, outputLength(hash));
    if (!equalBytes(code(hash, key), expected)) throw new DecodeError(wrongPassword);
    return;
  }
  const hash = hashes.get(algorithm.oid);
  if (!hash)
    throw new DecodeError(
      "The MAC's algorithm is not read here; export with SHA-256 (openssl pkcs12 -export -macalg sha256)",
    );
  if (!(iterations >= 1)) throw new DecodeError("A count of iterations that cannot be");
  // Each further block of the key would cost all iterations once more.
  if (expected.length !== outputLength(hash)) throw new DecodeError(wrongPassword);
  budget.spendHashes(iterations);
  const key = pkcs12Kdf(
    hash,
    3,
    password,
    new Uint8Array(macSalt.buffer),
    iterations,
    expected.length,
  );
  if (!equalBytes(code(hash, key), expected)) throw new DecodeError(wrongPassword);
}

const macHashes = new Map<string, HashName>([
  [oids.hmacWithSHA1, "SHA-1"],
  [oids.hmacWithSHA256, "SHA-256"],
  [oids.hmacWithSHA384, "SHA-384"],
  [oids.hmacWithSHA512, "SHA-512"],
]);
