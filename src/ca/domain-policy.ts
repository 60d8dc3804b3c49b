/**
 * Names and the domains they lie in: which domains a template's names are held to, and which one every certificate must
 * carry (as networks want it that tell devices apart by it). A suffix counts at the boundary of a label. Pure.
 */
import { findAttributeType } from "../pki/attribute-types.ts";
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import { type GeneralName, isDnsName } from "../pki/general-name.ts";
import type { CertificateTemplate, RequiredDomain } from "./certificate-template.ts";

/** @param name in lower case, as the domains are */
const liesIn = (name: string, domains: readonly string[]): boolean =>
  domains.some((domain) => name === domain || name.endsWith(`.${domain}`));

/** What comes behind the @, in lower case. */
const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** What of a SAN can lie in a domain; undefined: nothing (an IP address, a URI without a host). */
function domainPartOf({ type, value }: GeneralName): string | undefined {
  switch (type) {
    case "dns":
      return value;
    case "email":
    case "upn":
      return domainOf(value);
    case "uri":
      return hostOf(value);
    case "ip":
      return undefined;
  }
}

/** These have an address where others have an authority; a SIP server's certificate names its domain so (RFC 5922). */
const ofAddress = /^(?:sips?|mailto|xmpp|acct):(?!\/\/)([^/?#;]*)/i;
const ofAuthority = /^[^:]*:\/\/([^/?#]*)/;

/** The host of a URI with an authority (RFC 3986, section 3.2) or an address, in lower case. */
function hostOf(uri: string): string | undefined {
  const [, address] = ofAuthority.exec(uri) ?? ofAddress.exec(uri) ?? [];
  return address === undefined ? undefined : domainOf(address).replace(/:\d*$/, "");
}

/** False: the template holds names of this kind to domains, and this one lies in none of them. */
export function isWithinDomains(name: GeneralName, template: CertificateTemplate): boolean {
  const { domains } = template.subjectAltName;
  if (!domains) return true;
  const part = domainPartOf(name);
  return part === undefined || liesIn(part, domains);
}

/** Whether the certificate carries the domain that its template requires. */
export function carriesRequiredDomain(
  required: RequiredDomain,
  subject: DistinguishedName,
  subjectAltNames: readonly GeneralName[],
): boolean {
  const { domains, in: places } = required;
  const inNames = subjectAltNames.some(
    (name) =>
      (name.type === "dns" || name.type === "upn") &&
      places.includes(name.type) &&
      liesIn(name.type === "dns" ? name.value : domainOf(name.value), domains),
  );
  return (
    inNames ||
    (places.includes("commonName") &&
      commonNamesOf(subject).some((value) => liesIn(domainOf(value), domains)))
  );
}

/** Only those that are a DNS name or an address: other text that happens to end in a domain does not lie in it. */
const commonNamesOf = (subject: DistinguishedName): string[] =>
  subject
    .flat()
    .filter(({ type }) => findAttributeType(type)?.name === "CN")
    .map(({ value }) => value)
    .filter((value) => isDnsName(domainOf(value)) && !/\s/.test(value));

const placeNames = {
  dns: "a DNS SAN",
  upn: "a UPN SAN",
  commonName: "the common name",
} as const;

/** For the operator and the administrator: what was missing. */
export function describeRequirement({ network, domains, in: places }: RequiredDomain): string {
  const where = places.map((place) => placeNames[place]).join(" or ");
  const whose = network === undefined ? "" : ` of the network "${network}"`;
  return `${where} in the domain ${domains.join(" or ") || "(none is left)"}${whose}`;
}
