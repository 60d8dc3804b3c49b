/** The signature of a webhook as Standard Webhooks defines it: HMAC-SHA256 over `id.timestamp.body`. */
import { toBase64 } from "../pki/bytes.ts";

const prefix = "whsec_";

export const shownSecret = (secret: Uint8Array): string => prefix + toBase64(secret);

export async function signedHeaders(
  secret: Uint8Array,
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
): Promise<Readonly<Record<string, string>>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${toBase64(signature)}`,
  };
}
