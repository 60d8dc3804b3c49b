/**
 * Whether names lie within the constraints of a CA and of those above it (RFC 5280, section 4.2.1.10). A relying party
 * would refuse a certificate outside of them, so none is issued. Pure.
 */
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import { formatDistinguishedName, readFormattedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import { parseIpAddress } from "../pki/ip-address.ts";
import { type NameConstraint, type NameConstraints, readNetwork } from "../pki/name-constraints.ts";
import { oids } from "../pki/oids.ts";
import { ok, type Result } from "../result.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";

interface ConstrainedName {
  readonly type: NameConstraint["type"];
  readonly value: string;
  readonly from: "subject" | "subjectAltName";
}

const commonName = "2.5.4.3";
/** The kind of GeneralName that a UPN is, as pki/name-constraints.ts names what it does not read. */
const otherName = "[0]";

/** @param constraints of the CA and of each CA above it: a name must keep all of them */
export function checkNameConstraints(
  subject: DistinguishedName,
  subjectAltNames: readonly GeneralName[],
  constraints: readonly NameConstraints[],
): Result<void, CertificateRefusal> {
  if (constraints.length === 0) return ok(undefined);
  for (const name of constrainedNames(subject, subjectAltNames)) {
    for (const { permitted, excluded } of constraints) {
      const why = refuseName(name, permitted, excluded);
      if (!why) continue;
      const reason =
        name.from === "subject" ? "subject_not_allowed" : "subject_alt_name_not_allowed";
      return refuse(
        reason,
        `The ${name.from} has the ${name.type === "other" ? "name" : name.type} ${name.value}, and the name constraints of the CA or of one above it ${why}.`,
      );
    }
  }
  return ok(undefined);
}

function constrainedNames(
  subject: DistinguishedName,
  subjectAltNames: readonly GeneralName[],
): ConstrainedName[] {
  const names: ConstrainedName[] = subjectAltNames.map(({ type, value }) => ({
    // A UPN is an otherName.
    type: type === "upn" ? "other" : type,
    value,
    from: "subjectAltName",
  }));
  if (subject.length > 0)
    names.push({ type: "directoryName", value: formatDistinguishedName(subject), from: "subject" });
  const named = subjectAltNames.some(({ type }) => type === "dns");
  for (const { type, value } of subject.flat()) {
    if (type === oids.emailAddress) names.push({ type: "email", value, from: "subject" });
    // OpenSSL takes a common name that looks like a host for one when there is no dNSName.
    if (type === commonName && !named && /^[a-z0-9*_-]+(\.[a-z0-9_-]+)+$/i.test(value))
      names.push({ type: "dns", value, from: "subject" });
  }
  return names;
}

/** The end of the sentence; undefined: nothing is against the name. */
function refuseName(
  name: ConstrainedName,
  permitted: readonly NameConstraint[],
  excluded: readonly NameConstraint[],
): string | undefined {
  const ofType = (list: readonly NameConstraint[]) =>
    list.filter(
      ({ type, value }) => type === name.type && (type !== "other" || value === otherName),
    );
  const [allowed, forbidden] = [ofType(permitted), ofType(excluded)];
  const against = forbidden.find(
    ({ value }) => name.type === "other" || lies(name, value) || wildcardCovers(name, value),
  );
  if (against) return `exclude ${against.value}`;
  if (allowed.length === 0 || allowed.some(({ value }) => lies(name, value))) return undefined;
  return `permit only ${allowed.map(({ value }) => value).join("; ")}`;
}

/** Of a name that is not understood: in no permission, and (above) in every exclusion. */
function lies({ type, value }: ConstrainedName, base: string): boolean {
  switch (type) {
    case "dns":
      return hostLies(value, base, true);
    case "email":
      return mailLies(value, base);
    case "uri":
      return URL.canParse(value) && hostLies(new URL(value).hostname, base, false);
    case "ip":
      return addressLies(parseIpAddress(value), base);
    case "directoryName":
      return isBelow(readFormattedName(value), readFormattedName(base));
    case "other":
      return false;
  }
}

function hostLies(host: string, base: string, below: boolean): boolean {
  const [name, wanted] = [host.toLowerCase(), base.toLowerCase()];
  if (wanted === "" || name === wanted) return true;
  if (wanted.startsWith(".")) return name.endsWith(wanted);
  return below && name.endsWith(`.${wanted}`);
}

function mailLies(address: string, base: string): boolean {
  const at = address.lastIndexOf("@");
  const host = address.slice(at + 1);
  const baseAt = base.lastIndexOf("@");
  if (baseAt < 0) return hostLies(host, base, false);
  return (
    address.slice(0, at) === base.slice(0, baseAt) &&
    host.toLowerCase() === base.slice(baseAt + 1).toLowerCase()
  );
}

function addressLies(octets: Uint8Array, base: string): boolean {
  const { address, mask } = readNetwork(base);
  return (
    address.length === octets.length &&
    octets.every((octet, index) => (octet & (mask[index] ?? 0)) === address[index])
  );
}

/** `*.example.com` stands for the excluded `secret.example.com` as well. */
const wildcardCovers = ({ type, value }: ConstrainedName, base: string): boolean =>
  type === "dns" &&
  value.startsWith("*.") &&
  base
    .toLowerCase()
    .replace(/^\./, "")
    .replace(/^[^.]+/, "*") === value.toLowerCase();

/** Section 7.1: letter case and runs of white space do not count. */
const isBelow = (name: DistinguishedName, base: DistinguishedName): boolean =>
  base.length <= name.length &&
  base.every((rdn, index) => comparable(rdn) === comparable(name[index] ?? []));

const comparable = (rdn: DistinguishedName[number]): string =>
  JSON.stringify(
    rdn
      .map(({ type, value }) => [type, value.trim().toLowerCase().replaceAll(/\s+/g, " ")])
      .toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1)),
  );

/** The same name, moved below the first permitted directoryName when it lies outside: for certificates of our own keys. */
export function placeSubject(
  subject: DistinguishedName,
  constraints: readonly NameConstraints[],
): DistinguishedName {
  const bases = constraints
    .flatMap(({ permitted }) => permitted)
    .filter(({ type }) => type === "directoryName")
    .map(({ value }) => readFormattedName(value));
  const candidates = [subject, ...bases.map((base) => [...base, ...subject.slice(-1)])];
  const fitting = candidates.find((name) => checkNameConstraints(name, [], constraints).ok);
  return fitting ?? subject;
}
