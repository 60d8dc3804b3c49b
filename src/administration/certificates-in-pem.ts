/** Certificates as people paste them: PEM, one or several, with whatever text stands around them. */
import { fromBase64 } from "../pki/bytes.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { decoded } from "./decoded.ts";
import type { Outcome } from "./refusal.ts";

const block = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END [A-Z0-9 ]*-----/g;
/** Longer bundles are no chain. */
const mostCertificates = 20;

/** @param field named in the refusal */
export const readCertificatesInPem = (field: string, text: string): Outcome<Certificate[]> =>
  decoded(field, () => {
    const certificates = Array.from(text.matchAll(block), ([, body = ""]) =>
      parseCertificate(fromBase64(body)),
    );
    if (certificates.length === 0)
      throw new DecodeError("There is no PEM certificate (-----BEGIN CERTIFICATE-----)");
    if (certificates.length > mostCertificates)
      throw new DecodeError(`There are over ${mostCertificates} certificates`);
    return certificates;
  });
