/** Which public keys are certified, and whether a request was signed by its own. Checked before any costly arithmetic. */
import type { DigestName } from "../pki/algorithms.ts";
import type { CertificationRequest } from "../pki/certification-request.ts";
import { findKeyWeakness } from "../pki/key-weakness.ts";
import type { PublicKey, RsaPublicKey } from "../pki/public-key.ts";
import { signatureDigest, verifySignature } from "../pki/signature.ts";
import { err, ok, type Result } from "../result.ts";
import type { CertificateTemplate } from "./certificate-template.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";

export async function checkPublicKey(
  key: PublicKey,
  template: CertificateTemplate,
): Promise<Result<void, CertificateRefusal>> {
  const weakness = await findKeyWeakness(key);
  if (weakness) return err(weakness);
  if (key.kind === "RSA") return checkRsaSize(key, template);
  if (key.kind === "EC" && key.curve !== "unknown" && template.keys.curves.includes(key.curve))
    return ok(undefined);
  return refuse("key_not_allowed", "The template allows no EC keys of this curve.");
}

function checkRsaSize(
  { modulusBits }: RsaPublicKey,
  { keys }: CertificateTemplate,
): Result<void, CertificateRefusal> {
  if (!keys.rsa) return refuse("key_not_allowed", "The template allows no RSA keys.");
  const { minimumBits, maximumBits } = keys.rsa;
  if (modulusBits < minimumBits) {
    return refuse(
      "key_too_weak",
      `The RSA key has ${modulusBits} bits; the template wants ${minimumBits} or more.`,
    );
  }
  if (modulusBits > maximumBits) {
    return refuse(
      "key_not_allowed",
      `The RSA key has ${modulusBits} bits; the template wants ${maximumBits} or fewer.`,
    );
  }
  return ok(undefined);
}

/** Proof of possession (RFC 8894, section 7.6; RFC 2986, section 4.2). */
export async function checkRequestSignature(
  request: CertificationRequest,
  template: CertificateTemplate,
  allowedDigests: readonly DigestName[],
): Promise<Result<void, CertificateRefusal>> {
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
  // Appliances for which MD5 is verified sign with SHA-1 as well; others do so where the configuration says so.
  if (
    digest === "SHA-1" &&
    template.requestSignature === "verify" &&
    !allowedDigests.includes("SHA-1")
  ) {
    return refuse(
      "signature_algorithm_not_allowed",
      "The PKCS #10 is signed with SHA-1, which the configuration does not allow.",
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
