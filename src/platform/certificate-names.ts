/** The names of a certificate as a search sees them. */
import { DecodeError } from "../pki/decode-error.ts";
import { readDer } from "../pki/der-reader.ts";
import { constructedContext } from "../pki/der-tags.ts";
import { readExtensions } from "../pki/extensions.ts";
import { type GeneralName, readGeneralName } from "../pki/general-name.ts";
import { oids } from "../pki/oids.ts";

/** @param tbsDer the TBSCertificate; names of kinds that are not issued (of an imported one) are left out */
export function subjectAltNamesOf(tbsDer: Uint8Array): readonly GeneralName[] {
  try {
    const extensions = readDer(tbsDer)
      .children()
      .find(({ tag }) => tag === constructedContext(3));
    const [list] = extensions?.children() ?? [];
    const names = list && readExtensions(list).get(oids.subjectAltName);
    return names ? readDer(names.value).children().flatMap(readable) : [];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

function readable(element: Parameters<typeof readGeneralName>[0]): GeneralName[] {
  try {
    return [readGeneralName(element)];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/** Subject and subjectAltNames in lower case, a line each. */
export const searchedNames = (subject: string, tbsDer: Uint8Array): string =>
  [subject, ...subjectAltNamesOf(tbsDer).map(({ value }) => value)].join("\n").toLowerCase();
