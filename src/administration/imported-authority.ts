/** An existing CA as somebody brings it, read and checked: its key, its certificate with the chain, its last CRL. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import { equalBytes, fromBase64 } from "../pki/bytes.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { type CertificateList, readCertificateList } from "../pki/certificate-list-reader.ts";
import { findKeyWeakness } from "../pki/key-weakness.ts";
import { readPkcs12 } from "../pki/pkcs12.ts";
import { publicKeyOf, readPrivateKeyInPem } from "../pki/private-key.ts";
import type { PublicKey } from "../pki/public-key.ts";
import { ok } from "../result.ts";
import { readCertificatesInPem } from "./certificates-in-pem.ts";
import { decoded, decodedInTime } from "./decoded.ts";
import { type CheckedChain, checkChain } from "./external-authorities.ts";
import { invalid, type Outcome } from "./refusal.ts";

export interface AuthorityFiles {
  /** PEM; together with `privateKey`, or found in `pkcs12`. */
  readonly certificate?: string | undefined;
  /** PEM, in any order; not needed for a self-signed certificate. */
  readonly chain?: string | undefined;
  /** PEM: PKCS #8, PKCS #1 or SEC 1. */
  readonly privateKey?: string | undefined;
  /** Base64. */
  readonly pkcs12?: string | undefined;
  readonly password?: string | undefined;
  /** PEM, or base64 of DER. */
  readonly crl?: string | undefined;
}

/** The key is in the clear in here: from reading it to handing it to the CA's object, and nowhere else. */
export interface ImportedAuthority extends CheckedChain {
  readonly privateKey: Uint8Array;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  readonly crl: CertificateList | undefined;
}

interface Found {
  readonly privateKey: Uint8Array;
  readonly certificates: readonly Certificate[];
}

export async function readImportedAuthority(
  files: AuthorityFiles,
  now: Date,
): Promise<Outcome<ImportedAuthority>> {
  const found = await (files.pkcs12 === undefined ? readPemFiles(files) : readKeyStore(files));
  if (!found.ok) return found;
  const { privateKey, certificates } = found.value;
  const keyField = files.pkcs12 === undefined ? "privateKey" : "pkcs12";
  const publicKey = await decodedInTime(keyField, () => publicKeyOf(privateKey));
  if (!publicKey.ok) return publicKey;
  const weakness = await findKeyWeakness(publicKey.value);
  if (weakness) return invalid(keyField, weakness.detail);
  const keyAlgorithm = keyAlgorithmOf(publicKey.value);
  if (!keyAlgorithm)
    return invalid(keyField, "A CA's RSA key has 2048, 3072 or 4096 bits here; this one has not.");
  const certificate = certificates.find((one) =>
    equalBytes(one.publicKey.bits, publicKey.value.bits),
  );
  if (!certificate || !(await isPair(privateKey, certificate.publicKey)))
    return invalid(keyField, "The private key belongs to none of the certificates.");
  const chain = await checkChain(
    certificate,
    certificates.filter((one) => one !== certificate),
    now,
  );
  if (!chain.ok) return chain;
  const crl = await readCrl(files.crl, certificate);
  return crl.ok ? ok({ ...chain.value, privateKey, keyAlgorithm, crl: crl.value }) : crl;
}

async function readPemFiles(files: AuthorityFiles): Promise<Outcome<Found>> {
  if (files.certificate === undefined || files.privateKey === undefined)
    return invalid("privateKey", "Give certificate and privateKey, or pkcs12 with its password.");
  const text = files.privateKey;
  const privateKey = await decodedInTime("privateKey", () =>
    readPrivateKeyInPem(text, files.password),
  );
  if (!privateKey.ok) return privateKey;
  const certificates = readCertificatesInPem("certificate", files.certificate);
  if (!certificates.ok) return certificates;
  return withChain(privateKey.value, certificates.value, files.chain);
}

async function readKeyStore({ pkcs12 = "", ...files }: AuthorityFiles): Promise<Outcome<Found>> {
  if (files.privateKey !== undefined || files.certificate !== undefined)
    return invalid("pkcs12", "Give either pkcs12 or certificate and privateKey.");
  const store = await decodedInTime("pkcs12", () =>
    readPkcs12(fromBase64(pkcs12), files.password ?? ""),
  );
  if (!store.ok) return store;
  const [privateKey, ...more] = store.value.privateKeys;
  if (!privateKey || more.length > 0)
    return invalid(
      "pkcs12",
      `The file has ${store.value.privateKeys.length} private keys; give one with the CA's alone.`,
    );
  const certificates = decoded("pkcs12", () => store.value.certificatesDer.map(parseCertificate));
  return certificates.ok ? withChain(privateKey, certificates.value, files.chain) : certificates;
}

function withChain(
  privateKey: Uint8Array,
  certificates: readonly Certificate[],
  chain: string | undefined,
): Outcome<Found> {
  if (chain === undefined || chain.trim() === "") return ok({ privateKey, certificates });
  const more = readCertificatesInPem("chain", chain);
  return more.ok ? ok({ privateKey, certificates: [...certificates, ...more.value] }) : more;
}

function keyAlgorithmOf(key: PublicKey): AuthorityKeyAlgorithm | undefined {
  if (key.kind === "EC" && key.curve !== "unknown") return key.curve;
  if (key.kind !== "RSA") return undefined;
  const name = `RSA-${key.modulusBits}`;
  return name === "RSA-2048" || name === "RSA-3072" || name === "RSA-4096" ? name : undefined;
}

/** The public half is part of a private key's file: that the two fit is seen by using them. */
async function isPair(privateKey: Uint8Array, publicKey: PublicKey): Promise<boolean> {
  if (publicKey.kind === "unknown") return false;
  const parameters =
    publicKey.kind === "RSA"
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      : { name: "ECDSA", namedCurve: publicKey.curve, hash: "SHA-256" };
  const octets = crypto.getRandomValues(new Uint8Array(32));
  try {
    const signing = await crypto.subtle.importKey("pkcs8", privateKey, parameters, false, ["sign"]);
    const verifying = await crypto.subtle.importKey("spki", publicKey.der, parameters, false, [
      "verify",
    ]);
    const signature = await crypto.subtle.sign(parameters, signing, octets);
    return await crypto.subtle.verify(parameters, verifying, signature, octets);
  } catch {
    return false;
  }
}

async function readCrl(
  text: string | undefined,
  certificate: Certificate,
): Promise<Outcome<CertificateList | undefined>> {
  if (text === undefined || text.trim() === "") return ok(undefined);
  const list = decoded("crl", () =>
    readCertificateList(fromBase64(text.replaceAll(/-----[^-]+-----/g, ""))),
  );
  if (!list.ok) return list;
  const own =
    equalBytes(list.value.issuerDer, certificate.subjectDer) &&
    (await list.value.isSignedBy(certificate.publicKey));
  return own ? ok(list.value) : invalid("crl", "The CRL is not signed by this CA.");
}
