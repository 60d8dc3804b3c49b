/**
 * DER writer that assembles once: a tree of parts whose lengths are known is written into one buffer.
 * Ready-made DER (a `Uint8Array`) is a part like any other and is copied as it is. Pure.
 */
import { tags } from "./der-tags.ts";

/** DER that is ready, or an element that is to be written. */
export type DerPart = Uint8Array | DerNode;

interface DerNode {
  readonly tag: number;
  readonly content: Uint8Array | readonly DerPart[];
  readonly contentLength: number;
}

const lengthOctets = (length: number): number =>
  length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5;

const sizeOf = (part: DerPart): number =>
  part instanceof Uint8Array
    ? part.length
    : 1 + lengthOctets(part.contentLength) + part.contentLength;

/** An element around other elements. `undefined` stands for an absent OPTIONAL field. */
export function constructed(tag: number, parts: readonly (DerPart | undefined)[]): DerPart {
  const content = parts.filter((part) => part !== undefined);
  let contentLength = 0;
  for (const part of content) contentLength += sizeOf(part);
  return { tag, content, contentLength };
}

export const primitive = (tag: number, content: Uint8Array): DerPart => ({
  tag,
  content,
  contentLength: content.length,
});

export const sequence = (...parts: readonly (DerPart | undefined)[]): DerPart =>
  constructed(tags.SEQUENCE, parts);

/** A SET or SEQUENCE OF in the order given: for SETs whose order matters to clients (certificates). */
export const setInOrder = (...parts: readonly DerPart[]): DerPart => constructed(tags.SET, parts);

/** A SET OF in DER order (X.690, section 11.6). */
export const setOf = (parts: readonly DerPart[]): DerPart =>
  constructed(tags.SET, sortSetOf(parts.map(encode)));

export const octetString = (content: Uint8Array): DerPart =>
  primitive(tags["OCTET STRING"], content);

/** @param content whole octets */
export function bitString(content: Uint8Array): DerPart {
  const octets = new Uint8Array(content.length + 1);
  octets.set(content, 1);
  return primitive(tags["BIT STRING"], octets);
}

/** A non-negative number, big-endian, any length; a leading zero is put in when the first bit is set. */
export function unsignedInteger(magnitude: Uint8Array): DerPart {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const significant = magnitude.subarray(start);
  if ((significant[0] ?? 0x80) < 0x80) return primitive(tags.INTEGER, significant);
  const content = new Uint8Array(significant.length + 1);
  content.set(significant, 1);
  return primitive(tags.INTEGER, content);
}

export const smallInteger = (value: number): Uint8Array => Uint8Array.of(tags.INTEGER, 1, value);

const textEncoder = new TextEncoder();

/** @param tag a string type whose octets are those of UTF-8: UTF8String, or PrintableString and IA5String for ASCII */
export const characterString = (tag: number, text: string): DerPart =>
  primitive(tag, textEncoder.encode(text));

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, section 4.1.2.5). Whole seconds. */
export function time(seconds: number): DerPart {
  const digits = digitsOfTime(seconds);
  const short = digits < "2050" && digits >= "1950";
  return characterString(
    short ? tags.UTCTime : tags.GeneralizedTime,
    short ? digits.slice(2) : digits,
  );
}

/** Whole seconds; for formats that know no UTCTime. */
export const generalizedTime = (seconds: number): DerPart =>
  characterString(tags.GeneralizedTime, digitsOfTime(seconds));

const digitsOfTime = (seconds: number): string =>
  new Date(seconds * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:T]/g, "");

export function sortSetOf(elements: readonly Uint8Array[]): Uint8Array[] {
  return elements.toSorted((one, other) => {
    const shared = Math.min(one.length, other.length);
    for (let index = 0; index < shared; index++) {
      const difference = (one[index] ?? 0) - (other[index] ?? 0);
      if (difference !== 0) return difference;
    }
    return one.length - other.length;
  });
}

export function encode(part: DerPart): Uint8Array {
  if (part instanceof Uint8Array) return part;
  const bytes = new Uint8Array(sizeOf(part));
  write(part, bytes, 0);
  return bytes;
}

export const encodeElement = (tag: number, content: Uint8Array): Uint8Array =>
  encode(primitive(tag, content));

function write(part: DerPart, bytes: Uint8Array, start: number): number {
  if (part instanceof Uint8Array) {
    bytes.set(part, start);
    return start + part.length;
  }
  let offset = start;
  bytes[offset++] = part.tag;
  const octets = lengthOctets(part.contentLength) - 1;
  if (octets === 0) {
    bytes[offset++] = part.contentLength;
  } else {
    bytes[offset++] = 0x80 | octets;
    for (let shift = (octets - 1) * 8; shift >= 0; shift -= 8)
      bytes[offset++] = (part.contentLength >>> shift) & 0xff;
  }
  if (part.content instanceof Uint8Array) {
    bytes.set(part.content, offset);
    return offset + part.content.length;
  }
  for (const inner of part.content) offset = write(inner, bytes, offset);
  return offset;
}
