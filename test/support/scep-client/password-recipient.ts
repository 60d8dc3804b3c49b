/** Opens a PasswordRecipientInfo (RFC 5652, section 6.2.4; RFC 3211), as a client does whose key only signs. */
import { pbkdf2Sync } from "node:crypto";
import { type Cipher, cipherByOid, ciphers, decryptBlocks } from "./algorithms.ts";
import { type Bytes, bytes, concat, context, equal, integer, nullValue, tag } from "./der.ts";
import { child, type Element, oidText } from "./der-reader.ts";
import { oids } from "./oids.ts";

const unsigned = (element: Element): number =>
  element.content.reduce((value, octet) => value * 256 + octet, 0);

/** The key-encryption key, from `[0] AlgorithmIdentifier` with PBKDF2 parameters. */
function keyEncryptionKey(derivation: Element, password: string, length: number): Bytes {
  if (oidText(child(derivation, 0)) !== oids.pbkdf2) throw new Error("the key is not from PBKDF2");
  const parameters = child(derivation, 1, tag.sequence);
  const salt = child(parameters, 0, tag.octetString).content;
  const iterations = unsigned(child(parameters, 1, tag.integer));
  const last = child(parameters, parameters.children.length - 1, tag.sequence);
  if (oidText(child(last, 0)) !== oids.hmacWithSHA256) throw new Error("the PRF is not SHA-256's");
  if (!equal(child(last, 1).raw, nullValue)) throw new Error("the PRF has odd parameters");
  if (salt.length < 8 || iterations < 1000) throw new Error("PBKDF2 with weak parameters");
  return bytes(pbkdf2Sync(password, salt, iterations, length, "sha256"));
}

/** RFC 3211, section 2.3.2: the chain is undone from its end, then once more from its beginning. */
function unwrap(cipher: Cipher, key: Bytes, iv: Bytes, wrapped: Bytes): Bytes {
  const { block } = ciphers[cipher];
  if (wrapped.length % block !== 0 || wrapped.length < 2 * block)
    throw new Error("a wrapped key has two blocks at least");
  const [head, tail] = [wrapped.slice(0, -block), wrapped.slice(-block)];
  const lastInner = decryptBlocks(cipher, key, head.slice(-block), tail);
  const inner = concat(decryptBlocks(cipher, key, lastInner, head), lastInner);
  const plain = decryptBlocks(cipher, key, iv, inner);
  const length = plain[0] ?? 0;
  const contentKey = plain.slice(4, 4 + length);
  const checked = [0, 1, 2].every(
    (index) => ((plain[1 + index]! ^ contentKey[index]!) & 255) === 255,
  );
  if (!checked || contentKey.length !== length)
    throw new Error("the password does not open this envelope");
  return contentKey;
}

/** @param recipient the `[3]` alternative of RecipientInfo */
export function openPasswordRecipient(recipient: Element, password: string): Bytes {
  if (!equal(child(recipient, 0).raw, integer(0))) throw new Error("the version is not 0");
  const derivation = child(recipient, 1, context(0));
  const encryption = child(recipient, 2, tag.sequence);
  if (oidText(child(encryption, 0)) !== oids.pwriKek) throw new Error("not PWRI-KEK");
  const kek = child(encryption, 1, tag.sequence);
  const cipher = cipherByOid(oidText(child(kek, 0)));
  const iv = child(kek, 1, tag.octetString).content;
  const key = keyEncryptionKey(derivation, password, ciphers[cipher].key);
  return unwrap(cipher, key, iv, child(recipient, 3, tag.octetString).content);
}
