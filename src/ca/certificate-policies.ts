/** The certificate policies of a template (RFC 5280, section 4.2.1.4), written once for as long as the template is known. */
import { encode, sequence } from "../pki/der-writer.ts";
import { policyInformation } from "../pki/extensions.ts";
import type { CertificatePolicy, CertificateTemplate } from "./certificate-template.ts";

const written = new WeakMap<readonly CertificatePolicy[], Uint8Array>();

/** The SEQUENCE OF PolicyInformation; undefined: the template has none. */
export function certificatePoliciesDer({
  certificatePolicies,
}: CertificateTemplate): Uint8Array | undefined {
  if (!certificatePolicies || certificatePolicies.length === 0) return undefined;
  const known = written.get(certificatePolicies);
  if (known) return known;
  const der = encode(
    sequence(...certificatePolicies.map(({ policy, cpsUri }) => policyInformation(policy, cpsUri))),
  );
  written.set(certificatePolicies, der);
  return der;
}
