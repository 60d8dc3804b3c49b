/**
 * Which subjects are certified (RFC 5280, section 4.1.2.6). The name goes into the certificate with the order and the
 * string types of the request; here it is only accepted or refused. Pure.
 */
import { findAttributeType } from "../pki/attribute-types.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { readDer } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { readText } from "../pki/der-values.ts";
import { type DistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import { ok, type Result } from "../result.ts";
import { type CertificateRefusal, refuse } from "./refusal.ts";

/** More than any directory needs; a bound against names made to be slow. */
const maximumComponents = 32;
/** For attribute types without a bound of their own. */
const defaultUpperBound = 255;

/** Controls, line and paragraph separators, and the marks that turn the reading direction. */
const deceptive = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const printableString = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

export function checkSubject(
  subjectDer: Uint8Array,
): Result<DistinguishedName, CertificateRefusal> {
  let name: DistinguishedName;
  try {
    const element = readDer(subjectDer);
    name = readDistinguishedName(element);
    if (element.children().some((rdn) => rdn.children().some(hasForeignCharacters))) {
      return refuse(
        "subject_not_allowed",
        "A PrintableString of the subject has characters outside its alphabet.",
      );
    }
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
  return ok(name);
}

type Element = ReturnType<typeof readDer>;

function hasForeignCharacters(attribute: Element): boolean {
  const value = attribute.children()[1];
  return value?.tag === tags.PrintableString && !printableString.test(readText(value));
}
