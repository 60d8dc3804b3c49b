/** A certificate template that allows what tests need; each test says what it changes. */
import type { CertificateTemplate } from "../../src/ca/certificate-template.ts";
import type { RequestContext } from "../../src/ca/request-context.ts";
import { oids } from "../../src/pki/oids.ts";

export const template = (changes: Partial<CertificateTemplate> = {}): CertificateTemplate => ({
  id: "template",
  name: "Template",
  version: 1,
  validitySeconds: 86_400,
  backdateSeconds: 300,
  keyUsage: {
    source: "request",
    allowed: ["digitalSignature", "keyEncipherment", "keyAgreement"],
    default: ["digitalSignature"],
  },
  extendedKeyUsage: { allowed: [oids.clientAuth, oids.serverAuth], default: [oids.clientAuth] },
  subjectAltName: { types: ["dns", "email", "ip", "upn", "uri"], wildcardDns: false },
  subject: { allowEmpty: false },
  keys: { rsa: { minimumBits: 2048, maximumBits: 8192 }, curves: ["P-256", "P-384"] },
  requestSignature: "verify",
  renewal: { graceSecondsAfterEnd: 0 },
  ...changes,
});

/** Nobody but the CA has looked at the request. */
export const unvalidated: RequestContext = { validatedByIntune: false };
