/** GeneralName (RFC 5280, section 4.2.1.6): the five kinds that device certificates use. Pure. */
import { DecodeError } from "./decode-error.ts";
import type { DerElement } from "./der-reader.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import { readText } from "./der-values.ts";
import { characterString, constructed, type DerPart, primitive } from "./der-writer.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";
import { oidDer, oids, readOid } from "./oids.ts";

export const generalNameTypes = ["dns", "email", "ip", "upn", "uri"] as const;
export type GeneralNameType = (typeof generalNameTypes)[number];

export interface GeneralName {
  readonly type: GeneralNameType;
  /** In the form of `parseGeneralName`: DNS names in lower case, IP addresses in their shortest form. */
  readonly value: string;
}

const rfc822Name = primitiveContext(1);
const dNSName = primitiveContext(2);
const uniformResourceIdentifier = primitiveContext(6);
const iPAddress = primitiveContext(7);
const otherName = constructedContext(0);

/** Throws DecodeError for kinds that no template allows (directoryName, registeredID, other otherNames). */
export function readGeneralName(element: DerElement): GeneralName {
  switch (element.tag) {
    case dNSName:
      return parseGeneralName("dns", ascii(element));
    case rfc822Name:
      return parseGeneralName("email", ascii(element));
    case uniformResourceIdentifier:
      return parseGeneralName("uri", ascii(element));
    case iPAddress:
      return { type: "ip", value: formatIpAddress(element.content) };
    case otherName:
      return readUserPrincipalName(element);
    default:
      throw new DecodeError("a subjectAltName of a kind that is not issued");
  }
}

function ascii(element: DerElement): string {
  let text = "";
  for (const octet of element.content) {
    if (octet <= 0x20 || octet >= 0x7f)
      throw new DecodeError("a subjectAltName with a space, control or non-ASCII character");
    text += String.fromCharCode(octet);
  }
  return text;
}

function readUserPrincipalName(element: DerElement): GeneralName {
  const fields = element.fields();
  const type = readOid(fields.take("OBJECT IDENTIFIER").content);
  const [value, ...more] = fields.take(constructedContext(0)).children();
  fields.finish();
  if (type !== oids.userPrincipalName || !value || more.length > 0) {
    throw new DecodeError("a subjectAltName of a kind that is not issued");
  }
  return parseGeneralName("upn", readText(value));
}

/**
 * The principal of an id-pkinit-san as `name@REALM` (RFC 4556, section 3.2.2); undefined for every other name. Throws
 * DecodeError.
 */
export function readKerberosPrincipal(element: DerElement): string | undefined {
  if (element.tag !== otherName) return undefined;
  const [type, wrapped] = element.children();
  if (!type || !wrapped || readOid(type.content) !== oids.kerberosPrincipalName) return undefined;
  const principal = wrapped.fields().take("SEQUENCE").fields();
  const realm = kerberosString(principal.take(constructedContext(0)).fields().any());
  const name = principal.take(constructedContext(1)).fields().take("SEQUENCE").fields();
  // The kind of name says nothing about whose it is.
  name.take(constructedContext(0));
  const components = name.take(constructedContext(1)).fields().take("SEQUENCE").children();
  return `${components.map(kerberosString).join("/")}@${realm}`;
}

/** A GeneralString that is held to ASCII (RFC 4120, section 5.2.1). */
function kerberosString(element: DerElement): string {
  if (element.tag !== tags.GeneralString) throw new DecodeError("a Kerberos name is not a string");
  return ascii(element);
}

export function encodeGeneralName(name: GeneralName): DerPart {
  switch (name.type) {
    case "dns":
      return characterString(dNSName, name.value);
    case "email":
      return characterString(rfc822Name, name.value);
    case "uri":
      return characterString(uniformResourceIdentifier, name.value);
    case "ip":
      return primitive(iPAddress, parseIpAddress(name.value));
    case "upn":
      return constructed(otherName, [
        oidDer(oids.userPrincipalName),
        constructed(constructedContext(0), [characterString(tags.UTF8String, name.value)]),
      ]);
  }
}

/** The characters of RFC 3986: others, such as the backslash, are what parsers disagree about. */
const uri = /^[a-z][a-z0-9+.-]*:[a-z0-9\-._~:/?#[\]@!$&'()*+,;=%]{1,2000}$/i;
/** Without an authority by RFC 3986; browsers read a host there all the same. */
const hostWithoutSlashes = /^(https?|wss?|ftp):(?!\/\/[^/])/i;

/** Checks and normalises what a person typed or a request asked for. Throws DecodeError with a sentence. */
export function parseGeneralName(type: GeneralNameType, value: string): GeneralName {
  switch (type) {
    case "dns":
      if (!isDnsName(value)) throw new DecodeError(`"${value.slice(0, 80)}" is not a DNS name`);
      return { type, value: value.toLowerCase() };
    case "email":
      if (
        !/^[\x21-\x3f\x41-\x7e]{1,64}@[^@]+$/.test(value) ||
        !isDnsName(value.slice(value.indexOf("@") + 1))
      ) {
        throw new DecodeError(`"${value.slice(0, 80)}" is not a mail address`);
      }
      return { type, value };
    case "ip":
      return { type, value: formatIpAddress(parseIpAddress(value)) };
    case "upn":
      if (!/^[^@\p{Cc}\p{Cf}\s]{1,256}@[^@\p{Cc}\p{Cf}\s]{1,255}$/u.test(value)) {
        throw new DecodeError(`"${value.slice(0, 80)}" is not a user principal name`);
      }
      return { type, value };
    case "uri":
      if (!uri.test(value) || hostWithoutSlashes.test(value)) {
        throw new DecodeError(`"${value.slice(0, 80)}" is not a URI`);
      }
      return { type, value };
  }
}

/** Letters, digits, hyphens and underscores in labels of at most 63; a first label `*` is a wildcard. */
export function isDnsName(text: string): boolean {
  if (text.length > 253) return false;
  return text
    .replace(/^\*\./, "")
    .split(".")
    .every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}
