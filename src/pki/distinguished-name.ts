/**
 * Distinguished names (RFC 5280, section 4.1.2.4; text form RFC 4514), least specific component first as in DER. Pure.
 * On the path of a PKIOperation a name's DER is kept as received; this view is for comparing and showing it.
 */
import { attributeTypes, findAttributeType } from "./attribute-types.ts";
import { fromHex } from "./bytes.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer } from "./der-reader.ts";
import { tags } from "./der-tags.ts";
import { readText } from "./der-values.ts";
import { characterString, encode, encodeElement, sequence, setOf } from "./der-writer.ts";
import { encodeOid, readOid } from "./oids.ts";

export interface AttributeTypeAndValue {
  /** Object identifier in dotted form. */
  readonly type: string;
  readonly value: string;
}

export type RelativeDistinguishedName = readonly AttributeTypeAndValue[];
export type DistinguishedName = readonly RelativeDistinguishedName[];

export function readDistinguishedName(name: DerElement): DistinguishedName {
  if (name.tag !== tags.SEQUENCE) throw new DecodeError("a name is not a SEQUENCE");
  return name.children().map((rdn) => {
    const attributes = rdn.children();
    if (rdn.tag !== tags.SET || attributes.length === 0)
      throw new DecodeError("a name component is not a SET");
    return attributes.map((attribute) => {
      const fields = attribute.fields();
      const type = readOid(fields.take("OBJECT IDENTIFIER").content);
      const value = readText(fields.any());
      fields.finish();
      return { type, value };
    });
  });
}

/** Country and serialNumber as PrintableString, emailAddress and domainComponent as IA5String, all else UTF8String. */
export function encodeDistinguishedName(name: DistinguishedName): Uint8Array {
  const components = name.map((rdn) =>
    setOf(
      rdn.map(({ type, value }) => {
        const tag = tags[findAttributeType(type)?.string ?? "UTF8String"];
        return sequence(encodeOid(type), characterString(tag, value));
      }),
    ),
  );
  return encode(sequence(...components));
}

/** RFC 4514: most specific component first. */
export function formatDistinguishedName(name: DistinguishedName): string {
  return name
    .toReversed()
    .map((rdn) =>
      rdn
        .map(({ type, value }) => `${findAttributeType(type)?.name ?? type}=${escapeValue(value)}`)
        .join("+"),
    )
    .join(",");
}

function escapeValue(value: string): string {
  return value
    .replaceAll(/[\\,+"<>;]/g, (character) => `\\${character}`)
    .replaceAll(/\p{Cc}/gu, (character) =>
      [...new TextEncoder().encode(character)]
        .map((octet) => `\\${octet.toString(16).padStart(2, "0")}`)
        .join(""),
    )
    .replaceAll(/^[ #]| $/g, (character) => `\\${character}`);
}

/** Text such as `CN=printer,O=Demo`. Throws DecodeError with a sentence for the person who typed it. */
export function parseDistinguishedName(text: string): DistinguishedName {
  const name = readFormattedName(text);
  for (const attribute of name.flat()) checkAttribute(attribute);
  return name;
}

/** What `formatDistinguishedName` has written, also of names that others made: nothing is asked of their values. */
export function readFormattedName(text: string): DistinguishedName {
  if (text.trim() === "") return [];
  return splitUnescaped(text, ",")
    .map((component) => splitUnescaped(component, "+").map(parseAttribute))
    .toReversed();
}

function parseAttribute(text: string): AttributeTypeAndValue {
  const equals = text.indexOf("=");
  if (equals < 1) throw new DecodeError(`"${text.trim()}" is not of the form TYPE=value`);
  const typeText = text.slice(0, equals).trim();
  const known = attributeTypes.find(({ name, aliases }) =>
    [name, ...aliases].some((spelling) => spelling.toLowerCase() === typeText.toLowerCase()),
  );
  if (!known && !/^[0-2](\.\d{1,40})+$/.test(typeText))
    throw new DecodeError(`"${typeText}" is not a known attribute type`);
  return { type: known?.oid ?? typeText, value: unescapeValue(text.slice(equals + 1)) };
}

function checkAttribute({ type, value }: AttributeTypeAndValue): void {
  const { name = type, string } = findAttributeType(type) ?? {};
  if (!/^\d+(\.\d{1,10})+$/.test(type))
    throw new DecodeError(`"${type}" is not a known attribute type`);
  if (value === "") throw new DecodeError(`${name} has no value`);
  if (string === "PrintableString" && !/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value))
    throw new DecodeError(`${name} may only have letters, digits and '()+,-./:=?`);
  if (name === "C" && value.length !== 2)
    throw new DecodeError("C is a country code of two letters");
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [""];
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (character === separator) {
      parts.push("");
      continue;
    }
    parts[parts.length - 1] += character === "\\" ? character + (text[++index] ?? "") : character;
  }
  return parts;
}

/** RFC 4514, section 2.4: the value's DER. Most who write the sign mean the sign. */
function readHexadecimal(digits: string): string {
  try {
    return readText(readDer(fromHex(digits)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError("a value begins with #, which is written \\# where it means itself");
  }
}

function unescapeValue(escaped: string): string {
  // White space around a value is not part of it, unless it is escaped.
  const text = /^[ \t\r\n]*((?:\\[^]|[^\\])*?)[ \t\r\n]*$/.exec(escaped)?.[1];
  if (text === undefined) throw new DecodeError("a value ends in a backslash");
  if (text.startsWith("#")) return readHexadecimal(text.slice(1));
  return text.replaceAll(/(?:\\[0-9a-f]{2})+|\\[^]/gi, (escape) =>
    /^\\[0-9a-f]{2}/i.test(escape)
      ? readText(readDer(encodeElement(tags.UTF8String, fromHex(escape.replaceAll("\\", "")))))
      : escape.slice(1),
  );
}
