/** One tree of elements, its DER, and the lawful ways of BER to write it. For property tests of readers. */
import * as fc from "fast-check";
import { expect } from "vitest";
import { concatenate } from "../../src/pki/bytes.ts";
import { DecodeError } from "../../src/pki/decode-error.ts";
import { encodeElement } from "../../src/pki/der-writer.ts";

/** How an element is written: DER, a length longer than it need be, no length at all, or a string in pieces. */
export type Style = "der" | "long" | "indefinite" | "pieces";

export interface Tree {
  readonly tag: number;
  readonly style: Style;
  readonly content: Uint8Array | readonly Tree[];
  /** Where a string in pieces is cut, and which piece is cut once more. */
  readonly cuts: readonly number[];
}

const strings = [0x03, 0x04, 0x0c, 0x13, 0x16, 0x1e];
const constructedTags = [0x30, 0x31, 0xa0, 0xa1, 0xa3];

const leaf = (styles: readonly Style[]): fc.Arbitrary<Tree> =>
  fc
    .record({
      tag: fc.constantFrom(0x01, 0x02, 0x05, 0x06, 0x17, 0x80, 0x82, ...strings, ...strings),
      style: fc.constantFrom(...styles.filter((style) => style !== "indefinite")),
      content: fc.uint8Array({ maxLength: 20 }),
      cuts: fc.array(fc.nat(20), { maxLength: 4 }),
    })
    .map(({ tag, style, content, cuts }) => ({
      tag,
      style: style === "pieces" && !strings.includes(tag) ? "der" : style,
      content: tag === 0x03 ? concatenate([Uint8Array.of(0), content]) : content,
      cuts,
    }));

/** Trees in these styles, at most about a hundred elements. */
export function arbitraryTree(...styles: readonly Style[]): fc.Arbitrary<Tree> {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf(styles),
      fc.record({
        tag: fc.constantFrom(...constructedTags),
        style: fc.constantFrom(...styles.filter((style) => style !== "pieces")),
        content: fc.array(tie("tree"), { maxLength: 4 }),
        cuts: fc.constant([]),
      }),
    ),
  }));
  return tree;
}

const endOfContents = new Uint8Array(2);
const longLength = (tag: number, content: Uint8Array): Uint8Array =>
  concatenate([Uint8Array.of(tag, 0x83, 0, content.length >> 8, content.length & 0xff), content]);
const indefinite = (tag: number, content: Uint8Array): Uint8Array =>
  concatenate([Uint8Array.of(tag, 0x80), content, endOfContents]);

/** The octets in the tree's own styles. */
export function write(tree: Tree): Uint8Array {
  const { tag, style, content, cuts } = tree;
  if (style === "pieces" && content instanceof Uint8Array) return pieces(tag, content, cuts);
  const octets = content instanceof Uint8Array ? content : concatenate(content.map(write));
  if (style === "long") return longLength(tag, octets);
  if (style === "indefinite") return indefinite(tag, octets);
  return encodeElement(tag, octets);
}

function pieces(tag: number, content: Uint8Array, cuts: readonly number[]): Uint8Array {
  const isBits = tag === 0x03;
  const octets = isBits ? content.subarray(1) : content;
  const borders = [
    0,
    ...cuts.map((cut) => Math.min(cut, octets.length)).toSorted((a, b) => a - b),
    octets.length,
  ];
  const parts = borders.slice(1).map((end, index) => {
    const part = octets.subarray(borders[index], end);
    return encodeElement(tag, isBits ? concatenate([Uint8Array.of(0), part]) : part);
  });
  const [first = new Uint8Array(), ...rest] = parts;
  // The first piece is itself a string in pieces when there are several.
  const nested = rest.length > 1 ? indefinite(tag | 0x20, first) : first;
  const inside = concatenate([nested, ...rest]);
  return cuts.length % 2 === 0 ? indefinite(tag | 0x20, inside) : encodeElement(tag | 0x20, inside);
}

export const hasBerInside = ({ style, content }: Tree): boolean =>
  style === "indefinite" ||
  style === "pieces" ||
  (!(content instanceof Uint8Array) && content.some(hasBerInside));

/** What a reader of BER should see: elements without BER inside as they came, the others in DER. */
export function definite(tree: Tree): Uint8Array {
  if (!hasBerInside(tree)) return write(tree);
  const { tag, content } = tree;
  return encodeElement(
    tag,
    content instanceof Uint8Array ? content : concatenate(content.map(definite)),
  );
}

/** A few random changes to octets, as a stranger or a bad line would make them. */
export const mutationsOf = (original: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom("change", "remove", "insert", "cut", "repeat"),
        at: fc.nat(original.length - 1),
        octet: fc.oneof(
          fc.constantFrom(0, 0x1f, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff),
          fc.nat(255),
        ),
        length: fc.nat(12),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((changes) =>
      changes.reduce<Uint8Array>((octets, { kind, at, octet, length }) => {
        const [before, after] = [octets.slice(0, at), octets.slice(at)];
        switch (kind) {
          case "change":
            return concatenate([before, Uint8Array.of(octet), after.slice(1)]);
          case "remove":
            return concatenate([before, after.slice(length)]);
          case "insert":
            return concatenate([before, Uint8Array.of(octet), after]);
          case "cut":
            return before;
          case "repeat":
            return concatenate([before, after.slice(0, length), after]);
        }
      }, original),
    );

/** The original is read; whatever strangers make of it is read too, or is a DecodeError and nothing else. */
export function expectOnlyDecodeErrors(
  original: Uint8Array,
  readers: readonly ((octets: Uint8Array) => unknown)[],
): void {
  for (const reader of readers) expect(() => reader(original)).not.toThrow();
  fc.assert(
    fc.property(mutationsOf(original), (octets) => {
      for (const reader of readers) {
        try {
          reader(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }),
    { numRuns: 2000 },
  );
}
