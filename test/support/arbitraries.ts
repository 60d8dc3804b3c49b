/** Random inputs for property tests: names, identifiers, DER. */
import * as fc from "fast-check";
import { attributeTypes } from "../../src/pki/attribute-types.ts";
import type { DistinguishedName } from "../../src/pki/distinguished-name.ts";

const arc = fc.oneof(fc.nat(200), fc.nat(2_000_000_000));

/** Dotted; of the roots ISO and joint, whose second arcs have different bounds. */
export const arbitraryOid = fc
  .tuple(fc.constantFrom("0", "1", "2"), arc, fc.array(arc, { maxLength: 6 }))
  .map(([root, second, more]) => [root, root === "2" ? second : second % 40, ...more].join("."));

const printable = fc.stringMatching(/^[A-Za-z0-9 '()+,\-./:=?]{1,20}$/);

const attribute = fc.constantFrom(...attributeTypes).chain(({ oid, name, string }) => {
  const value =
    name === "C"
      ? fc.stringMatching(/^[A-Z]{2}$/)
      : string === "PrintableString"
        ? printable
        : string === "IA5String"
          ? fc.stringMatching(/^[ -~]{1,20}$/)
          : fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  return value.map((text) => ({ type: oid, value: text }));
});

/** One to three attributes a component, all of different types. */
const component = fc.uniqueArray(attribute, {
  minLength: 1,
  maxLength: 3,
  selector: ({ type }) => type,
});

export const arbitraryName: fc.Arbitrary<DistinguishedName> = fc.array(component, { maxLength: 5 });
