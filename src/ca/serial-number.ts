/**
 * Serial numbers: 127 random bits (RFC 5280, section 4.1.2.2 allows 159). So many that two never meet, even when a
 * database is set back in time; the object's UNIQUE index is the second lock.
 */
import { toHex } from "../pki/bytes.ts";

export interface SerialNumber {
  /** Big-endian, no leading zero octets. */
  readonly magnitude: Uint8Array;
  /** Lower case, whole octets: what OpenSSL prints, in lower case. */
  readonly hex: string;
}

export function randomSerialNumber(): SerialNumber {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = (octets[0] ?? 0) & 0x7f;
  const start = octets.findIndex((octet) => octet !== 0);
  if (start < 0) return randomSerialNumber();
  const magnitude = octets.subarray(start);
  return { magnitude, hex: toHex(magnitude) };
}
