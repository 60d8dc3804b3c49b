/** Secrets that are shown once and stored as SHA-256 only. All have so much chance in them that a plain hash is enough. */
import { toBase64Url } from "../pki/bytes.ts";
import { sha256 } from "../pki/digest.ts";

export async function hashSecret(secret: string): Promise<Uint8Array> {
  return await sha256(new TextEncoder().encode(secret));
}

/** 256 random bits, for API keys and one-time links. */
export const randomSecret = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(32)));

/** Thirty-two characters that nobody mistakes for another: no 0 and o, no 1 and l. */
const challengeAlphabet = "23456789abcdefghijkmnpqrstuvwxyz";
/** 5 bits each: 130 bits. */
const challengeLength = 26;

/** People type challenges into appliances, from paper if need be. */
export function randomChallenge(): string {
  const octets = crypto.getRandomValues(new Uint8Array(challengeLength));
  return Array.from(octets, (octet) =>
    challengeAlphabet.charAt(octet % challengeAlphabet.length),
  ).join("");
}
