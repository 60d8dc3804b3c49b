/**
 * Which of the subjectAltNames that were asked for are issued (RFC 5280, section 4.2.1.6): all of them, or none; only a
 * Kerberos principal that repeats a UPN is passed over. Pure.
 */
import { DecodeError } from "../pki/decode-error.ts";
import { type DerElement, readDer } from "../pki/der-reader.ts";
import type { Extension } from "../pki/extensions.ts";
import { type GeneralName, readGeneralName, readKerberosPrincipal } from "../pki/general-name.ts";
import { ok, type Result } from "../result.ts";
import type { CertificateTemplate } from "./certificate-template.ts";
import { isWithinDomains } from "./domain-policy.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";
import type { RequestContext } from "./request-context.ts";

const maximumSubjectAltNames = 100;

/** A security identifier in a SAN maps a certificate to an account: never from a request that Microsoft has not judged. */
const securityIdentifierTag = "tag:microsoft.com,2022-09-14:sid:";
/** A SID in its text form (MS-DTYP, section 2.4.2.1), of one authority and up to 15 subauthorities. */
const securityIdentifier = /^S-1-\d{1,15}(-\d{1,10}){1,15}$/;

const namesAccount = ({ type, value }: GeneralName): boolean =>
  type === "uri" && value.toLowerCase().startsWith(securityIdentifierTag);

export function grantSubjectAltNames(
  extension: Extension | undefined,
  template: CertificateTemplate,
  context: RequestContext,
): Result<readonly GeneralName[], CertificateRefusal> {
  const asked = extension ? readDer(extension.value).children() : [];
  const names = asked.length > 0 ? readNames(asked) : ok(context.heldSubjectAltNames ?? []);
  if (!names.ok) return names;
  for (const name of names.value) {
    const refusal = refuseSubjectAltName(name, template, context);
    if (refusal) return refuse("subject_alt_name_not_allowed", refusal);
  }
  if (names.value.filter(namesAccount).length > 1) {
    return refuse(
      "subject_alt_name_not_allowed",
      "The request names more than one account's security identifier.",
    );
  }
  return names;
}

function readNames(
  elements: readonly DerElement[],
): Result<readonly GeneralName[], CertificateRefusal> {
  if (elements.length > maximumSubjectAltNames) {
    return refuse(
      "subject_alt_name_not_allowed",
      `The request has over ${maximumSubjectAltNames} subjectAltNames.`,
    );
  }
  try {
    const principals = elements.map(readKerberosPrincipal);
    const names = elements
      .filter((_, index) => principals[index] === undefined)
      .map(readGeneralName);
    const alone = principals.find(
      (principal) => principal !== undefined && !repeats(principal, names),
    );
    return alone === undefined
      ? ok(names)
      : refuse(
          "subject_alt_name_not_allowed",
          `The request names the Kerberos principal ${alone.slice(0, 200)}; only one that repeats a UPN of the request is passed over.`,
        );
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return refuse("subject_alt_name_not_allowed", `A requested subjectAltName: ${error.message}.`);
  }
}

/** certmonger writes each UPN a second time as a Kerberos principal, which is not issued. */
const repeats = (principal: string, names: readonly GeneralName[]): boolean =>
  names.some(
    ({ type, value }) => type === "upn" && value.toLowerCase() === principal.toLowerCase(),
  );

/** A sentence about what the template has against a name; undefined when it may be issued. */
function refuseSubjectAltName(
  name: GeneralName,
  template: CertificateTemplate,
  { validatedByIntune }: RequestContext,
): string | undefined {
  const { type, value } = name;
  const { types, wildcardDns, domains = [] } = template.subjectAltName;
  if (!types.includes(type)) return `The template allows no subjectAltName of type ${type}.`;
  if (type === "dns" && value.startsWith("*.") && !wildcardDns)
    return `The template does not issue the wildcard name ${value}.`;
  if (namesAccount(name)) return refuseAccount(value, validatedByIntune);
  if (!isWithinDomains(name, template))
    return `${type}:${value} lies in none of the template's domains (${domains.join(", ")}).`;
  return undefined;
}

function refuseAccount(uri: string, validatedByIntune: boolean): string | undefined {
  if (!validatedByIntune)
    return "The request names an account's security identifier, which only Intune may vouch for.";
  const wellFormed =
    uri.startsWith(securityIdentifierTag) &&
    securityIdentifier.test(uri.slice(securityIdentifierTag.length));
  return wellFormed
    ? undefined
    : "The request names an account's security identifier in a form that no account has.";
}
