/**
 * Which subjects are certified (RFC 5280, section 4.1.2.6). Order, string types and octets are the request's, but for a
 * PrintableString with characters that are none of its own: certmonger writes every ASCII text so, "_", "&" and "@"
 * included, and strict readers would refuse the certificate. Pure.
 */
import { findAttributeType } from "../pki/attribute-types.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { type DerElement, readDer } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { readText } from "../pki/der-values.ts";
import { characterString, type DerPart, encode, sequence, setOf } from "../pki/der-writer.ts";
import { type DistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import { readOid } from "../pki/oids.ts";
import { ok, type Result } from "../result.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";

/** More than any directory needs; a bound against names made to be slow. */
const maximumComponents = 32;
/** For attribute types without a bound of their own. */
const defaultUpperBound = 255;

/** Controls, line and paragraph separators, and the marks that turn the reading direction. */
const deceptive = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const printableString = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
export interface CheckedSubject {
  readonly name: DistinguishedName;
  /** As it goes into the certificate. */
  readonly der: Uint8Array;
}

export function checkSubject(subjectDer: Uint8Array): Result<CheckedSubject, CertificateRefusal> {
  let element: DerElement;
  let name: DistinguishedName;
  try {
    element = readDer(subjectDer);
    name = readDistinguishedName(element);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return refuse("subject_not_allowed", `The subject cannot be read: ${error.message}.`);
  }
  if (name.flat().length > maximumComponents)
    return refuse("subject_not_allowed", `The subject has over ${maximumComponents} components.`);
  for (const { type, value } of name.flat()) {
    const known = findAttributeType(type);
    const label = known?.name ?? type;
    if (value === "") return refuse("subject_not_allowed", `${label} is empty.`);
    if (deceptive.test(value))
      return refuse("subject_not_allowed", `${label} has control or direction characters.`);
    const bound = known?.upperBound ?? defaultUpperBound;
    if (Array.from(value).length > bound)
      return refuse("subject_not_allowed", `${label} is longer than ${bound} characters.`);
    if (label === "C" && value.length !== 2)
      return refuse("subject_not_allowed", "C is not a country code of two letters.");
  }
  return spelled(element, name, subjectDer);
}

/** With what is no PrintableString written as what its attribute type may be instead. */
function spelled(
  element: DerElement,
  name: DistinguishedName,
  subjectDer: Uint8Array,
): Result<CheckedSubject, CertificateRefusal> {
  const rdns = element.children().map((rdn) => rdn.children());
  const foreign = rdns.flat().filter(hasForeignCharacters);
  if (foreign.length === 0) return ok({ name, der: subjectDer });
  for (const attribute of foreign) {
    const { string, name: label } = attributeTypeOf(attribute) ?? {};
    if (string === "PrintableString")
      return refuse(
        "subject_not_allowed",
        `${label} may only have letters, digits, spaces and '()+,-./:=?.`,
      );
  }
  const components = rdns.map((attributes) =>
    setOf(
      attributes.map((attribute) =>
        hasForeignCharacters(attribute) ? respelled(attribute) : attribute.der,
      ),
    ),
  );
  return ok({ name, der: encode(sequence(...components)) });
}

const attributeTypeOf = (attribute: DerElement) => {
  const type = attribute.children()[0];
  return type && findAttributeType(readOid(type.content));
};

function hasForeignCharacters(attribute: DerElement): boolean {
  const value = attribute.children()[1];
  return value?.tag === tags.PrintableString && !printableString.test(readText(value));
}

function respelled(attribute: DerElement): DerPart {
  const [type, value] = attribute.children();
  if (!type || !value) return attribute.der;
  const tag = tags[attributeTypeOf(attribute)?.string ?? "UTF8String"];
  return sequence(type.der, characterString(tag, readText(value)));
}
