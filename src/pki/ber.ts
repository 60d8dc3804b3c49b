/**
 * BER that lawful clients send (jscep, Apple, old Go): indefinite lengths and strings in pieces (X.690, section 8).
 * One scan keeps the limits of threats.md row 26 before anything is built; only a message that needs it is rewritten,
 * and in it only the elements that need it, so signed parts keep the octets that were signed. Pure.
 */
import { concatenate } from "./bytes.ts";
import { DecodeError } from "./decode-error.ts";
import { encodeElement } from "./der-writer.ts";

export const maximumDepth = 32;
export const maximumElements = 2000;

export interface Scan {
  /** Where the first element ends. */
  end: number;
  elements: number;
  indefiniteLengths: boolean;
  stringsInPieces: boolean;
  /** A length that could have been written with fewer octets. */
  longLengths: boolean;
}

export const hasBer = (scan: Scan): boolean => scan.indefiniteLengths || scan.stringsInPieces;

/** Walks over all elements once. Throws when a limit is passed or a length does not fit. */
export function scanElements(
  bytes: Uint8Array,
  options: { readonly allowTrailing: boolean },
): Scan {
  const scan: Scan = {
    end: 0,
    elements: 0,
    indefiniteLengths: false,
    stringsInPieces: false,
    longLengths: false,
  };
  scan.end = scanElement(bytes, 0, bytes.length, 1, scan);
  if (!options.allowTrailing && scan.end !== bytes.length)
    throw new DecodeError("there are bytes behind the end");
  return scan;
}

const isConstructedString = (tag: number): boolean =>
  (tag & 0xe0) === 0x20 && tag !== 0x30 && tag !== 0x31;

interface Header {
  tag: number;
  contentStart: number;
  /** Undefined: indefinite. */
  contentEnd: number | undefined;
  long: boolean;
}

function headerAt(bytes: Uint8Array, start: number, limit: number): Header {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || start + 2 > limit)
    throw new DecodeError("the data ends inside an element");
  if ((tag & 0x1f) === 0x1f) throw new DecodeError("a tag number over 30");
  let contentStart = start + 2;
  if (first === 0x80) {
    if (!(tag & 0x20)) throw new DecodeError("a primitive element of indefinite length");
    return { tag, contentStart, contentEnd: undefined, long: false };
  }
  let length = first;
  let long = false;
  if (first > 0x80) {
    const octets = first & 0x7f;
    if (octets > 8 || contentStart + octets > limit)
      throw new DecodeError("a length that cannot be read");
    length = 0;
    for (let index = 0; index < octets; index++)
      length = length * 256 + (bytes[contentStart++] ?? 0);
    long = length < 0x80 || length < 256 ** (octets - 1);
  }
  if (contentStart + length > limit) throw new DecodeError("an element is longer than the data");
  return { tag, contentStart, contentEnd: contentStart + length, long };
}

function scanElement(
  bytes: Uint8Array,
  start: number,
  limit: number,
  depth: number,
  scan: Scan,
): number {
  if (++scan.elements > maximumElements)
    throw new DecodeError(`more than ${maximumElements} elements`);
  if (depth > maximumDepth) throw new DecodeError(`nested deeper than ${maximumDepth}`);
  const header = headerAt(bytes, start, limit);
  if (header.long) scan.longLengths = true;
  if (isConstructedString(header.tag)) scan.stringsInPieces = true;
  if (header.contentEnd !== undefined) {
    if (header.tag & 0x20) {
      for (let offset = header.contentStart; offset < header.contentEnd;) {
        offset = scanElement(bytes, offset, header.contentEnd, depth + 1, scan);
      }
    }
    return header.contentEnd;
  }
  scan.indefiniteLengths = true;
  let offset = header.contentStart;
  while (!isEndOfContents(bytes, offset, limit))
    offset = scanElement(bytes, offset, limit, depth + 1, scan);
  return offset + 2;
}

function isEndOfContents(bytes: Uint8Array, offset: number, limit: number): boolean {
  if (offset + 2 > limit) throw new DecodeError("an indefinite length without an end");
  return bytes[offset] === 0 && bytes[offset + 1] === 0;
}

/** Call only after `scanElements` has accepted the bytes. Elements without BER inside keep their octets. */
export function toDefiniteLengths(bytes: Uint8Array): Uint8Array {
  return rewrite(bytes, 0, bytes.length).der;
}

interface Rewritten {
  der: Uint8Array;
  end: number;
  changed: boolean;
}

function rewrite(bytes: Uint8Array, start: number, limit: number): Rewritten {
  const header = headerAt(bytes, start, limit);
  if (!(header.tag & 0x20)) {
    const end = header.contentEnd ?? limit;
    return { der: bytes.subarray(start, end), end, changed: false };
  }
  const parts: Uint8Array[] = [];
  let changed = header.contentEnd === undefined;
  let offset = header.contentStart;
  while (
    header.contentEnd === undefined
      ? !isEndOfContents(bytes, offset, limit)
      : offset < header.contentEnd
  ) {
    const part = rewrite(bytes, offset, header.contentEnd ?? limit);
    parts.push(part.der);
    changed ||= part.changed;
    offset = part.end;
  }
  const end = header.contentEnd ?? offset + 2;
  if (isConstructedString(header.tag)) {
    return {
      der: encodeElement(header.tag & ~0x20, joinPieces(header.tag & ~0x20, parts)),
      end,
      changed: true,
    };
  }
  if (!changed) return { der: bytes.subarray(start, end), end, changed };
  return { der: encodeElement(header.tag, concatenate(parts)), end, changed };
}

/** The content of a string from its pieces; each piece is a primitive element of the same string type. */
function joinPieces(tag: number, pieces: readonly Uint8Array[]): Uint8Array {
  const contents = pieces.map((piece) => {
    // The pieces of a character string may also be OCTET STRINGs (X.690, section 8.23.6).
    if (piece[0] !== tag && piece[0] !== 0x04)
      throw new DecodeError("a string in pieces of another type");
    const header = headerAt(piece, 0, piece.length);
    return piece.subarray(header.contentStart);
  });
  if (tag !== 0x03) return concatenate(contents);
  // BIT STRING: each piece begins with its count of unused bits, which only the last may have.
  const last = contents.at(-1);
  if (contents.some((content) => content.length === 0 || (content !== last && content[0] !== 0))) {
    throw new DecodeError("a BIT STRING in pieces with unused bits");
  }
  return concatenate([
    Uint8Array.of(last?.[0] ?? 0),
    ...contents.map((content) => content.subarray(1)),
  ]);
}
