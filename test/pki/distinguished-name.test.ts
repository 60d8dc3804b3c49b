/** Distinguished names in text and in DER, held against the schema library and RFC 4514's own examples. */
import {
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";
import { AsnConvert } from "@peculiar/asn1-schema";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributeTypes } from "../../src/pki/attribute-types.ts";
import { DecodeError } from "../../src/pki/decode-error.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { tags } from "../../src/pki/der-tags.ts";
import {
  encodeDistinguishedName,
  formatDistinguishedName,
  parseDistinguishedName,
  readDistinguishedName,
} from "../../src/pki/distinguished-name.ts";
import { arbitraryName, arbitraryOid } from "../support/arbitraries.ts";

const read = (der: Uint8Array) => readDistinguishedName(readDer(der));

describe("distinguished names", () => {
  it("every name survives DER and text: written, read, formatted, parsed", () => {
    fc.assert(
      fc.property(arbitraryName, (name) => {
        expect(read(encodeDistinguishedName(name))).toEqual(sortedComponents(name));
        const text = formatDistinguishedName(name);
        expect(parseDistinguishedName(text)).toEqual(name);
        expect(formatDistinguishedName(parseDistinguishedName(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("the schema library reads what we write, and writes the same octets", () => {
    fc.assert(
      fc.property(arbitraryName, (name) => {
        const der = encodeDistinguishedName(name);
        const judged = AsnConvert.parse(der, Name);
        expect(
          judged.map((rdn) => rdn.map(({ type, value }) => ({ type, value: value.toString() }))),
        ).toEqual(sortedComponents(name).map((rdn) => [...rdn]));
        expect(new Uint8Array(AsnConvert.serialize(judged))).toEqual(der);
      }),
      { numRuns: 300 },
    );
  });

  it("we read what the schema library writes, in every string type", () => {
    const value = fc.oneof(
      fc
        .stringMatching(/^[A-Za-z0-9 '()+,\-./:=?]{1,30}$/)
        .map((text) => ({ printableString: text })),
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
        .map((text) => ({ utf8String: text })),
      fc.stringMatching(/^[ -~]{1,30}$/).map((text) => ({ ia5String: text })),
      fc.stringMatching(/^[\u0020-\ud7ff]{1,30}$/).map((text) => ({ bmpString: text })),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(arbitraryOid, value), { minLength: 1, maxLength: 4 }),
        (attributes) => {
          const schema = new Name(
            attributes.map(
              ([type, one]) =>
                new RelativeDistinguishedName([
                  new AttributeTypeAndValue({ type, value: new AttributeValue(one) }),
                ]),
            ),
          );
          expect(read(new Uint8Array(AsnConvert.serialize(schema)))).toEqual(
            attributes.map(([type, one]) => [{ type, value: Object.values(one)[0] }]),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["CN=Steve Kille,O=Isode Limited,C=GB", 3],
    ["OU=Sales+CN=J.  Smith,DC=example,DC=net", 3],
    ['CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', 3],
    ["CN=Before\\0dAfter,DC=example,DC=net", 3],
    ["1.3.6.1.4.1.1466.0=Hello", 1],
    ["CN=Lu\\C4\\8Di\\C4\\87", 1],
  ])("the examples of RFC 4514 are read: %s", (text, components) => {
    const name = parseDistinguishedName(text);
    expect(name).toHaveLength(components);
    expect(parseDistinguishedName(formatDistinguishedName(name))).toEqual(name);
  });

  it("values that begin or end in a space, or begin with #, are told apart from those that do not", () => {
    for (const value of [
      " a",
      "a ",
      " a ",
      "  a  ",
      " ",
      "  ",
      "#a",
      "#",
      "a\\",
      "a\\ ",
      "\\",
      "a,b",
      'a"b',
      "a+b=c;<d>",
    ]) {
      const name = [[{ type: "2.5.4.3", value }]];
      expect(parseDistinguishedName(formatDistinguishedName(name))).toEqual(name);
    }
    expect(parseDistinguishedName(" CN = a , O = b ")).toEqual(parseDistinguishedName("CN=a,O=b"));
  });

  it("a value in hexadecimal is the DER of a string", () => {
    expect(parseDistinguishedName("CN=#0C024869")).toEqual([[{ type: "2.5.4.3", value: "Hi" }]]);
    for (const text of ["CN=#", "CN=#0C", "CN=#0C0348", "CN=#xyz", "CN=#020101"])
      expect(() => parseDistinguishedName(text)).toThrow(DecodeError);
  });

  it("country, serialNumber and the like are PrintableStrings, mail and domain IA5Strings, all else UTF8Strings", () => {
    const expected = {
      PrintableString: tags.PrintableString,
      IA5String: tags.IA5String,
      UTF8String: tags.UTF8String,
    };
    for (const { oid, string } of attributeTypes) {
      const der = encodeDistinguishedName([[{ type: oid, value: "NZ" }]]);
      const [rdn] = readDer(der).children();
      expect(rdn?.children()[0]?.children()[1]?.tag).toBe(expected[string]);
    }
  });

  it("every name and alias of an attribute type is read, in any letter case", () => {
    for (const { oid, name, aliases } of attributeTypes) {
      for (const spelling of [name, ...aliases].flatMap((one) => [
        one,
        one.toUpperCase(),
        one.toLowerCase(),
      ]))
        expect(parseDistinguishedName(`${spelling}=NZ`)).toEqual([[{ type: oid, value: "NZ" }]]);
    }
  });

  it.each([
    "CN",
    "=x",
    "CN=",
    "CN=x,",
    ",CN=x",
    "CN=x+",
    "Planet=Earth",
    "3.1=x",
    "1=x",
    "CN=x\\",
    "C=NZL",
    "C=N",
    "serialNumber=a*b",
  ])("%s is refused with a sentence", (text) => {
    expect(() => parseDistinguishedName(text)).toThrow(DecodeError);
  });

  it("any text is a name or a DecodeError", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^((CN|O|C|1\.2)=([ -~]|\\.){0,5}[,+]?){1,4}$/)),
        (text) => {
          try {
            const name = parseDistinguishedName(text);
            expect(parseDistinguishedName(formatDistinguishedName(name))).toEqual(name);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** DER sorts the attributes inside a component. */
function sortedComponents(
  name: ReturnType<typeof parseDistinguishedName>,
): ReturnType<typeof parseDistinguishedName> {
  return name.map((rdn) =>
    rdn.toSorted((one, other) => {
      const [a, b] = [one, other].map(
        (attribute) =>
          readDer(encodeDistinguishedName([[attribute]])).children()[0]?.content ??
          new Uint8Array(),
      );
      for (let index = 0; index < Math.min(a?.length ?? 0, b?.length ?? 0); index++)
        if (a?.[index] !== b?.[index]) return (a?.[index] ?? 0) - (b?.[index] ?? 0);
      return (a?.length ?? 0) - (b?.length ?? 0);
    }),
  );
}
