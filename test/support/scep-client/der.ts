/**
 * A small DER writer and a strict DER reader for the test client. Shares nothing with `src/`: an encoding
 * mistake made on both sides would cancel out.
 */
export type Bytes = Uint8Array<ArrayBuffer>;

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printable: 0x13,
  t61: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmp: 0x1e,
} as const;

/** `[n]`, constructed unless told otherwise. */
export const context = (n: number, constructed = true): number => (constructed ? 0xa0 : 0x80) | n;

export function bytes(source: Uint8Array | ArrayBuffer | readonly number[]): Bytes {
  return new Uint8Array(source);
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
export const fromHex = (value: string): Bytes => bytes(Buffer.from(value, "hex"));
export const text = (value: string): Bytes => bytes(new TextEncoder().encode(value));
export const equal = (one: Uint8Array, other: Uint8Array): boolean =>
  Buffer.compare(Buffer.from(one), Buffer.from(other)) === 0;

export function lengthOctets(length: number): Bytes {
  if (length < 0x80) return bytes([length]);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return bytes([0x80 | digits.length, ...digits]);
}

export function tlv(tagOctet: number, ...content: readonly Uint8Array[]): Bytes {
  const whole = concat(...content);
  return concat(bytes([tagOctet]), lengthOctets(whole.length), whole);
}

export const sequence = (...parts: readonly Uint8Array[]): Bytes => tlv(tag.sequence, ...parts);
export const octetString = (value: Uint8Array): Bytes => tlv(tag.octetString, value);
export const bitString = (value: Uint8Array, unused = 0): Bytes =>
  tlv(tag.bitString, bytes([unused]), value);
export const nullValue = bytes([tag.null, 0]);
export const boolean = (value: boolean): Bytes => tlv(tag.boolean, bytes([value ? 0xff : 0]));

export function compareDer(one: Uint8Array, other: Uint8Array): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** SET OF in DER order. */
export const setOf = (...parts: readonly Uint8Array[]): Bytes =>
  tlv(tag.set, ...parts.toSorted(compareDer));
/** SET in the order given, which DER forbids for SET OF. */
export const setAsGiven = (...parts: readonly Uint8Array[]): Bytes => tlv(tag.set, ...parts);

export function integer(value: number | bigint | Uint8Array): Bytes {
  if (typeof value !== "object") {
    let digits = value.toString(16);
    if (digits.length % 2 === 1) digits = `0${digits}`;
    return integer(fromHex(digits));
  }
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const magnitude = value.subarray(start);
  const signed = (magnitude[0] ?? 0) >= 0x80 ? concat(bytes([0]), magnitude) : magnitude;
  return tlv(tag.integer, signed);
}

export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left % 128) | 0x80);
    }
    octets.push(...digits);
  }
  return tlv(tag.oid, bytes(octets));
}

/** A character string in the type that `stringTag` names; BMPString takes two octets a character. */
export function characterString(value: string, stringTag: number = tag.printable): Bytes {
  if (stringTag === tag.utf8) return tlv(stringTag, text(value));
  if (stringTag === tag.bmp) {
    const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
    return tlv(stringTag, bytes(units.flatMap((unit) => [unit >> 8, unit & 0xff])));
  }
  return tlv(stringTag, bytes(Buffer.from(value, "latin1")));
}

/** UTCTime until 2049, GeneralizedTime afterwards (RFC 5280, section 4.1.2.5). */
export function time(at: Date): Bytes {
  const digits = at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  if (at.getUTCFullYear() >= 2050) return tlv(tag.generalizedTime, text(`${digits}Z`));
  return tlv(tag.utcTime, text(`${digits.slice(2)}Z`));
}
