/** Names and certificate extensions, built as a test wants them. */
import {
  type Bytes,
  bitString,
  boolean,
  bytes,
  characterString,
  context,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  tag,
  text,
  tlv,
} from "./der.ts";
import { child, type Element, oidText, read } from "./der-reader.ts";
import { nameTypes, oids } from "./oids.ts";

export interface NameAttribute {
  readonly type: string;
  readonly value: string | Uint8Array;
  readonly stringTag?: number;
}

/** `"O=Demo"`, `"CN=x"` ... in the order in which they are to be encoded. */
export function name(...attributes: readonly (string | NameAttribute)[]): Bytes {
  return sequence(...attributes.map((one) => setOf(nameAttribute(one))));
}

function nameAttribute(one: string | NameAttribute): Bytes {
  if (typeof one === "string") {
    const [type = "", ...value] = one.split("=");
    return nameAttribute({ type, value: value.join("=") });
  }
  const defaultTag =
    one.type === "C"
      ? tag.printable
      : one.type === "EMAIL" || one.type === "DC"
        ? tag.ia5
        : tag.utf8;
  const stringTag = one.stringTag ?? defaultTag;
  const value =
    typeof one.value === "string"
      ? characterString(one.value, stringTag)
      : tlv(stringTag, one.value);
  return sequence(oid(nameTypes[one.type] ?? one.type), value);
}

/** Attributes of a Name in encoded order, as `type=value`. */
export function nameText(nameDer: Uint8Array): string[] {
  return read(nameDer).children.flatMap((set) =>
    set.children.map((pair) => {
      const dotted = oidText(child(pair, 0));
      const short = Object.entries(nameTypes).find(([, value]) => value === dotted)?.[0] ?? dotted;
      return `${short}=${stringOf(child(pair, 1))}`;
    }),
  );
}

export function stringOf(element: Element): string {
  if (element.tag === tag.utf8)
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(element.content);
  if (element.tag === tag.bmp) return new TextDecoder("utf-16be").decode(element.content);
  return Buffer.from(element.content).toString("latin1");
}

export const generalName = {
  dns: (value: string): Bytes => tlv(context(2, false), text(value)),
  email: (value: string): Bytes => tlv(context(1, false), text(value)),
  uri: (value: string): Bytes => tlv(context(6, false), text(value)),
  ip: (...octets: readonly number[]): Bytes => tlv(context(7, false), bytes(octets)),
  upn: (value: string): Bytes =>
    tlv(context(0), oid(oids.userPrincipalName), tlv(context(0), characterString(value, tag.utf8))),
  raw: (tagOctet: number, value: Uint8Array): Bytes => tlv(tagOctet, value),
};

export function extension(dotted: string, value: Uint8Array, critical = false): Bytes {
  return sequence(oid(dotted), ...(critical ? [boolean(true)] : []), octetString(value));
}

const usageBits = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
] as const;
export type Usage = (typeof usageBits)[number];

export const extensions = {
  subjectAltName: (...names: readonly Bytes[]): Bytes =>
    extension(oids.subjectAltName, sequence(...names)),
  keyUsage: (...usages: readonly Usage[]): Bytes => {
    const octet = usages.reduce((sum, usage) => sum | (0x80 >> usageBits.indexOf(usage)), 0);
    let unused = 0;
    while (unused < 7 && ((octet >> unused) & 1) === 0) unused++;
    return extension(oids.keyUsage, bitString(bytes([octet]), unused), true);
  },
  extendedKeyUsage: (...purposes: readonly string[]): Bytes =>
    extension(oids.extendedKeyUsage, sequence(...purposes.map(oid))),
  basicConstraints: (ca: boolean, pathLength?: number): Bytes => {
    const length = pathLength === undefined ? [] : [integer(pathLength)];
    return extension(
      oids.basicConstraints,
      sequence(...(ca ? [boolean(true), ...length] : [])),
      true,
    );
  },
  /** Entra's account SID, the strong mapping of KB5014754. */
  sid: (sid: string): Bytes =>
    extension(
      oids.ntdsSecurityExtension,
      sequence(tlv(context(0), oid(oids.ntdsObjectSid), tlv(context(0), octetString(text(sid))))),
    ),
  unknownCritical: (): Bytes => extension("1.3.6.1.4.1.99999.1", nullValue, true),
};

/** Names of the bits that a KeyUsage extension value sets. */
export function usagesOf(extensionValue: Uint8Array): Usage[] {
  const octet = read(extensionValue).content[1] ?? 0;
  return usageBits.filter((_, index) => (octet & (0x80 >> index)) !== 0);
}
