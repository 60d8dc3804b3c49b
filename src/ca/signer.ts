/** The one way to a CA's private key, and the signature algorithms its kinds of key use. */
import { derNull } from "../pki/algorithms.ts";
import { encode, sequence } from "../pki/der-writer.ts";
import { oidDer, oids } from "../pki/oids.ts";
import { ecdsaToDer } from "../pki/signature.ts";
import type { AuthorityKeyAlgorithm } from "./authority-key.ts";

export interface Signer {
  /** AlgorithmIdentifier for TBSCertificate and Certificate alike. */
  readonly algorithmDer: Uint8Array;
  readonly digest: "SHA-256" | "SHA-384";
  /** @returns the signature as it stands in a certificate's BIT STRING */
  sign(tbsDer: Uint8Array): Promise<Uint8Array>;
}

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const rsaIdentifier = encode(sequence(oidDer(oids.sha256WithRSAEncryption), derNull));

export const signatureAlgorithmDer = (algorithm: AuthorityKeyAlgorithm): Uint8Array =>
  algorithm === "P-256"
    ? encode(sequence(oidDer(oids.ecdsaWithSHA256)))
    : algorithm === "P-384"
      ? encode(sequence(oidDer(oids.ecdsaWithSHA384)))
      : rsaIdentifier;

const ecdsaHash = { "P-256": "SHA-256", "P-384": "SHA-384" } as const;

export async function generateAuthorityKey(
  algorithm: AuthorityKeyAlgorithm,
): Promise<CryptoKeyPair> {
  const parameters =
    algorithm === "P-256" || algorithm === "P-384"
      ? { name: "ECDSA", namedCurve: algorithm }
      : {
          ...rsa,
          modulusLength: Number(algorithm.slice(4)),
          publicExponent: Uint8Array.of(1, 0, 1),
        };
  return (await crypto.subtle.generateKey(parameters, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** Imported so that it can be used and not taken out again. */
export async function createSigner(
  algorithm: AuthorityKeyAlgorithm,
  pkcs8: Uint8Array,
): Promise<Signer> {
  const algorithmDer = signatureAlgorithmDer(algorithm);
  if (algorithm === "P-256" || algorithm === "P-384") {
    const key = await crypto.subtle.importKey(
      "pkcs8",
      pkcs8,
      { name: "ECDSA", namedCurve: algorithm },
      false,
      ["sign"],
    );
    const parameters = { name: "ECDSA", hash: ecdsaHash[algorithm] };
    return {
      algorithmDer,
      digest: ecdsaHash[algorithm],
      sign: async (tbsDer) =>
        ecdsaToDer(new Uint8Array(await crypto.subtle.sign(parameters, key, tbsDer))),
    };
  }
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, rsa, false, ["sign"]);
  return {
    algorithmDer,
    digest: rsa.hash,
    sign: async (tbsDer) => new Uint8Array(await crypto.subtle.sign(rsa.name, key, tbsDer)),
  };
}
