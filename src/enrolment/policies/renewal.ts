/** Authorisation by possession of a certificate of ours (RFC 8894, sections 2.3 and 3.3.1.2): same names, new certificate. */
import type { CertificateTemplate } from "../../ca/certificate-template.ts";
import type { RequestedCertificate } from "../../ca/end-entity.ts";
import { readDer } from "../../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../../pki/distinguished-name.ts";
import { readExtensions } from "../../pki/extensions.ts";
import { type GeneralName, readGeneralName } from "../../pki/general-name.ts";
import { oids } from "../../pki/oids.ts";
import { ok, type Result } from "../../result.ts";
import { reject, type ScepRejection } from "../../scep/rejection.ts";
import { checkHeldCertificate, type HeldCertificate } from "../requester.ts";

interface RenewalRules {
  readonly template: CertificateTemplate;
  readonly familyConfigurationIds: readonly string[];
}

/** What may be issued instead of the held certificate: the request, which has the old SANs where it named none. */
export function authoriseRenewal(
  requested: RequestedCertificate,
  held: HeldCertificate,
  { template, familyConfigurationIds }: RenewalRules,
  now: Date,
): Result<RequestedCertificate, ScepRejection> {
  if (!familyConfigurationIds.includes(held.configurationId)) {
    return reject(
      "signer_not_ours",
      `Certificate ${held.serialNumberHex} was issued through a configuration that is off or has another template.`,
    );
  }
  const { earliestSecondsBeforeEnd, graceSecondsAfterEnd } = template.renewal;
  const valid = checkHeldCertificate(held, now, graceSecondsAfterEnd);
  if (!valid.ok) return valid;
  const secondsLeft = (held.certificate.notAfter.getTime() - now.getTime()) / 1000;
  if (earliestSecondsBeforeEnd !== undefined && secondsLeft > earliestSecondsBeforeEnd) {
    const days = Math.round(earliestSecondsBeforeEnd / 86_400);
    return reject(
      "renewal_too_early",
      `The template allows renewal ${days} days before the end, not earlier.`,
    );
  }
  const { subjectDer } = held.certificate;
  const [asked, had] = [requested.subject, readDistinguishedName(readDer(subjectDer))].map(
    formatDistinguishedName,
  );
  if (asked !== had) {
    return reject(
      "subject_not_allowed",
      `The renewal asks for "${asked}"; certificate ${held.serialNumberHex} is for "${had}".`,
    );
  }
  return refuseNewNames(requested, held);
}

function refuseNewNames(
  requested: RequestedCertificate,
  held: HeldCertificate,
): Result<RequestedCertificate, ScepRejection> {
  const had = subjectAltNamesOf(held);
  const added = requested.subjectAltNames.find(
    ({ type, value }) => !had.some((name) => name.type === type && name.value === value),
  );
  if (added) {
    return reject(
      "subject_alt_name_not_allowed",
      `The renewal asks for ${added.type}:${added.value}, which certificate ${held.serialNumberHex} does not have.`,
    );
  }
  return ok(requested);
}

/** Of a certificate that we issued: they can be read. */
export function subjectAltNamesOf({ certificate }: HeldCertificate): readonly GeneralName[] {
  const extension =
    certificate.extensions && readExtensions(certificate.extensions).get(oids.subjectAltName);
  return extension ? readDer(extension.value).children().map(readGeneralName) : [];
}
