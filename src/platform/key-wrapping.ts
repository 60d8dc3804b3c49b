/** AES-256-GCM under `MASTER_KEYS`, several versions at once (design: what is stored is useless without the secret). */
import type { MasterKey } from "../env.ts";
import { concatenate } from "../pki/bytes.ts";
import type { KeyWrapping, WrappingContext } from "../ports/key-wrapping.ts";

const nonceLength = 12;

export function createKeyWrapping(masterKeys: readonly MasterKey[]): KeyWrapping {
  const imported = new Map<number, Promise<CryptoKey>>();
  const keyOf = (version: number): Promise<CryptoKey> => {
    const octets = masterKeys.find((key) => key.version === version)?.octets;
    if (!octets)
      throw new Error(
        `MASTER_KEYS has no version ${version}, which a stored key needs: put that version back.`,
      );
    const key =
      imported.get(version) ??
      crypto.subtle.importKey("raw", octets, "AES-GCM", false, ["encrypt", "decrypt"]);
    imported.set(version, key);
    return key;
  };
  const version = masterKeys[0]?.version ?? 0;
  const wrapping: KeyWrapping = {
    version,
    versions: masterKeys.map((key) => key.version),
    async wrap(plaintext, context) {
      const key = await keyOf(version);
      const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
      const ciphertext = await crypto.subtle.encrypt(parameters(nonce, context), key, plaintext);
      return concatenate([Uint8Array.of(version), nonce, new Uint8Array(ciphertext)]);
    },
    async unwrap(wrapped, context) {
      const key = await keyOf(wrapped[0] ?? 0);
      const nonce = wrapped.subarray(1, 1 + nonceLength);
      try {
        return new Uint8Array(
          await crypto.subtle.decrypt(
            parameters(nonce, context),
            key,
            wrapped.subarray(1 + nonceLength),
          ),
        );
      } catch {
        throw new Error(
          `A stored ${context.kind} (${context.id}) does not open with MASTER_KEYS version ${wrapped[0]}: ` +
            "the secret was changed, or the row was moved or altered.",
        );
      }
    },
    async rewrap(wrapped, context) {
      if (wrapped[0] === version) return wrapped;
      const plaintext = await wrapping.unwrap(wrapped, context);
      const anew = await wrapping.wrap(plaintext, context);
      plaintext.fill(0);
      return anew;
    },
  };
  return wrapping;
}

/** The additional data is a list of strings in JSON, so that no two contexts are spelled alike. */
const parameters = (nonce: Uint8Array, { tenant, kind, id }: WrappingContext): AesGcmParams => ({
  name: "AES-GCM",
  iv: nonce,
  additionalData: new TextEncoder().encode(JSON.stringify([tenant, kind, id])),
});

type AesGcmParams = { name: "AES-GCM"; iv: Uint8Array; additionalData: Uint8Array };
