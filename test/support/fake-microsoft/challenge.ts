/** Fake challenges: what Intune expects of a device's request, signed, and far longer than the 255 characters of PKCS #9. */
import { createHmac } from "node:crypto";

export interface ChallengeContent {
  readonly id: string;
  readonly tenant: string;
  readonly device: string;
  readonly user: string;
  readonly profile: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly expires: number;
  /** `["CN=…", …]`, in encoded order. */
  readonly subject: readonly string[];
  /** `["dns:…"]`. */
  readonly san: readonly string[];
  readonly keyUsage: readonly string[];
  readonly extendedKeyUsage: readonly string[];
  readonly keyBits: number;
}

export const challengeMinutes = 60;
const secret = "the fake's own key";
const shortest = 2000;

const sign = (content: string): string =>
  createHmac("sha256", secret).update(content).digest("hex");

export function writeChallenge(content: ChallengeContent): string {
  const text = JSON.stringify(content);
  const padded = text.padEnd(shortest, " ");
  return Buffer.from(`${padded}.${sign(padded)}`).toString("base64");
}

export type ReadChallenge = { readonly content: ChallengeContent } | { readonly code: string };

/** The code of what is wrong with it, by itself. */
export function readChallenge(challenge: string): ReadChallenge {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(challenge) || challenge.length % 4 !== 0)
    return { code: "ChallengeDecodingError" };
  const text = Buffer.from(challenge, "base64").toString("utf8");
  const dot = text.lastIndexOf(".");
  if (dot < 0) return { code: "ChallengeDecryptionError" };
  const [signed, signature] = [text.slice(0, dot), text.slice(dot + 1)];
  if (sign(signed) !== signature) return { code: "SignatureValidationFailed" };
  try {
    return { content: JSON.parse(signed) as ChallengeContent };
  } catch {
    return { code: "ChallengeDeserializationError" };
  }
}
