/** PEM, the form in which foreign programs exchange files. */
import type { Certificate, KeyPair } from "./scep-client/index.ts";

export function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines.trimEnd()}\n-----END ${label}-----\n`;
}

export const certificatePem = (...certificates: readonly Certificate[]): string =>
  certificates.map((one) => pem("CERTIFICATE", one.der)).join("");

export function privateKeyPem(key: KeyPair): string {
  if (key.pkcs8 === undefined) throw new Error("this key has no private half");
  return pem("PRIVATE KEY", key.pkcs8);
}

export const derOfPem = (text: string): Buffer =>
  Buffer.from(text.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
