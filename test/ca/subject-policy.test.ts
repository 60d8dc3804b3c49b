/** Which subjects are certified: as they stand, or not at all. */
import { describe, expect, it } from "vitest";
import { checkSubject } from "../../src/ca/subject-policy.ts";
import { tags } from "../../src/pki/der-tags.ts";
import {
  characterString,
  type DerPart,
  encode,
  primitive,
  sequence,
  setInOrder,
} from "../../src/pki/der-writer.ts";
import { formatDistinguishedName } from "../../src/pki/distinguished-name.ts";
import { encodeOid } from "../../src/pki/oids.ts";

const [CN, O, C, serialNumber] = ["2.5.4.3", "2.5.4.10", "2.5.4.6", "2.5.4.5"];

const component = (
  type: string,
  value: string | Uint8Array,
  tag: number = tags.UTF8String,
): DerPart =>
  setInOrder(
    sequence(
      encodeOid(type),
      typeof value === "string" ? characterString(tag, value) : primitive(tag, value),
    ),
  );
const subjectOf = (...components: readonly DerPart[]): string => {
  const judged = checkSubject(encode(sequence(...components)));
  return judged.ok ? formatDistinguishedName(judged.value.name) : judged.error.reason;
};
const refused = "subject_not_allowed";

describe("subjects", () => {
  it("an ordinary name is accepted as it stands, in its order and with its string types", () => {
    expect(
      subjectOf(component(O, "Demo"), component(CN, "David's Workstation", tags.PrintableString)),
    ).toBe("CN=David's Workstation,O=Demo");
    expect(subjectOf(component(CN, "x"), component(O, "Demo"))).toBe("O=Demo,CN=x");
    expect(subjectOf(component(CN, "Zürich 東京 🖨"))).toBe("CN=Zürich 東京 🖨");
    expect(subjectOf(component(CN, Uint8Array.of(0x5a, 0xfc), tags.TeletexString))).toBe("CN=Zü");
    expect(subjectOf(component(CN, Uint8Array.of(0, 0x5a, 0, 0xfc), tags.BMPString))).toBe("CN=Zü");
  });

  it("an empty name can be read; whether it is allowed is the template's decision", () => {
    expect(subjectOf()).toBe("");
  });

  it.each([
    ["NUL", "\0"],
    ["a line feed", "\n"],
    ["a carriage return", "\r"],
    ["a tab", "\t"],
    ["DEL", "\u007f"],
    ["a C1 control", "\u0085"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
    ["right-to-left override", "\u202e"],
    ["left-to-right override", "\u202d"],
    ["right-to-left embedding", "\u202b"],
    ["a right-to-left isolate", "\u2067"],
    ["the pop of an isolate", "\u2069"],
    ["an Arabic letter mark", "\u061c"],
    ["a right-to-left mark", "\u200f"],
    ["a zero-width space", "\u200b"],
    ["a word joiner", "\u2060"],
    ["a byte order mark", "\ufeff"],
  ])("%s is refused wherever it stands", (_, character) => {
    for (const value of [`${character}host`, `ho${character}st`, `host${character}`, character]) {
      expect(subjectOf(component(O, "Demo"), component(CN, value))).toBe(refused);
    }
  });

  it("control characters are refused in every string type", () => {
    expect(subjectOf(component(CN, "a\0b", tags.IA5String))).toBe(refused);
    expect(subjectOf(component(CN, "a\0b", tags.TeletexString))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0, 0x61, 0, 0), tags.BMPString))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0, 0, 0x20, 0x2e), tags.UniversalString))).toBe(
      refused,
    );
  });

  it("bounds count characters, not octets: 64 for a common name, 2 for a country", () => {
    expect(subjectOf(component(CN, "ü".repeat(64)))).not.toBe(refused);
    expect(subjectOf(component(CN, "🖨".repeat(64)))).not.toBe(refused);
    expect(subjectOf(component(CN, "x".repeat(65)))).toBe(refused);
    expect(subjectOf(component(CN, "x".repeat(100_000)))).toBe(refused);
    expect(subjectOf(component("1.2.3.4", "x".repeat(255)))).not.toBe(refused);
    expect(subjectOf(component("1.2.3.4", "x".repeat(256)))).toBe(refused);
    for (const country of ["N", "NZL"])
      expect(subjectOf(component(C, country, tags.PrintableString))).toBe(refused);
    expect(subjectOf(component(C, "NZ", tags.PrintableString))).toBe("C=NZ");
  });

  it("an empty value is refused", () => {
    expect(subjectOf(component(CN, ""))).toBe(refused);
  });

  it("strings that are not in their encoding are refused", () => {
    expect(subjectOf(component(CN, Uint8Array.of(0xc3)))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0xc0, 0x80)))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0xed, 0xa0, 0x80)))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0xd8, 0), tags.BMPString))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0), tags.BMPString))).toBe(refused);
    expect(subjectOf(component(CN, Uint8Array.of(0, 0x11, 0, 0), tags.UniversalString))).toBe(
      refused,
    );
    expect(subjectOf(component(CN, Uint8Array.of(0xfc), tags.IA5String))).toBe(refused);
    for (const value of ["a*b", "a@b", "a_b", "a&b", "<b>"])
      expect(subjectOf(component(serialNumber, value, tags.PrintableString))).toBe(refused);
  });

  it("what is no PrintableString is written as what it may be; all else keeps its octets", () => {
    const [emailAddress, unknown] = ["1.2.840.113549.1.9.1", "1.2.3.4"];
    const kept = component(O, "Demo", tags.TeletexString);
    const cases = [
      [component(CN, "lab_1", tags.PrintableString), component(CN, "lab_1")],
      [component(O, "R&D", tags.PrintableString), component(O, "R&D")],
      [
        component(emailAddress, "a@b.test", tags.PrintableString),
        component(emailAddress, "a@b.test", tags.IA5String),
      ],
      [component(unknown, "a;b", tags.PrintableString), component(unknown, "a;b")],
    ] as const;
    for (const [asked, written] of cases) {
      const judged = checkSubject(encode(sequence(kept, asked)));
      expect(judged.ok && judged.value.der).toEqual(encode(sequence(kept, written)));
    }
    const lawful = encode(sequence(kept, component(CN, "David's", tags.PrintableString)));
    const judged = checkSubject(lawful);
    expect(judged.ok && judged.value.der).toBe(lawful);
    // A multi-valued component is a SET OF, in its order by octets.
    const pair = (tag: number) => [
      sequence(encodeOid(O), characterString(tags.UTF8String, "Demo")),
      sequence(encodeOid(CN), characterString(tag, "lab_1")),
    ];
    const several = checkSubject(
      encode(sequence(setInOrder(...pair(tags.PrintableString).toReversed()))),
    );
    expect(several.ok && several.value.der).toEqual(
      encode(sequence(setInOrder(...pair(tags.UTF8String)))),
    );
  });

  it("values of other types than strings are refused", () => {
    expect(subjectOf(component(CN, Uint8Array.of(1), tags.INTEGER))).toBe(refused);
    expect(subjectOf(component(CN, new Uint8Array(0), tags.NULL))).toBe(refused);
    expect(
      subjectOf(component(CN, encode(characterString(tags.UTF8String, "x")), tags.SEQUENCE)),
    ).toBe(refused);
  });

  it("32 components are the most", () => {
    const components = Array.from({ length: 32 }, (_, index) =>
      component("2.5.4.11", `unit ${index}`),
    );
    expect(subjectOf(...components)).not.toBe(refused);
    expect(subjectOf(...components, component(CN, "x"))).toBe(refused);
  });

  it("an enormous component of many attributes is refused too", () => {
    const attributes = Array.from({ length: 33 }, (_, index) =>
      sequence(encodeOid("2.5.4.11"), characterString(tags.UTF8String, `unit ${index}`)),
    );
    expect(subjectOf(setInOrder(...attributes))).toBe(refused);
  });

  it.each([
    ["a SET that is empty", sequence(setInOrder())],
    [
      "a SEQUENCE in place of a SET",
      sequence(sequence(sequence(encodeOid(CN), characterString(tags.UTF8String, "x")))),
    ],
    ["an attribute without a value", sequence(setInOrder(sequence(encodeOid(CN))))],
    [
      "an attribute with two values",
      sequence(
        setInOrder(
          sequence(
            encodeOid(CN),
            characterString(tags.UTF8String, "x"),
            characterString(tags.UTF8String, "y"),
          ),
        ),
      ),
    ],
    ["a SET around it all", setInOrder(component(CN, "x"))],
  ])("%s is refused", (_, name) => {
    expect(checkSubject(encode(name))).toMatchObject({ ok: false, error: { reason: refused } });
  });
});
