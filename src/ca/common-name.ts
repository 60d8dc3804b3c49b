/** What a template says about the common name (CN): whether there must be one, and where it comes from else. Pure. */
import { DecodeError } from "../pki/decode-error.ts";
import { type DerElement, readDer } from "../pki/der-reader.ts";
import { tags } from "../pki/der-tags.ts";
import { characterString, encode, sequence, setOf } from "../pki/der-writer.ts";
import { type DistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import { oidDer } from "../pki/oids.ts";

const commonName = "2.5.4.3";
/** X.520's upper bound. */
const longestCommonName = 64;
const sources: readonly GeneralName["type"][] = ["dns", "upn", "email"];

export const hasCommonName = (subject: DistinguishedName): boolean =>
  subject.some((rdn) => rdn.some(({ type, value }) => type === commonName && value !== ""));

/**
 * The subject with a common name: its own, or else the first subjectAltName that can be one. The other components keep
 * their octets. A subject that cannot be read, or for which there is no name, comes back as it is.
 */
export function fillCommonName(
  subjectDer: Uint8Array,
  subjectAltNames: readonly GeneralName[],
): Uint8Array {
  try {
    const element = readDer(subjectDer);
    const subject = readDistinguishedName(element);
    if (hasCommonName(subject)) return subjectDer;
    const value = sources
      .flatMap((type) => subjectAltNames.filter((name) => name.type === type))
      .map((name) => name.value)
      .find((name) => Array.from(name).length <= longestCommonName);
    if (value === undefined) return subjectDer;
    const filled = setOf([sequence(oidDer(commonName), characterString(tags.UTF8String, value))]);
    return encode(sequence(...componentsWithoutEmpty(element, subject), filled));
  } catch (error) {
    if (error instanceof DecodeError) return subjectDer;
    throw error;
  }
}

/** Drops a component that is nothing but an empty common name. */
const componentsWithoutEmpty = (element: DerElement, subject: DistinguishedName): Uint8Array[] =>
  element
    .children()
    .filter((_, index) => subject[index]?.some(({ type, value }) => type !== commonName || value))
    .map(({ der }) => der);
