/** Subjects that people type. */
import { type DistinguishedName, parseDistinguishedName } from "../pki/distinguished-name.ts";
import { ok } from "../result.ts";
import { decoded } from "./decoded.ts";
import { invalid, type Outcome } from "./refusal.ts";

/** Longer values than this are in no directory; X.520 stops at 64 for most types. */
const longestValue = 256;
const example = "A subject looks like this: CN=printer-7,OU=PKI,O=Contoso.";

/** What a subject looks like stands behind what is wrong with it. */
export function parseSubject(field: string, text: string): Outcome<DistinguishedName> {
  const subject = parseSubjectPart(field, text);
  return subject.ok ? subject : invalid(field, `${subject.error.detail} ${example}`);
}

/** @param text RFC 4514 */
export function parseSubjectPart(field: string, text: string): Outcome<DistinguishedName> {
  const subject = decoded(field, () => parseDistinguishedName(text));
  if (!subject.ok) return subject;
  for (const { value } of subject.value.flat()) {
    // Control and direction characters make a name look like another one.
    if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
      return invalid(field, "The subject has an invisible character.");
    if (value.length > longestValue)
      return invalid(field, `A part of the subject is longer than ${longestValue} characters.`);
  }
  return ok(subject.value);
}
