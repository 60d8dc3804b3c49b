/** An RSA private key that signs messages with whatever digest the client used. */
import { type DigestName, rsaEncryptionIdentifierDer } from "./algorithms.ts";
import type { SignerKey } from "./cms-signed-data.ts";

/** WebCrypto binds a key to one digest, so there is one import for each digest that is used. */
export function createSignerKey(pkcs8: Uint8Array): SignerKey {
  const imported = new Map<DigestName, Promise<CryptoKey>>();
  return {
    // Debian's strongSwan reads replies only when this is rsaEncryption, not the combined identifier.
    signatureAlgorithmDer: rsaEncryptionIdentifierDer,
    async sign(digest, octets) {
      const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: digest };
      const key =
        imported.get(digest) ?? crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
      imported.set(digest, key);
      return new Uint8Array(await crypto.subtle.sign(algorithm, await key, octets));
    },
  };
}
