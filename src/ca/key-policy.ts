/** Which public keys are certified, and whether a request was signed by its own. Checked before any costly arithmetic. */
import type { CertificationRequest } from "../pki/certification-request.ts";
import type { PublicKey, RsaPublicKey } from "../pki/public-key.ts";
import { isOnCurve, signatureDigest, verifySignature } from "../pki/signature.ts";
import { ok, type Result } from "../result.ts";
import type { CertificateTemplate } from "./certificate-template.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";
import { hasRocaFingerprint, hasSmallFactor } from "./weak-rsa-keys.ts";

export function checkPublicKey(
  key: PublicKey,
  template: CertificateTemplate,
): Result<void, CertificateRefusal> {
  switch (key.kind) {
    case "RSA":
      return checkRsaKey(key, template);
    case "EC": {
      const { curve } = key;
      if (curve === "unknown" || !template.keys.curves.includes(curve)) {
        return refuse("key_not_allowed", `The template allows no EC key on this curve (${curve}).`);
      }
      return ok(undefined);
    }
    case "unknown":
      return refuse("key_not_allowed", `The key's algorithm ${key.algorithm} is not known.`);
  }
}

function checkRsaKey(
  key: RsaPublicKey,
  template: CertificateTemplate,
): Result<void, CertificateRefusal> {
  const sizes = template.keys.rsa;
  if (!sizes) return refuse("key_not_allowed", "The template allows no RSA keys.");
  if (key.modulusBits < sizes.minimumBits) {
    return refuse(
      "key_too_weak",
      `The RSA key has ${key.modulusBits} bits; the template wants ${sizes.minimumBits} or more.`,
    );
  }
  if (key.modulusBits > sizes.maximumBits) {
    return refuse(
      "key_not_allowed",
      `The RSA key has ${key.modulusBits} bits; the template wants ${sizes.maximumBits} or fewer.`,
    );
  }
  const exponent = key.publicExponent;
  const lastOctet = exponent.at(-1) ?? 0;
  if (lastOctet % 2 === 0 || exponent.length > 4 || (exponent.length === 1 && lastOctet < 3)) {
    return refuse("key_too_weak", "The RSA key's public exponent is 1, even or over 32 bits.");
  }
  if (hasSmallFactor(key.modulus))
    return refuse("key_too_weak", "The RSA key's modulus has a small factor.");
  if (hasRocaFingerprint(key.modulus))
    return refuse("key_too_weak", "The RSA key has the form of CVE-2017-15361 (ROCA).");
  return ok(undefined);
}

/** Proof of possession (RFC 8894, section 7.6; RFC 2986, section 4.2). */
export async function checkRequestSignature(
  request: CertificationRequest,
  template: CertificateTemplate,
): Promise<Result<void, CertificateRefusal>> {
  if (request.publicKey.kind === "EC" && !(await isOnCurve(request.publicKey)))
    return refuse("key_not_allowed", "The EC key is no point on its curve.");
  if (template.requestSignature === "ignore") return ok(undefined);
  const digest = signatureDigest(request.signatureAlgorithm, request.publicKey);
  if (!digest) {
    return refuse(
      "signature_algorithm_not_allowed",
      `The PKCS #10 is signed with ${request.signatureAlgorithm}.`,
    );
  }
  if (digest === "MD5" && template.requestSignature !== "verify-md5-too") {
    return refuse(
      "signature_algorithm_not_allowed",
      "The PKCS #10 is signed with MD5, which the template does not allow.",
    );
  }
  const genuine = await verifySignature(
    request.publicKey,
    digest,
    request.signature,
    request.infoDer,
  );
  return genuine
    ? ok(undefined)
    : refuse("proof_of_possession_invalid", "The PKCS #10's own signature does not verify.");
}
