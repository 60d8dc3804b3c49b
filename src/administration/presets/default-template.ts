/** What a certificate template says where its maker said nothing: a TLS client certificate of one year. */
import { oids } from "../../pki/oids.ts";
import type { TemplateRules } from "../certificate-templates.ts";

export const defaultTemplateRules: TemplateRules = {
  validitySeconds: 365 * 24 * 3600,
  backdateSeconds: 5 * 60,
  keyUsage: {
    source: "request",
    allowed: [
      "digitalSignature",
      "nonRepudiation",
      "keyEncipherment",
      "dataEncipherment",
      "keyAgreement",
    ],
    default: ["digitalSignature", "keyEncipherment"],
  },
  extendedKeyUsage: {
    allowed: [oids.clientAuth, oids.serverAuth],
    default: [oids.clientAuth],
  },
  subjectAltName: { types: ["dns", "email", "ip", "upn", "uri"], wildcardDns: false },
  subject: { allowEmpty: false },
  keys: {
    rsa: { minimumBits: 2048, maximumBits: 4096 },
    // A device with an EC key cannot open a reply that is encrypted to it by RSA key transport.
    curves: [],
  },
  revocationAddresses: { crl: true, ocsp: true, caIssuers: true },
  renewal: { graceSecondsAfterEnd: 0 },
  requestSignature: "verify",
};
