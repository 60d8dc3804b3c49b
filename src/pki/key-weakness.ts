/** Keys that nobody should trust, whatever a template says. Asked before such a key is used for any arithmetic. */
import type { PublicKey, RsaPublicKey } from "./public-key.ts";
import { isOnCurve } from "./signature.ts";
import { hasRocaFingerprint, hasSmallFactor } from "./weak-rsa-keys.ts";

const smallestModulusBits = 2048;
/** More than any template allows. */
const largestModulusBits = 8192;

export interface KeyWeakness {
  readonly reason: "key_too_weak" | "key_not_allowed";
  readonly detail: string;
}

export async function findKeyWeakness(key: PublicKey): Promise<KeyWeakness | undefined> {
  switch (key.kind) {
    case "RSA":
      return rsaWeakness(key);
    case "EC":
      if (key.curve === "unknown") return notAllowed("The EC key is on neither P-256 nor P-384.");
      return (await isOnCurve(key))
        ? undefined
        : notAllowed("The EC key is no point on its curve.");
    case "unknown":
      return notAllowed(`The key's algorithm ${key.algorithm} is not known.`);
  }
}

const notAllowed = (detail: string): KeyWeakness => ({ reason: "key_not_allowed", detail });
const tooWeak = (detail: string): KeyWeakness => ({ reason: "key_too_weak", detail });

function rsaWeakness({
  modulus,
  modulusBits,
  publicExponent,
}: RsaPublicKey): KeyWeakness | undefined {
  if (modulusBits < smallestModulusBits) return tooWeak(`The RSA key has ${modulusBits} bits.`);
  if (modulusBits > largestModulusBits) return notAllowed(`The RSA key has ${modulusBits} bits.`);
  const lastOctet = publicExponent.at(-1) ?? 0;
  const { length } = publicExponent;
  if (lastOctet % 2 === 0 || length > 4 || (length === 1 && lastOctet < 3)) {
    return tooWeak("The RSA key's public exponent is 1, even or over 32 bits.");
  }
  if (hasSmallFactor(modulus)) return tooWeak("The RSA key's modulus has a small factor.");
  if (hasRocaFingerprint(modulus))
    return tooWeak("The RSA key has the form of CVE-2017-15361 (ROCA).");
  return undefined;
}
