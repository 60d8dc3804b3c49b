/**
 * What an administrator should know about a request that a template accepts: what was asked for and is not granted, and
 * what clients are known to stumble over. For the preview of a template, off the path of a PKIOperation. Pure.
 */
import type { CertificationRequest } from "../pki/certification-request.ts";
import { readBitString, readExtendedKeyUsage } from "../pki/extensions.ts";
import { keyUsageNamesOf, readKeyUsageBits } from "../pki/key-usage.ts";
import { oids } from "../pki/oids.ts";
import { signatureDigest } from "../pki/signature.ts";
import type { CertificateTemplate } from "./certificate-template.ts";
import type { RequestedCertificate } from "./end-entity.ts";
import { understoodExtensions } from "./extension-policy.ts";
import { longestValiditySeconds, readValidityWish } from "./requested-validity.ts";

export function requestWarnings(
  request: CertificationRequest,
  template: CertificateTemplate,
  granted: RequestedCertificate,
): string[] {
  return [
    ...keyUsageWarnings(request, granted),
    ...purposeWarnings(request, granted),
    ...extensionWarnings(request),
    ...validityWarnings(request, template),
    ...signatureWarnings(request, template),
    ...nameWarnings(request, granted),
  ];
}

function keyUsageWarnings(
  { extensions }: CertificationRequest,
  { content }: RequestedCertificate,
): string[] {
  const extension = extensions.get(oids.keyUsage);
  const gets = keyUsageNamesOf(content.keyUsage).join(", ");
  const asked = extension ? readKeyUsageBits(readBitString(extension.value)) : 0;
  if (asked === 0) {
    return [
      `The request asks for no key usage; the certificate gets the template's (${gets}). Intune reports an error when a certificate lacks the key usage of its profile: set it in the profile.`,
    ];
  }
  if (asked === content.keyUsage) return [];
  return [
    `The request asks for the key usage ${keyUsageNamesOf(asked).join(", ")}; the certificate gets ${gets}.`,
  ];
}

function purposeWarnings(
  { extensions }: CertificationRequest,
  { content }: RequestedCertificate,
): string[] {
  const extension = extensions.get(oids.extendedKeyUsage);
  const asked = extension ? readExtendedKeyUsage(extension.value) : [];
  const refused = asked.filter((purpose) => !content.extendedKeyUsage.includes(purpose));
  return refused.length === 0
    ? []
    : [`The template does not allow the extended key usage ${refused.join(", ")}: left out.`];
}

function extensionWarnings({ extensions }: CertificationRequest): string[] {
  const leftOut = [...extensions.keys()].filter((oid) => !understoodExtensions.has(oid));
  return leftOut.map((oid) =>
    oid === oids.microsoftSecurityIdentifier
      ? `The request has the security identifier extension ${oid}: left out, because anybody can write it. Strong mapping goes by a URI that Intune validates.`
      : `The request has the extension ${oid}: left out.`,
  );
}

function validityWarnings(
  { nameValuePairs }: CertificationRequest,
  template: CertificateTemplate,
): string[] {
  const wish = readValidityWish(nameValuePairs);
  if (wish.kind === "none") return [];
  const text = `ValidityPeriod = ${wish.period}, ValidityPeriodUnits = ${wish.units}`;
  if (wish.kind === "unreadable")
    return [`The wish for a validity (${text}) makes no sense: the template's own validity holds.`];
  if (template.requestedValidity?.honour === false)
    return [`The wish for a validity (${text}) is not honoured by the template.`];
  const longest = longestValiditySeconds(template);
  return wish.seconds > longest
    ? [`The wish for a validity (${text}) is longer than the template's maximum: cut.`]
    : [];
}

function signatureWarnings(
  { signatureAlgorithm, publicKey }: CertificationRequest,
  { requestSignature }: CertificateTemplate,
): string[] {
  if (requestSignature === "ignore")
    return ["The template ignores the request's own signature: nothing proves who holds the key."];
  const digest = signatureDigest(signatureAlgorithm, publicKey);
  return digest === "MD5" || digest === "SHA-1"
    ? [`The request is signed with ${digest}, which can be forged.`]
    : [];
}

function nameWarnings(
  { publicKey, challengePassword }: CertificationRequest,
  { subject, subjectAltNames }: RequestedCertificate,
): string[] {
  return [
    ...(subject.length === 0 ? ["The subject is empty: some clients show no name for it."] : []),
    ...(subjectAltNames.length === 0
      ? ["The certificate has no subjectAltName; Intune on Android wants one."]
      : []),
    ...(challengePassword === undefined
      ? ["The request has no challengePassword: it is refused where nothing else authorises it."]
      : []),
    ...(publicKey.kind === "EC"
      ? [
          "The key is EC: over SCEP the reply can only be encrypted under the challengePassword, which few clients can open.",
        ]
      : []),
  ];
}
