/**
 * From a certification request and a template to what the CA will be asked to sign. The request has been opened, not
 * yet authorised; who may have this subject is for enrolment/ to decide. Pure apart from WebCrypto.
 */
import type { DigestName } from "../pki/algorithms.ts";
import type { CertificationRequest } from "../pki/certification-request.ts";
import { encode, sequence } from "../pki/der-writer.ts";
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import { encodeGeneralName, type GeneralName } from "../pki/general-name.ts";
import { ok, type Result } from "../result.ts";
import { certificatePoliciesDer } from "./certificate-policies.ts";
import type { CertificateTemplate } from "./certificate-template.ts";
import { fillCommonName, hasCommonName } from "./common-name.ts";
import { carriesRequiredDomain, describeRequirement } from "./domain-policy.ts";
import { grantExtensions } from "./extension-policy.ts";
import { checkPublicKey, checkRequestSignature } from "./key-policy.ts";
import type { RevocationAddresses } from "./publication-addresses.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";
import type { RequestContext } from "./request-context.ts";
import { grantValidity } from "./requested-validity.ts";
import { type CheckedSubject, checkSubject } from "./subject-policy.ts";

/** The parts of an end-entity certificate that are not the CA's own. Plain data: it crosses to the CA's object. */
export interface EndEntityContent {
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** SHA-1 of the key's bits (RFC 5280, section 4.2.1.2, method 1). */
  readonly subjectKeyIdentifier: Uint8Array;
  /** The SEQUENCE OF GeneralName; absent when the certificate has none. */
  readonly subjectAltNameDer?: Uint8Array;
  /** Bits as in pki/key-usage.ts, without those of a CA. */
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  /** Absent: all. */
  readonly revocationAddresses?: RevocationAddresses;
  /** The SEQUENCE OF PolicyInformation; absent when the certificate names no policy. */
  readonly certificatePoliciesDer?: Uint8Array;
  /** From the moment of issuing, which may be days after the request. The CA cuts notAfter to its own. */
  readonly backdateSeconds: number;
  readonly validitySeconds: number;
}

/** What a request would get, with the names that an authorisation is about. */
export interface RequestedCertificate {
  readonly subject: DistinguishedName;
  readonly subjectAltNames: readonly GeneralName[];
  readonly content: EndEntityContent;
}

export async function applyTemplate(
  request: CertificationRequest,
  template: CertificateTemplate,
  allowedDigests: readonly DigestName[],
  context: RequestContext,
): Promise<Result<RequestedCertificate, CertificateRefusal>> {
  const key = await checkPublicKey(request.publicKey, template);
  if (!key.ok) return key;
  const possession = await checkRequestSignature(request, template, allowedDigests);
  if (!possession.ok) return possession;
  const extensions = grantExtensions(request.extensions, request.publicKey, template, context);
  if (!extensions.ok) return extensions;
  const { subjectAltNames, keyUsage, extendedKeyUsage } = extensions.value;
  const asked =
    template.subject.commonName === "fill"
      ? fillCommonName(request.subjectDer, subjectAltNames)
      : request.subjectDer;
  const subject = grantNames(asked, subjectAltNames, template);
  if (!subject.ok) return subject;
  const policies = certificatePoliciesDer(template);
  return ok({
    subject: subject.value.name,
    subjectAltNames,
    content: {
      subjectDer: subject.value.der,
      subjectPublicKeyInfoDer: request.publicKey.der,
      subjectKeyIdentifier: await keyIdentifier(request.publicKey.bits),
      ...(subjectAltNames.length > 0 && {
        subjectAltNameDer: encode(sequence(...subjectAltNames.map(encodeGeneralName))),
      }),
      keyUsage,
      extendedKeyUsage,
      ...(template.revocationAddresses && {
        revocationAddresses: template.revocationAddresses,
      }),
      ...(policies && { certificatePoliciesDer: policies }),
      backdateSeconds: template.backdateSeconds,
      validitySeconds: grantValidity(request.nameValuePairs, template),
    },
  });
}

/** The subject by itself, and what it and the subjectAltNames must say together. */
function grantNames(
  subjectDer: Uint8Array,
  subjectAltNames: readonly GeneralName[],
  template: CertificateTemplate,
): Result<CheckedSubject, CertificateRefusal> {
  const checked = checkSubject(subjectDer);
  if (!checked.ok) return checked;
  const { name } = checked.value;
  const { allowEmpty, commonName = "optional" } = template.subject;
  if (name.length === 0 && !(allowEmpty && subjectAltNames.length > 0)) {
    return refuse(
      "subject_not_allowed",
      "The subject is empty; the template must allow that and a subjectAltName be there.",
    );
  }
  if (commonName !== "optional" && !hasCommonName(name)) {
    return refuse(
      "subject_not_allowed",
      commonName === "fill"
        ? "The subject has no common name, and no subjectAltName can take its place."
        : "The subject has no common name; the template wants one.",
    );
  }
  const { requiredDomain } = template;
  if (requiredDomain && !carriesRequiredDomain(requiredDomain, name, subjectAltNames)) {
    return refuse(
      "required_domain_missing",
      `The template wants ${describeRequirement(requiredDomain)}; the request has none.`,
    );
  }
  return checked;
}

export async function keyIdentifier(publicKeyBits: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", publicKeyBits));
}
