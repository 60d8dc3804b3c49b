/** What is inside primitive elements: strings and times (X.690, section 8; RFC 5280, sections 4.1.2.4 and 4.1.2.5). Pure. */
import { DecodeError } from "./decode-error.ts";
import type { DerElement } from "./der-reader.ts";
import { tags } from "./der-tags.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true });

/** The text of any of the string types that names and challenges come in. */
export function readText(element: DerElement): string {
  const { content, tag } = element;
  switch (tag) {
    case tags.UTF8String:
      return decode(utf8, content);
    case tags.PrintableString:
    case tags.NumericString:
    case tags.VisibleString:
    case tags.IA5String:
      if (content.some((octet) => octet >= 0x80))
        throw new DecodeError("a string with octets outside its alphabet");
      return latin1(content);
    case tags.TeletexString:
      // T.61 in the field is Latin-1.
      return latin1(content);
    case tags.BMPString:
      return decode(utf16, content);
    case tags.UniversalString:
      return universal(content);
    default:
      throw new DecodeError("not a character string");
  }
}

function decode(decoder: TextDecoder, content: Uint8Array): string {
  try {
    return decoder.decode(content);
  } catch {
    throw new DecodeError("a string that is not in its encoding");
  }
}

function latin1(content: Uint8Array): string {
  let text = "";
  for (const octet of content) text += String.fromCharCode(octet);
  return text;
}

function universal(content: Uint8Array): string {
  if (content.length % 4 !== 0) throw new DecodeError("a string that is not in its encoding");
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  let text = "";
  for (let offset = 0; offset < content.length; offset += 4) {
    const point = view.getUint32(offset);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
      throw new DecodeError("a string that is not in its encoding");
    text += String.fromCodePoint(point);
  }
  return text;
}

/** UTCTime or GeneralizedTime in the forms that RFC 5280 allows, and the fractions that some devices add. */
export function readTime(element: DerElement): Date {
  const text = latin1(element.content);
  const match =
    element.tag === tags.UTCTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(text)
      : element.tag === tags.GeneralizedTime
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?Z$/.exec(text)
        : null;
  if (!match) throw new DecodeError("not a time");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  const century = element.tag === tags.UTCTime ? (year < 50 ? 2000 : 1900) : 0;
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for those of the last century.
  date.setUTCFullYear(century + year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (
    date.getUTCMonth() !== month - 1 ||
    date.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw new DecodeError("a time that does not exist");
  }
  return date;
}
