/**
 * Replies to clients whose key signs and cannot decrypt, such as EC keys (RFC 8894, section 3.1): sealed with the
 * challengePassword. While a request waits for approval the key made of it is kept, wrapped; the password is not.
 */
import { concatenate } from "../pki/bytes.ts";
import type { EnvelopeRecipient } from "../pki/cms-enveloped-data.ts";
import { derivePasswordKey, type PasswordKey } from "../pki/password-recipient.ts";
import type { KeyWrapping, WrappingContext } from "../ports/key-wrapping.ts";
import { ok, type Result } from "../result.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import type { VerifiedMessage } from "../scep/verified-message.ts";
import { toSigner } from "./reply.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

export const canDecrypt = ({ signer }: VerifiedMessage): boolean => signer.publicKey.kind === "RSA";

/** Before anything is issued: whether there will be a way to answer. */
export function checkReplyKey(
  verified: VerifiedMessage,
  challenge: string | undefined,
): Result<void, ScepRejection> {
  if (canDecrypt(verified) || challenge) return ok(undefined);
  return reject(
    "key_cannot_decrypt",
    "The client's EC key cannot open a reply, and there is no challengePassword to seal it with.",
  );
}

export async function replyRecipient(
  verified: VerifiedMessage,
  challenge: string | undefined,
): Promise<EnvelopeRecipient> {
  if (canDecrypt(verified)) return toSigner(verified);
  return { kind: "password", key: await derivePasswordKey(challenge ?? "") };
}

const saltLength = 16;

const contextOf = (
  { configuration }: ServedConfiguration,
  { received }: VerifiedMessage,
): WrappingContext => ({
  tenant: configuration.tenantId,
  kind: "reply-key",
  id: `${configuration.id}/${received.transactionID}`,
});

export async function wrapReplyKey(
  recipient: EnvelopeRecipient,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  keyWrapping: KeyWrapping,
): Promise<Uint8Array | undefined> {
  if (recipient.kind !== "password") return undefined;
  const { salt, keyEncryptionKey } = recipient.key;
  return await keyWrapping.wrap(concatenate([salt, keyEncryptionKey]), contextOf(served, verified));
}

export async function unwrapReplyKey(
  wrapped: Uint8Array,
  served: ServedConfiguration,
  verified: VerifiedMessage,
  keyWrapping: KeyWrapping,
): Promise<EnvelopeRecipient> {
  const octets = await keyWrapping.unwrap(wrapped, contextOf(served, verified));
  const key: PasswordKey = {
    salt: octets.subarray(0, saltLength),
    keyEncryptionKey: octets.subarray(saltLength),
  };
  return { kind: "password", key };
}
