/** What a token says of a request's names, spelled for command lines. What it leaves open is marked, never guessed. */
import { findAttributeType } from "../../pki/attribute-types.ts";
import type { Revealed } from "../../administration/redemption.ts";

/** What a reader puts a name in for, in clients that have no command line to ask. */
export const deviceName = "DEVICE-NAME";

/** In single quotes the shell changes nothing; a single quote itself has to step outside. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const nicknameOf = ({ configurationName }: Pick<Revealed, "configurationName">): string =>
  configurationName.replaceAll(/[^A-Za-z0-9._-]/g, "-");

export interface NameAttribute {
  /** `CN`, `O`, or the dotted form of an unknown one. */
  readonly name: string;
  readonly value: string;
}

/** Least specific first; with a common name for the device where the token leaves that open. */
export function attributesOf(
  { name }: Pick<Revealed, "name">,
  openCommonName: string,
): readonly NameAttribute[] {
  const attributes = name.flatMap((rdn) =>
    rdn.map(({ type, value }) => ({ name: findAttributeType(type)?.name ?? type, value })),
  );
  return attributes.some((attribute) => attribute.name === "CN")
    ? attributes
    : [...attributes, { name: "CN", value: openCommonName }];
}

/** `*.example.org` stands for any name below it. */
export const filledDnsName = (value: string, device: string): string =>
  value.startsWith("*.") ? `${device}${value.slice(1)}` : value;
