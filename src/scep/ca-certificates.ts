/** The answer to GetCACert (RFC 8894, section 4.2.1). Pure. */
import { buildCertificatesOnly } from "../pki/cms-signed-data.ts";

export interface CaCertificates {
  /** Compared as a whole by certmonger, sscep and Apple: no parameters. */
  readonly contentType: "application/x-x509-ca-cert" | "application/x-x509-ca-ra-cert";
  readonly body: Uint8Array;
}

/** @param chainDer in the order to send, duplicates kept */
export function caCertificates(chainDer: readonly Uint8Array[]): CaCertificates {
  const [only, ...more] = chainDer;
  if (only && more.length === 0) return { contentType: "application/x-x509-ca-cert", body: only };
  return { contentType: "application/x-x509-ca-ra-cert", body: buildCertificatesOnly(chainDer) };
}
