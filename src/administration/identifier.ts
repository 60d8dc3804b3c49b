/** Ids of rows: UUID version 7 (RFC 9562, section 5.7), so that ordering by id is ordering by time of making. */
import { toHex } from "../pki/bytes.ts";

export function createId(at: Date): string {
  const octets = new DataView(crypto.getRandomValues(new Uint8Array(16)).buffer);
  const milliseconds = at.getTime();
  octets.setUint32(0, Math.floor(milliseconds / 0x10000));
  octets.setUint16(4, milliseconds % 0x10000);
  octets.setUint8(6, 0x70 | (octets.getUint8(6) & 0x0f));
  octets.setUint8(8, 0x80 | (octets.getUint8(8) & 0x3f));
  const hex = toHex(new Uint8Array(octets.buffer));
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** Such a name is refused where a thing is found by either: it could be another thing's id. */
export const hasFormOfId = (text: string): boolean =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

export const nameLikeId = "This has the form of an id; give a name that people recognise.";

/** Not above any id that is made at that time or later, and above all from before. */
export function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
