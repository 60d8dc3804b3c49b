/**
 * The signature of a webhook as Standard Webhooks defines it: HMAC-SHA256 over `id.timestamp.body`; while a secret is being
 * replaced, two of them.
 */
import { toBase64 } from "../pki/bytes.ts";

const prefix = "whsec_";

export const shownSecret = (secret: Uint8Array): string => prefix + toBase64(secret);

export async function signedHeaders(
  secrets: readonly Uint8Array[],
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
): Promise<Readonly<Record<string, string>>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => hmac(secret, signed)));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.map((signature) => `v1,${toBase64(signature)}`).join(" "),
  };
}

async function hmac(secret: Uint8Array, signed: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
}
