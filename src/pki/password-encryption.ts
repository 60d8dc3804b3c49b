/**
 * Opens what was encrypted with a password, as key files are: PBES2 (RFC 8018) with AES or 3DES, and the 3DES scheme of
 * PKCS #12 (RFC 7292, appendix C). Throws DecodeError with a sentence; nothing of what was opened is ever in it.
 */
import { createDecipheriv } from "node:crypto";
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithms.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer } from "./der-reader.ts";
import { oids } from "./oids.ts";
import {
  type HashName,
  type IterationBudget,
  pbkdf2,
  pkcs12Kdf,
  readCount,
} from "./password-kdf.ts";

const ciphers = new Map<string, { readonly name: string; readonly keyLength: number }>([
  [oids.aes128CBC, { name: "aes-128-cbc", keyLength: 16 }],
  [oids.aes192CBC, { name: "aes-192-cbc", keyLength: 24 }],
  [oids.aes256CBC, { name: "aes-256-cbc", keyLength: 32 }],
  [oids.desEDE3CBC, { name: "des-ede3-cbc", keyLength: 24 }],
]);

const prfs = new Map<string, HashName>([
  [oids.hmacWithSHA1, "SHA-1"],
  [oids.hmacWithSHA256, "SHA-256"],
  [oids.hmacWithSHA384, "SHA-384"],
  [oids.hmacWithSHA512, "SHA-512"],
]);

/** RC2 and RC4 of PKCS #12, and RC2 in PBES2: what old Windows and OpenSSL wrote. */
const broken = new Map<string, string>([
  ["1.2.840.113549.1.12.1.1", "RC4"],
  ["1.2.840.113549.1.12.1.2", "RC4"],
  ["1.2.840.113549.1.12.1.5", "RC2"],
  ["1.2.840.113549.1.12.1.6", "RC2"],
  ["1.2.840.113549.3.2", "RC2"],
]);

/** @param identifierDer the AlgorithmIdentifier beside the ciphertext */
export async function decryptWithPassword(
  identifierDer: Uint8Array,
  password: string,
  ciphertext: Uint8Array,
  budget: IterationBudget,
): Promise<Uint8Array> {
  const algorithm = readAlgorithmIdentifier(readDer(identifierDer));
  refuseBroken(algorithm.oid);
  if (algorithm.oid === oids.pbes2) return openPbes2(algorithm, password, ciphertext, budget);
  if (algorithm.oid === oids.pbeWithSHAAnd3KeyTripleDES)
    return openPkcs12(algorithm, password, ciphertext, budget);
  throw new DecodeError(
    `It is encrypted with ${algorithm.oid}, which is not read here; export it again with AES (openssl pkcs12 -export, or openssl pkcs8 -topk8 -v2 aes256)`,
  );
}

function refuseBroken(oid: string): void {
  const name = broken.get(oid);
  if (!name) return;
  throw new DecodeError(
    `It is encrypted with ${name}, which is broken and not read here; convert it with \`openssl pkcs12 -legacy -in old.p12 -nodes -out all.pem && openssl pkcs12 -export -in all.pem -out new.p12\` and give the new file`,
  );
}

async function openPbes2(
  { parameters }: AlgorithmIdentifier,
  password: string,
  ciphertext: Uint8Array,
  budget: IterationBudget,
): Promise<Uint8Array> {
  const fields = required(parameters).fields();
  const derivation = readAlgorithmIdentifier(fields.take("SEQUENCE"));
  const encryption = readAlgorithmIdentifier(fields.take("SEQUENCE"));
  fields.finish();
  refuseBroken(encryption.oid);
  const cipher = ciphers.get(encryption.oid);
  if (!cipher)
    throw new DecodeError(
      `It is encrypted with ${encryption.oid}; AES and 3DES in CBC mode are read here`,
    );
  const { salt, iterations, hash } = readPbkdf2(derivation);
  budget.spend(iterations);
  const key = await pbkdf2(
    hash,
    new TextEncoder().encode(password),
    salt,
    iterations,
    cipher.keyLength,
  );
  return decipher(cipher.name, key, required(encryption.parameters).content, ciphertext);
}

export interface Pbkdf2Parameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly hash: HashName;
}

/** RFC 8018, appendix A.2. */
export function readPbkdf2({ oid, parameters }: AlgorithmIdentifier): Pbkdf2Parameters {
  if (oid !== oids.pbkdf2)
    throw new DecodeError(`Its key is made from the password with ${oid}; PBKDF2 is read here`);
  const fields = required(parameters).fields();
  const salt = fields.take("OCTET STRING").content;
  const iterations = readCount(fields.take("INTEGER").content);
  fields.optional("INTEGER");
  const prf = fields.optional("SEQUENCE");
  fields.finish();
  const prfOid = prf ? readAlgorithmIdentifier(prf).oid : oids.hmacWithSHA1;
  const hash = prfs.get(prfOid);
  if (!hash) throw new DecodeError(`PBKDF2 with the function ${prfOid} is not read here`);
  return { salt, iterations, hash };
}

async function openPkcs12(
  { parameters }: AlgorithmIdentifier,
  password: string,
  ciphertext: Uint8Array,
  budget: IterationBudget,
): Promise<Uint8Array> {
  const fields = required(parameters).fields();
  const salt = fields.take("OCTET STRING").content;
  const iterations = readCount(fields.take("INTEGER").content);
  fields.finish();
  budget.spendHashes(2 * iterations);
  const derive = (purpose: number, length: number): Uint8Array =>
    pkcs12Kdf("SHA-1", purpose, password, salt, iterations, length);
  return decipher("des-ede3-cbc", derive(1, 24), derive(2, 8), ciphertext);
}

function required(element: DerElement | undefined): DerElement {
  if (!element) throw new DecodeError("An encryption algorithm lacks its parameters");
  return element;
}

/** One answer for a wrong password and for a damaged file: they cannot be told apart. */
export const wrongPassword = "The password is wrong, or the file is damaged";

function decipher(
  name: string,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  try {
    const opening = createDecipheriv(name, key, iv);
    const start = opening.update(ciphertext);
    const end = opening.final();
    return Uint8Array.from([...start, ...end]);
  } catch {
    throw new DecodeError(wrongPassword);
  }
}
