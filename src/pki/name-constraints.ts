/** NameConstraints (RFC 5280, section 4.2.1.10): DER and the form that people write. Pure. */
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer } from "./der-reader.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import { readText } from "./der-values.ts";
import {
  characterString,
  constructed,
  type DerPart,
  encode,
  encodeElement,
  primitive,
  sequence,
} from "./der-writer.ts";
import {
  encodeDistinguishedName,
  formatDistinguishedName,
  parseDistinguishedName,
  readDistinguishedName,
} from "./distinguished-name.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

/** Those that a CA of ours can be given. */
export const constrainedNameTypes = ["dns", "email", "ip", "directoryName"] as const;

export interface NameConstraint {
  /** `uri` and `other` only come from CAs that are not ours; `other` stands for everything that is not understood. */
  readonly type: (typeof constrainedNameTypes)[number] | "uri" | "other";
  /**
   * dns: a domain, which stands for all below it. email: an address, a host, or `.domain` for all hosts below it.
   * ip: `address/prefix length`. directoryName: RFC 4514, which stands for all names that begin like it. uri: as email.
   */
  readonly value: string;
}

export interface NameConstraints {
  readonly permitted: readonly NameConstraint[];
  readonly excluded: readonly NameConstraint[];
}

const generalNameTags = {
  email: primitiveContext(1),
  dns: primitiveContext(2),
  directoryName: constructedContext(4),
  uri: primitiveContext(6),
  ip: primitiveContext(7),
} as const;

/** Checks and normalises what a person wrote. Throws DecodeError with a sentence. */
export function parseNameConstraint({ type, value }: NameConstraint): NameConstraint {
  switch (type) {
    case "dns":
      return { type, value: domain(value) };
    case "email": {
      const [host = "", local, ...more] = value.split("@").toReversed();
      if (more.length > 0 || local === "")
        throw new DecodeError(`"${value}" is not a mail address`);
      return { type, value: local === undefined ? dottedDomain(host) : `${local}@${domain(host)}` };
    }
    case "ip": {
      const { address, mask } = readNetwork(value);
      return { type, value: formatNetwork(address, mask) };
    }
    case "directoryName": {
      const name = parseDistinguishedName(value);
      if (name.length === 0) throw new DecodeError("a directoryName is empty");
      return { type, value: formatDistinguishedName(name) };
    }
    case "uri":
    case "other":
      throw new DecodeError(`names of type ${type} cannot be constrained here`);
  }
}

function domain(text: string): string {
  if (
    text.length > 253 ||
    !/^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(
      text,
    )
  )
    throw new DecodeError(`"${text.slice(0, 80)}" is not a domain`);
  return text.toLowerCase();
}

const dottedDomain = (text: string): string =>
  text.startsWith(".") ? `.${domain(text.slice(1))}` : domain(text);

export interface Network {
  readonly address: Uint8Array;
  readonly mask: Uint8Array;
}

/** @param text `10.0.0.0/8`, `2001:db8::/32`; as read from others also with a mask in the form of an address */
export function readNetwork(text: string): Network {
  const [address, size, ...more] = text.split("/");
  if (address === undefined || size === undefined || more.length > 0)
    throw new DecodeError(`"${text.slice(0, 80)}" is not of the form address/prefix length`);
  const octets = parseIpAddress(address);
  const mask = /^\d{1,3}$/.test(size) ? maskOf(Number(size), octets.length) : parseIpAddress(size);
  if (mask.length !== octets.length) throw new DecodeError("a mask of another kind of address");
  return { address: octets.map((octet, index) => octet & (mask[index] ?? 0)), mask };
}

function maskOf(bits: number, length: number): Uint8Array {
  if (bits > length * 8) throw new DecodeError(`a prefix length over ${length * 8}`);
  return Uint8Array.from(
    { length },
    (_, index) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - index * 8))),
  );
}

function formatNetwork(address: Uint8Array, mask: Uint8Array): string {
  let bits = 0;
  while (bits < mask.length * 8 && (mask[bits >> 3] ?? 0) & (0x80 >> (bits & 7))) bits++;
  const plain = maskOf(bits, mask.length).every((octet, index) => octet === mask[index]);
  return `${formatIpAddress(address)}/${plain ? bits : formatIpAddress(mask)}`;
}

/** @param constraints in the form of `parseNameConstraint` */
export function encodeNameConstraints({ permitted, excluded }: NameConstraints): Uint8Array {
  const subtrees = (number: number, list: readonly NameConstraint[]): DerPart | undefined =>
    list.length === 0
      ? undefined
      : constructed(
          constructedContext(number),
          list.map((constraint) => sequence(encodeBase(constraint))),
        );
  return encode(sequence(subtrees(0, permitted), subtrees(1, excluded)));
}

function encodeBase({ type, value }: NameConstraint): DerPart {
  switch (type) {
    case "ip": {
      const { address, mask } = readNetwork(value);
      return primitive(generalNameTags.ip, Uint8Array.of(...address, ...mask));
    }
    case "directoryName":
      return constructed(generalNameTags.directoryName, [
        encodeDistinguishedName(parseDistinguishedName(value)),
      ]);
    case "dns":
    case "email":
    case "uri":
      return characterString(generalNameTags[type], value);
    case "other":
      throw new DecodeError("names of a type that is not understood cannot be constrained");
  }
}

/** @param value what is inside the extension */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const fields = readDer(value).fields();
  const permitted = fields.optional(constructedContext(0))?.children() ?? [];
  const excluded = fields.optional(constructedContext(1))?.children() ?? [];
  fields.finish();
  return { permitted: permitted.map(readSubtree), excluded: excluded.map(readSubtree) };
}

function readSubtree(subtree: DerElement): NameConstraint {
  const fields = subtree.fields();
  const base = fields.any();
  // minimum is 0 and maximum absent in all certificates of the Internet; DER leaves the 0 out, not everybody does.
  const minimum = fields.optional(primitiveContext(0))?.content;
  if (minimum?.some((octet) => octet !== 0))
    throw new DecodeError("a name constraint with a minimum");
  fields.finish();
  switch (base.tag) {
    case generalNameTags.dns:
      return { type: "dns", value: ia5(base) };
    case generalNameTags.email:
      return { type: "email", value: ia5(base) };
    case generalNameTags.uri:
      return { type: "uri", value: ia5(base) };
    case generalNameTags.ip: {
      const half = base.content.length / 2;
      return {
        type: "ip",
        value: formatNetwork(base.content.subarray(0, half), base.content.subarray(half)),
      };
    }
    case generalNameTags.directoryName: {
      const [name] = base.children();
      if (!name) throw new DecodeError("a directoryName without a name");
      return { type: "directoryName", value: formatDistinguishedName(readDistinguishedName(name)) };
    }
    default:
      return { type: "other", value: `[${base.tag & 0x1f}]` };
  }
}

const ia5 = (element: DerElement): string =>
  readText(readDer(encodeElement(tags.IA5String, element.content)));
