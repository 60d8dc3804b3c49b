/** A signed assertion in place of a secret (RFC 7523): PS256 and x5t#S256, as Entra wants it today. */
import { base64url, importPKCS8, SignJWT } from "jose";
import { toBase64 } from "../pki/bytes.ts";
import { sha256 } from "../pki/digest.ts";

/** Microsoft advises 5 to 10 minutes. */
const lifetimeSeconds = 300;

export async function signClientAssertion(
  credential: { readonly privateKeyDer: Uint8Array; readonly certificateDer: Uint8Array },
  clientId: string,
  tokenEndpoint: string,
  now: Date,
): Promise<string> {
  const pem = `-----BEGIN PRIVATE KEY-----\n${toBase64(credential.privateKeyDer)}\n-----END PRIVATE KEY-----`;
  const key = await importPKCS8(pem, "PS256");
  const issuedAt = Math.floor(now.getTime() / 1000);
  return await new SignJWT({})
    .setProtectedHeader({
      alg: "PS256",
      typ: "JWT",
      "x5t#S256": base64url.encode(await sha256(credential.certificateDer)),
    })
    .setAudience(tokenEndpoint)
    .setIssuer(clientId)
    .setSubject(clientId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key);
}
