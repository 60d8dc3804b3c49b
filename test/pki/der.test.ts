/** The DER reader and writer: against the schema library, against BER, against hostile octets, and at their limits. */
import {
  AsnConvert,
  AsnIntegerArrayBufferConverter,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
} from "@peculiar/asn1-schema";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maximumDepth, maximumElements } from "../../src/pki/ber.ts";
import { concatenate, fromHex, toHex } from "../../src/pki/bytes.ts";
import { DecodeError } from "../../src/pki/decode-error.ts";
import { type DerElement, readDer, readMessage, readStrictDer } from "../../src/pki/der-reader.ts";
import { constructedContext } from "../../src/pki/der-tags.ts";
import {
  bitString,
  characterString,
  constructed,
  encode,
  encodeElement,
  octetString,
  sequence,
  setOf,
  unsignedInteger,
} from "../../src/pki/der-writer.ts";
import { encodeOid, readOid } from "../../src/pki/oids.ts";
import { arbitraryOid } from "../support/arbitraries.ts";
import { arbitraryTree, definite, hasBerInside, type Tree, write } from "../support/encodings.ts";

class Sample {
  number = new ArrayBuffer(0);
  oid = "";
  text = "";
  bits = new ArrayBuffer(0);
  octets: ArrayBuffer[] = [];
}
AsnType({ type: AsnTypeTypes.Sequence })(Sample);
AsnProp({ type: AsnPropTypes.Integer, converter: AsnIntegerArrayBufferConverter })(
  Sample.prototype,
  "number",
);
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(Sample.prototype, "oid");
AsnProp({ type: AsnPropTypes.Utf8String, context: 1 })(Sample.prototype, "text");
AsnProp({ type: AsnPropTypes.BitString })(Sample.prototype, "bits");
AsnProp({ type: AsnPropTypes.OctetString, repeated: "set" })(Sample.prototype, "octets");

const arbitrarySample = fc.record({
  number: fc.uint8Array({ minLength: 1, maxLength: 24 }),
  oid: arbitraryOid,
  text: fc.string({ unit: "grapheme", maxLength: 300 }),
  bits: fc.uint8Array({ maxLength: 300 }),
  octets: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 }),
});

const inOrder = (one: string, other: string): number => (one < other ? -1 : 1);

const value = (octets: Uint8Array): bigint =>
  octets.reduce((number, octet) => number * 256n + BigInt(octet), 0n);

describe("the writer", () => {
  it("writes what the schema library reads, and what it would write itself", () => {
    fc.assert(
      fc.property(arbitrarySample, ({ number, oid, text, bits, octets }) => {
        const der = encode(
          sequence(
            unsignedInteger(number),
            encodeOid(oid),
            constructed(constructedContext(1), [characterString(0x0c, text)]),
            bitString(bits),
            setOf(octets.map(octetString)),
          ),
        );
        const read = AsnConvert.parse(der, Sample);
        expect(value(new Uint8Array(read.number))).toBe(value(number));
        expect([read.oid, read.text]).toEqual([oid, text]);
        expect(new Uint8Array(read.bits)).toEqual(bits);
        expect(read.octets.map((one) => toHex(new Uint8Array(one))).toSorted(inOrder)).toEqual(
          octets.map(toHex).toSorted(inOrder),
        );
        expect(new Uint8Array(AsnConvert.serialize(read))).toEqual(der);
        const [ours, ourOid] = readStrictDer(der).children();
        expect(value(ours?.content ?? new Uint8Array())).toBe(value(number));
        expect(readOid(ourOid?.content ?? new Uint8Array())).toBe(oid);
      }),
      { numRuns: 300 },
    );
  });

  it("writes lengths in the shortest form at every border", () => {
    for (const [length, header] of [
      [0, "0400"],
      [1, "0401"],
      [127, "047f"],
      [128, "048180"],
      [255, "0481ff"],
      [256, "04820100"],
      [65_535, "0482ffff"],
      [65_536, "0483010000"],
      [0x100_0000, "048401000000"],
    ] as const) {
      const der = encodeElement(4, new Uint8Array(length));
      expect(toHex(der.subarray(0, header.length / 2))).toBe(header);
      expect(readStrictDer(der).content).toHaveLength(length);
    }
  });

  it("writes integers without needless octets and never negative ones", () => {
    for (const [octets, expected] of [
      ["00", "020100"],
      ["7f", "02017f"],
      ["80", "02020080"],
      ["0080", "02020080"],
      ["000000", "020100"],
      ["ff", "020200ff"],
      ["00007f", "02017f"],
    ] as const)
      expect(toHex(encode(unsignedInteger(fromHex(octets))))).toBe(expected);
  });

  it("sorts a SET OF by its octets, shorter ones first, and loses none", () => {
    fc.assert(
      fc.property(fc.array(arbitraryTree("der").map(write), { maxLength: 8 }), (elements) => {
        const written = readDer(encode(setOf(elements)))
          .children()
          .map(({ der }) => toHex(der));
        expect(written).toEqual(elements.map(toHex).toSorted(inOrder));
      }),
    );
  });
});

/** Looks at everything a reader could be asked for. */
function walk(element: DerElement, depth = 0): number {
  if (depth > 40) return 0;
  const inside = element.tag & 0x20 ? element.children() : [];
  return 1 + inside.reduce((count, child) => count + walk(child, depth + 1), 0);
}

const sameTree = (element: DerElement, tree: Tree): void => {
  expect(element.tag).toBe(tree.tag);
  if (tree.content instanceof Uint8Array) expect(element.content).toEqual(tree.content);
  else {
    const children = element.children();
    expect(children).toHaveLength(tree.content.length);
    for (const [index, child] of children.entries()) {
      const expected = tree.content[index];
      if (expected) sameTree(child, expected);
    }
  }
};

describe("the reader", () => {
  it("reads DER back as it was written, in slices of the one buffer", () => {
    fc.assert(
      fc.property(arbitraryTree("der"), fc.uint8Array({ maxLength: 8 }), (tree, around) => {
        const der = write(tree);
        sameTree(readStrictDer(der), tree);
        expect(readMessage(der).bytes).toBe(der);
        const inside = concatenate([around, der, around]).subarray(
          around.length,
          around.length + der.length,
        );
        sameTree(readDer(inside), tree);
      }),
    );
  });

  it("reads lengths that are longer than need be, but not where DER must be to the letter", () => {
    fc.assert(
      fc.property(arbitraryTree("der", "long"), (tree) => {
        const octets = write(tree);
        sameTree(readDer(octets), tree);
        expect(readMessage(octets).der).toEqual(octets);
        const [der, isDer] = [write(derOf(tree)), () => readStrictDer(octets)];
        if (toHex(octets) === toHex(der)) sameTree(isDer(), tree);
        else expect(isDer).toThrow(DecodeError);
      }),
    );
  });

  it("turns BER into definite lengths: the elements are the same, and those without BER inside keep their octets", () => {
    fc.assert(
      fc.property(
        arbitraryTree("der", "long", "indefinite", "pieces"),
        fc.uint8Array({ maxLength: 5 }),
        (tree, behind) => {
          const octets = write(tree);
          const message = readMessage(concatenate([octets, behind]));
          expect(message.der).toEqual(definite(tree));
          sameTree(message, tree);
          if (hasBerInside(tree)) {
            expect(() => readDer(octets)).toThrow(DecodeError);
            expect(() => readStrictDer(octets)).toThrow(DecodeError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("what was BER is read again without a change", () => {
    fc.assert(
      fc.property(arbitraryTree("indefinite", "pieces", "der"), (tree) => {
        const once = readMessage(write(tree)).der;
        expect(readStrictDer(once).der).toEqual(once);
        expect(readMessage(once).der).toEqual(once);
      }),
    );
  });

  it("any octets are an element or a DecodeError, and its inside too", () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            0,
            1,
            2,
            3,
            4,
            5,
            0x1f,
            0x23,
            0x24,
            0x2c,
            0x30,
            0x31,
            0x80,
            0x81,
            0x84,
            0x88,
            0xa0,
            0xff,
          ),
          { maxLength: 60 },
        )
        .map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(octets, (bytes) => {
        for (const reader of [readDer, readStrictDer, readMessage]) {
          try {
            walk(reader(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["nothing", ""],
    ["a tag alone", "30"],
    ["a length beyond the data", "040201"],
    ["a length of 2^63", "04887fffffffffffffff"],
    ["a length of 2^64 - 1", "0488ffffffffffffffff"],
    ["a length of 2^32 + 1", "04880000000100000001"],
    ["a length in 9 octets", "0489000000000000000001ff"],
    ["a length in 127 octets", "04ff00"],
    ["an inner element longer than its outer", "3003040500"],
    ["a primitive of indefinite length", "04800000"],
    ["an indefinite length without an end", "30800401ff"],
    ["half an end of contents", "308000"],
    ["a tag number over 30", "1f0100"],
    ["an OCTET STRING in pieces of another type", "24030c0161"],
    ["a BIT STRING whose first piece has unused bits", "230803020410030204f0"],
    ["a BIT STRING with an empty piece", "23020300"],
  ])("refuses %s", (_, text) => {
    expect(() => readMessage(fromHex(text))).toThrow(DecodeError);
    expect(() => readDer(fromHex(text))).toThrow(DecodeError);
  });

  it("joins a BIT STRING in pieces, with the unused bits of its last piece", () => {
    expect(toHex(readMessage(fromHex("2380030200f0030204a00000")).der)).toBe("030304f0a0");
  });

  it("does not read behind the element where nothing may follow", () => {
    expect(() => readDer(fromHex("0500ff"))).toThrow(DecodeError);
    expect(toHex(readMessage(fromHex("0500ff")).der)).toBe("0500");
  });
});

describe("limits", () => {
  const nested = (depth: number): Uint8Array => {
    let der: Uint8Array = Uint8Array.of(5, 0);
    for (let level = 1; level < depth; level++) der = encodeElement(0x30, der);
    return der;
  };
  const nestedIndefinitely = (depth: number): Uint8Array =>
    concatenate([
      new Uint8Array(2 * depth).map((_, index) => (index % 2 === 0 ? 0x30 : 0x80)),
      new Uint8Array(2 * depth),
    ]);
  const many = (elements: number): Uint8Array =>
    encodeElement(
      0x30,
      new Uint8Array(2 * (elements - 1)).map((_, index) => (index % 2 === 0 ? 5 : 0)),
    );

  it("32 levels and 2,000 elements are what the design allows", () => {
    expect([maximumDepth, maximumElements]).toEqual([32, 2000]);
  });

  it.each([readDer, readStrictDer, readMessage])("%o keeps both to the element", (reader) => {
    expect(walk(reader(nested(32)))).toBe(32);
    expect(() => reader(nested(33))).toThrow(DecodeError);
    expect(walk(reader(many(2000)))).toBe(2000);
    expect(() => reader(many(2001))).toThrow(DecodeError);
  });

  it("depth is counted alike where lengths are indefinite", () => {
    expect(walk(readMessage(nestedIndefinitely(32)))).toBe(32);
    expect(() => readMessage(nestedIndefinitely(33))).toThrow(DecodeError);
  });

  it("a nesting of 50,000 and a million elements cost nothing: the reader stops at its limit", () => {
    const started = performance.now();
    expect(() => readMessage(nestedIndefinitely(50_000))).toThrow(DecodeError);
    expect(() => readMessage(nested(2000))).toThrow(DecodeError);
    expect(() => readMessage(many(1_000_000))).toThrow(DecodeError);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

function derOf(tree: Tree): Tree {
  const { content } = tree;
  return {
    ...tree,
    style: "der",
    content: content instanceof Uint8Array ? content : content.map(derOf),
  };
}
