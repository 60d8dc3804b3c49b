/** Attribute types of distinguished names: RFC 4519 names, RFC 5280 appendix A.1 upper bounds. Pure data. */

export interface AttributeType {
  readonly oid: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly string: "UTF8String" | "PrintableString" | "IA5String";
  /** Largest number of characters. */
  readonly upperBound: number;
}

const attributeType = (
  oid: string,
  name: string,
  upperBound: number,
  aliases: readonly string[] = [],
  string: AttributeType["string"] = "UTF8String",
): AttributeType => ({ oid, name, aliases, string, upperBound });

export const attributeTypes: readonly AttributeType[] = [
  attributeType("2.5.4.3", "CN", 64, ["commonName"]),
  attributeType("2.5.4.4", "SN", 40, ["surname"]),
  attributeType("2.5.4.5", "serialNumber", 64, [], "PrintableString"),
  attributeType("2.5.4.6", "C", 2, ["countryName"], "PrintableString"),
  attributeType("2.5.4.7", "L", 128, ["localityName"]),
  attributeType("2.5.4.8", "ST", 128, ["S", "stateOrProvinceName"]),
  attributeType("2.5.4.9", "STREET", 128, ["streetAddress"]),
  attributeType("2.5.4.10", "O", 64, ["organizationName"]),
  attributeType("2.5.4.11", "OU", 64, ["organizationalUnitName"]),
  attributeType("2.5.4.12", "title", 64, ["T"]),
  attributeType("2.5.4.17", "postalCode", 40),
  attributeType("2.5.4.42", "GN", 16, ["givenName", "G"]),
  attributeType("2.5.4.43", "initials", 5),
  attributeType("2.5.4.44", "generationQualifier", 3),
  attributeType("2.5.4.46", "dnQualifier", 64, [], "PrintableString"),
  attributeType("0.9.2342.19200300.100.1.1", "UID", 256, ["userId"]),
  attributeType("0.9.2342.19200300.100.1.25", "DC", 63, ["domainComponent"], "IA5String"),
  attributeType("1.2.840.113549.1.9.1", "emailAddress", 255, ["E", "email"], "IA5String"),
  attributeType("1.2.840.113549.1.9.2", "unstructuredName", 255),
  attributeType("1.2.840.113549.1.9.8", "unstructuredAddress", 255),
];

const byOid = new Map(attributeTypes.map((type) => [type.oid, type]));

export const findAttributeType = (oid: string): AttributeType | undefined => byOid.get(oid);
