/** KeyUsage (RFC 5280, section 4.2.1.3): names, bits, DER. Pure. */
import { DecodeError } from "./decode-error.ts";

/** In the order of the RFC: bit 0 first. */
export const keyUsageNames = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsageName = (typeof keyUsageNames)[number];

/** Bit n of the number is bit n of the BIT STRING. */
export function keyUsageBits(names: readonly KeyUsageName[]): number {
  return names.reduce((bits, name) => bits | (1 << keyUsageNames.indexOf(name)), 0);
}

/** What only a CA may have. */
export const authorityUsages = keyUsageBits(["keyCertSign", "cRLSign"]);

export function keyUsageNamesOf(bits: number): KeyUsageName[] {
  return keyUsageNames.filter((_, index) => (bits & (1 << index)) !== 0);
}

/** @param content the BIT STRING's content octets, the count of unused bits first */
export function readKeyUsageBits(content: Uint8Array): number {
  const unused = content[0];
  if (unused === undefined || unused > 7 || content.length > 3)
    throw new DecodeError("KeyUsage is not a short BIT STRING");
  let bits = 0;
  for (let index = 0; index < keyUsageNames.length; index++) {
    const octet = content[1 + (index >> 3)] ?? 0;
    if (octet & (0x80 >> (index & 7))) bits |= 1 << index;
  }
  return bits;
}

/** The BIT STRING's content octets, trailing zero bits removed as DER asks (X.690, section 11.2.2). */
export function keyUsageContent(bits: number): Uint8Array {
  const octets = [0, 0];
  for (let index = 0; index < keyUsageNames.length; index++) {
    if (bits & (1 << index)) octets[index >> 3] = (octets[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }
  const used = octets[1] ? octets : octets.slice(0, 1);
  const last = used.at(-1) ?? 0;
  if (last === 0) return Uint8Array.of(0);
  let unused = 0;
  while (!(last & (1 << unused))) unused++;
  return Uint8Array.of(unused, ...used);
}
