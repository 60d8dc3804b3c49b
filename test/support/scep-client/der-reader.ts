/** Reads strict DER and nothing else: what our server writes has to be DER, so BER is an error here. */
import { type Bytes, bytes, compareDer, tag } from "./der.ts";

export interface Element {
  readonly tag: number;
  readonly content: Bytes;
  /** Tag, length and content. */
  readonly raw: Bytes;
  readonly children: readonly Element[];
}

export class NotDer extends Error {}

interface Read {
  readonly element: Element;
  readonly end: number;
}

function readAt(source: Bytes, offset: number): Read {
  const tagOctet = source[offset];
  const first = source[offset + 1];
  if (tagOctet === undefined || first === undefined) throw new NotDer("cut short");
  if ((tagOctet & 0x1f) === 0x1f) throw new NotDer("tag number over 30");
  let length = first;
  let start = offset + 2;
  if (first === 0x80) throw new NotDer("indefinite length");
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4 || source[start] === 0) throw new NotDer("length is not minimal");
    length = 0;
    for (let index = 0; index < count; index++)
      length = length * 256 + (source[start + index] ?? 0);
    if (length < 0x80) throw new NotDer("length is not minimal");
    start += count;
  }
  const end = start + length;
  if (end > source.length) throw new NotDer("content cut short");
  const content = source.subarray(start, end);
  const children = (tagOctet & 0x20) === 0 ? [] : readAll(content);
  return { element: { tag: tagOctet, content, raw: source.subarray(offset, end), children }, end };
}

export function readAll(source: Bytes): Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset < source.length;) {
    const { element, end } = readAt(source, offset);
    elements.push(element);
    offset = end;
  }
  return elements;
}

export function read(source: Uint8Array): Element {
  const whole = bytes(source);
  const { element, end } = readAt(whole, 0);
  if (end !== whole.length) throw new NotDer(`${whole.length - end} trailing bytes`);
  return element;
}

export function child(element: Element, index: number, expectedTag?: number): Element {
  const found = element.children[index];
  if (found === undefined) throw new NotDer(`element ${index} is missing`);
  if (expectedTag !== undefined && found.tag !== expectedTag) {
    throw new NotDer(`element ${index} has tag ${found.tag}, not ${expectedTag}`);
  }
  return found;
}

export function oidText(element: Element): string {
  if (element.tag !== tag.oid) throw new NotDer("not an OBJECT IDENTIFIER");
  const arcs: number[] = [];
  let value = 0;
  for (const octet of element.content) {
    value = value * 128 + (octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    if (arcs.length === 0)
      arcs.push(
        Math.min(2, Math.floor(value / 40)),
        value - 40 * Math.min(2, Math.floor(value / 40)),
      );
    else arcs.push(value);
    value = 0;
  }
  return arcs.join(".");
}

/** DER orders a SET OF by its encodings (X.690, section 11.6). */
export function assertSorted(set: Element): void {
  set.children.forEach((element, index) => {
    const next = set.children[index + 1];
    if (next !== undefined && compareDer(element.raw, next.raw) > 0)
      throw new NotDer("SET OF is not sorted");
  });
}

export function timeOf(element: Element): Date {
  const digits = Buffer.from(element.content).toString("latin1");
  const year =
    element.tag === tag.utcTime
      ? (Number(digits.slice(0, 2)) < 50 ? "20" : "19") + digits.slice(0, 2)
      : digits.slice(0, 4);
  const rest = element.tag === tag.utcTime ? digits.slice(2) : digits.slice(4);
  const [month, day, hour, minute, second] = rest.match(/\d\d/g) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
