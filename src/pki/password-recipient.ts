/**
 * PasswordRecipientInfo (RFC 5652, section 6.2.4; RFC 3211): a content key for a client whose own key cannot decrypt.
 * PBKDF2 makes the key-encryption key, PWRI-KEK wraps the content key with it.
 */
import {
  type ContentEncryptionAlgorithm,
  contentEncryptionAlgorithms,
  derNull,
} from "./algorithms.ts";
import { encryptBlocks } from "./content-encryption.ts";
import { constructedContext } from "./der-tags.ts";
import {
  constructed,
  type DerPart,
  octetString,
  sequence,
  smallInteger,
  unsignedInteger,
} from "./der-writer.ts";
import { oidDer, oids } from "./oids.ts";

/** Plain data, so that it can be kept, wrapped, while a request waits for its approval. */
export interface PasswordKey {
  readonly salt: Uint8Array;
  readonly keyEncryptionKey: Uint8Array;
}

/** Our passwords are random and long; the count only has to be one that clients accept. */
const iterationCount = 10_000;
const saltLength = 16;
const keyEncryption = contentEncryptionAlgorithms["AES-256-CBC"];

export async function derivePasswordKey(password: string): Promise<PasswordKey> {
  const salt = crypto.getRandomValues(new Uint8Array(saltLength));
  const secret = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(password),
    "PBKDF2",
    false,
    ["deriveBits"],
  );
  const parameters = { name: "PBKDF2", salt, iterations: iterationCount, hash: "SHA-256" };
  const bits = await crypto.subtle.deriveBits(parameters, secret, keyEncryption.keyLength * 8);
  return { salt, keyEncryptionKey: new Uint8Array(bits) };
}

/** The RecipientInfo of the [3] alternative. */
export function passwordRecipientInfo(
  { salt, keyEncryptionKey }: PasswordKey,
  contentKey: Uint8Array,
): DerPart {
  const initialisationVector = crypto.getRandomValues(new Uint8Array(keyEncryption.blockLength));
  const count = unsignedInteger(Uint8Array.of(iterationCount >> 8, iterationCount & 0xff));
  const pseudoRandomFunction = sequence(oidDer(oids.hmacWithSHA256), derNull);
  return constructed(constructedContext(3), [
    smallInteger(0),
    constructed(constructedContext(0), [
      oidDer(oids.pbkdf2),
      sequence(octetString(salt), count, pseudoRandomFunction),
    ]),
    sequence(
      oidDer(oids.pwriKek),
      sequence(oidDer(keyEncryption.oid), octetString(initialisationVector)),
    ),
    octetString(wrapContentKey(keyEncryption, keyEncryptionKey, initialisationVector, contentKey)),
  ]);
}

/** RFC 3211, section 2.3.1: length, check value, key and random padding, encrypted twice in one chain. */
function wrapContentKey(
  algorithm: ContentEncryptionAlgorithm,
  keyEncryptionKey: Uint8Array,
  initialisationVector: Uint8Array,
  contentKey: Uint8Array,
): Uint8Array {
  const { blockLength } = algorithm;
  const blocks = Math.max(2, Math.ceil((contentKey.length + 4) / blockLength));
  const block = crypto.getRandomValues(new Uint8Array(blocks * blockLength));
  block[0] = contentKey.length;
  for (let index = 0; index < 3; index++) block[1 + index] = ~(contentKey[index] ?? 0);
  block.set(contentKey, 4);
  const once = encryptBlocks(algorithm, keyEncryptionKey, initialisationVector, block);
  return encryptBlocks(algorithm, keyEncryptionKey, once.subarray(-blockLength), once);
}
