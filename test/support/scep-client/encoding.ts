/**
 * How CMS structures are written: DER, or the lawful BER that jscep and Apple send (indefinite lengths, OCTET STRINGs
 * in pieces). A SignerInfo's signedAttrs and certificates stay DER in both, as RFC 5652 wants them.
 */
import { type Bytes, bytes, concat, tag, tlv } from "./der.ts";

export interface Encoding {
  readonly constructed: (tagOctet: number, ...parts: readonly Uint8Array[]) => Bytes;
  /** An OCTET STRING under `tagOctet`, which is given in its primitive form. */
  readonly octets: (tagOctet: number, value: Uint8Array) => Bytes;
}

export const der: Encoding = { constructed: tlv, octets: tlv };

const endOfContents = bytes([0, 0]);
const indefinite = (tagOctet: number, ...parts: readonly Uint8Array[]): Bytes =>
  concat(bytes([tagOctet, 0x80]), ...parts, endOfContents);

function pieces(value: Uint8Array, size: number): Bytes[] {
  const count = Math.max(1, Math.ceil(value.length / size));
  return Array.from({ length: count }, (_, index) =>
    tlv(tag.octetString, value.subarray(index * size, (index + 1) * size)),
  );
}

/** Indefinite lengths everywhere and every OCTET STRING in pieces of `pieceSize`. */
export const ber = (pieceSize = 1000): Encoding => ({
  constructed: indefinite,
  octets: (tagOctet, value) => indefinite(tagOctet | 0x20, ...pieces(value, pieceSize)),
});

/** Definite lengths, but every OCTET STRING constructed: what micromdm's scepclient does to EncryptedContent. */
export const chunked = (pieceSize = 1000): Encoding => ({
  constructed: tlv,
  octets: (tagOctet, value) => tlv(tagOctet | 0x20, ...pieces(value, pieceSize)),
});

/** Definite lengths in the longest form: lawful BER too. */
export const longLengths: Encoding = {
  constructed: longTlv,
  octets: longTlv,
};

function longTlv(tagOctet: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = concat(...parts);
  const { length } = content;
  return concat(
    bytes([tagOctet, 0x84, 0, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]),
    content,
  );
}
