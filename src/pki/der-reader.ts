/**
 * Zero-copy reader of DER on the path of a PKIOperation. An element is three offsets into one buffer;
 * nothing is decoded before it is asked for. Pure; throws only DecodeError.
 *
 * `readMessage` first makes sure that the buffer keeps the limits, and turns BER (indefinite lengths, strings in
 * pieces) into definite lengths where it meets it, so that everything behind it sees one form.
 */
import { hasBer, scanElements, toDefiniteLengths } from "./ber.ts";
import { DecodeError } from "./decode-error.ts";
import { type TagName, tags } from "./der-tags.ts";

export class DerElement {
  /** @param bytes the whole buffer that `start`, `contentStart` and `end` point into */
  constructor(
    readonly bytes: Uint8Array,
    readonly tag: number,
    readonly start: number,
    readonly contentStart: number,
    readonly end: number,
  ) {}

  /** Tag, length and content, as received. */
  get der(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  get content(): Uint8Array {
    return this.bytes.subarray(this.contentStart, this.end);
  }

  /** The elements inside a constructed element, in their order. */
  children(): DerElement[] {
    const children: DerElement[] = [];
    for (let offset = this.contentStart; offset < this.end;) {
      const child = elementAt(this.bytes, offset, this.end);
      children.push(child);
      offset = child.end;
    }
    return children;
  }

  fields(): DerFields {
    return new DerFields(this.children());
  }
}

/** Takes the fields of a SEQUENCE or SET one after the other. */
export class DerFields {
  #next = 0;

  constructor(private readonly elements: readonly DerElement[]) {}

  /** The next field, which must have this tag. */
  take(tag: TagName | number): DerElement {
    const element = this.optional(tag);
    if (!element)
      throw new DecodeError(
        `expected ${typeof tag === "string" ? tag : `tag 0x${tag.toString(16)}`}`,
      );
    return element;
  }

  /** The next field when it has this tag. */
  optional(tag: TagName | number): DerElement | undefined {
    const wanted = typeof tag === "string" ? tags[tag] : tag;
    const element = this.elements[this.#next];
    if (element?.tag !== wanted) return undefined;
    this.#next++;
    return element;
  }

  /** The next field, whatever it is. */
  any(): DerElement {
    const element = this.elements[this.#next++];
    if (!element) throw new DecodeError("a field is missing");
    return element;
  }

  /** Refuses fields that nobody asked for. */
  finish(): void {
    if (this.#next < this.elements.length)
      throw new DecodeError("there are more fields than expected");
  }
}

/** The first element of a message that may be BER and may have bytes behind it (RFC 5652 messages). */
export function readMessage(bytes: Uint8Array): DerElement {
  const definite = hasBer(scanElements(bytes, { allowTrailing: true }))
    ? toDefiniteLengths(bytes)
    : bytes;
  return elementAt(definite, 0, definite.length);
}

/** The one element that fills the buffer, definite lengths only. */
export function readDer(bytes: Uint8Array): DerElement {
  if (hasBer(scanElements(bytes, { allowTrailing: false })))
    throw new DecodeError("BER where DER is needed");
  return elementAt(bytes, 0, bytes.length);
}

/** As `readDer`, and lengths must be the shortest possible: for parts that go into a certificate as they are. */
export function readStrictDer(bytes: Uint8Array): DerElement {
  const scan = scanElements(bytes, { allowTrailing: false });
  if (hasBer(scan) || scan.longLengths) throw new DecodeError("not DER");
  return elementAt(bytes, 0, bytes.length);
}

/** As `readDer`, of any number of elements: for long lists that an administrator brings, never for a stranger's octets. */
export function readLargeDer(bytes: Uint8Array): DerElement {
  const element = elementAt(bytes, 0, bytes.length);
  if (element.end !== bytes.length) throw new DecodeError("there are bytes behind the end");
  return element;
}

/** Trusts no length: each is checked against the element around it. */
function elementAt(bytes: Uint8Array, start: number, limit: number): DerElement {
  const tag = bytes[start];
  let offset = start + 1;
  let length = bytes[offset++];
  if (tag === undefined || length === undefined || offset > limit)
    throw new DecodeError("the data ends inside an element");
  if ((tag & 0x1f) === 0x1f) throw new DecodeError("a tag number over 30");
  if (length >= 0x80) {
    const octets = length & 0x7f;
    if (octets === 0 || octets > 4 || offset + octets > limit)
      throw new DecodeError("a length that cannot be read");
    length = 0;
    for (let index = 0; index < octets; index++) length = length * 256 + (bytes[offset++] ?? 0);
  }
  const end = offset + length;
  if (end > limit) throw new DecodeError("an element is longer than the data");
  return new DerElement(bytes, tag, start, offset, end);
}
