/**
 * What of the requested extensions goes into the certificate. Nothing is copied: each is read, held against the
 * template, and built anew by issuance.ts. Pure.
 */
import { DecodeError } from "../pki/decode-error.ts";
import { readDer } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { type Extension, readBitString, readExtendedKeyUsage } from "../pki/extensions.ts";
import type { GeneralName } from "../pki/general-name.ts";
import { authorityUsages, keyUsageBits, readKeyUsageBits } from "../pki/key-usage.ts";
import { oids } from "../pki/oids.ts";
import type { PublicKey } from "../pki/public-key.ts";
import { ok, type Result } from "../result.ts";
import type { CertificateTemplate } from "./certificate-template.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";
import type { RequestContext } from "./request-context.ts";
import { grantSubjectAltNames } from "./subject-alt-name-policy.ts";

export interface GrantedExtensions {
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  readonly subjectAltNames: readonly GeneralName[];
}

type RequestedExtensions = ReadonlyMap<string, Extension>;

/** RFC 3279, section 2.3.1 and RFC 8813, section 3: what a key of this kind can do at all. */
const possibleUsages = {
  RSA: keyUsageBits(["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment"]),
  EC: keyUsageBits(["digitalSignature", "nonRepudiation", "keyAgreement"]),
  unknown: 0,
} as const;

/** What is not in here and critical is refused; what is not in here and not critical is left out. */
export const understoodExtensions: ReadonlySet<string> = new Set([
  oids.basicConstraints,
  oids.keyUsage,
  oids.extendedKeyUsage,
  oids.subjectAltName,
  oids.subjectKeyIdentifier,
]);

export function grantExtensions(
  requested: RequestedExtensions,
  key: PublicKey,
  template: CertificateTemplate,
  context: RequestContext,
): Result<GrantedExtensions, CertificateRefusal> {
  try {
    return grant(requested, key, template, context);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return refuse(
      "extension_not_allowed",
      `A requested extension cannot be read: ${error.message}.`,
    );
  }
}

function grant(
  requested: RequestedExtensions,
  key: PublicKey,
  template: CertificateTemplate,
  context: RequestContext,
): Result<GrantedExtensions, CertificateRefusal> {
  for (const { oid, critical } of requested.values()) {
    if (critical && !understoodExtensions.has(oid)) {
      return refuse(
        "extension_not_allowed",
        `The request has the critical extension ${oid}, which we do not issue.`,
      );
    }
  }
  if (asksForAuthority(requested.get(oids.basicConstraints))) {
    return refuse(
      "extension_not_allowed",
      "The request asks for a certificate of a CA (basicConstraints).",
    );
  }
  const keyUsage = grantKeyUsage(requested.get(oids.keyUsage), key, template);
  if (!keyUsage.ok) return keyUsage;
  const subjectAltNames = grantSubjectAltNames(
    requested.get(oids.subjectAltName),
    template,
    context,
  );
  if (!subjectAltNames.ok) return subjectAltNames;
  return ok({
    keyUsage: keyUsage.value,
    extendedKeyUsage: grantExtendedKeyUsage(requested.get(oids.extendedKeyUsage), template),
    subjectAltNames: subjectAltNames.value,
  });
}

function asksForAuthority(extension: Extension | undefined): boolean {
  const cA = extension && readDer(extension.value).children()[0];
  return cA?.tag === tags.BOOLEAN && cA.content[0] !== 0;
}

/** Never empty: Intune reports an error for a certificate without key usage. */
function grantKeyUsage(
  extension: Extension | undefined,
  key: PublicKey,
  template: CertificateTemplate,
): Result<number, CertificateRefusal> {
  const asked = extension ? readKeyUsageBits(readBitString(extension.value)) : 0;
  if (asked & authorityUsages) {
    return refuse("extension_not_allowed", "The request asks for keyCertSign or cRLSign.");
  }
  const { source, allowed, default: usual } = template.keyUsage;
  const possible = possibleUsages[key.kind];
  const granted = source === "request" ? asked & keyUsageBits(allowed) & possible : 0;
  return ok(granted || keyUsageBits(usual) & possible || keyUsageBits(["digitalSignature"]));
}

function grantExtendedKeyUsage(
  extension: Extension | undefined,
  template: CertificateTemplate,
): readonly string[] {
  const asked = extension ? readExtendedKeyUsage(extension.value) : [];
  const { allowed, default: usual, always = [] } = template.extendedKeyUsage;
  const wanted = asked.filter((purpose) => allowed.includes(purpose));
  return [...new Set([...(wanted.length > 0 ? wanted : usual), ...always])];
}
