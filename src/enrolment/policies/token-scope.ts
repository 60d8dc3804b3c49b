/** What a token allows: its subject, of which the unsaid part is free, and its list of subjectAltNames. Pure. */
import type {
  AttributeTypeAndValue,
  DistinguishedName,
  RelativeDistinguishedName,
} from "../../pki/distinguished-name.ts";
import type { GeneralName } from "../../pki/general-name.ts";

const commonName = "2.5.4.3";
/** Attribute types that lawfully occur once on each level of a hierarchy. */
const repeatable: readonly string[] = ["2.5.4.11", "0.9.2342.19200300.100.1.25"];

/**
 * Whether the fixed components are the least specific end of the subject and everything else is more specific.
 * Clients write the least specific component first or last (certmonger, jscep), so the name is read from both ends.
 * It is never taken for a bag of attributes: `O=Other,CN=x,O=Demo` is not below `O=Demo`.
 */
export function subjectIsWithin(subject: DistinguishedName, fixed: DistinguishedName): boolean {
  return isBelow(subject, fixed) || isBelow(subject.toReversed(), fixed);
}

function isBelow(subject: DistinguishedName, fixed: DistinguishedName): boolean {
  if (!fixed.every((component, index) => sameComponent(component, subject[index]))) return false;
  const fixedTypes = fixed.flat().map(({ type }) => type);
  const free = subject.slice(fixed.length).flat();
  // A common name is the leaf: when it is fixed, the subject is fixed.
  if (fixedTypes.includes(commonName)) return free.length === 0;
  return free.every(({ type }) => repeatable.includes(type) || !fixedTypes.includes(type));
}

function sameComponent(
  fixed: RelativeDistinguishedName,
  other: RelativeDistinguishedName | undefined,
): boolean {
  return (
    other?.length === fixed.length &&
    fixed.every((attribute) => contains(other, attribute)) &&
    other.every((attribute) => contains(fixed, attribute))
  );
}

const contains = (
  component: RelativeDistinguishedName,
  { type, value }: AttributeTypeAndValue,
): boolean => component.some((other) => other.type === type && other.value === value);

/** The first name that the token does not list; undefined when all of them are allowed. */
export function findForeignName(
  names: readonly GeneralName[],
  allowed: readonly GeneralName[],
): GeneralName | undefined {
  return names.find((name) => !allowed.some((pattern) => nameIsWithin(name, pattern)));
}

function nameIsWithin(name: GeneralName, pattern: GeneralName): boolean {
  if (name.type !== pattern.type) return false;
  if (name.type === "dns" && pattern.value.startsWith("*.")) {
    // A literal wildcard name is below itself; whether it is issued is the template's decision.
    return (
      name.value.endsWith(pattern.value.slice(1)) && name.value.length > pattern.value.length - 1
    );
  }
  return name.value === pattern.value;
}
