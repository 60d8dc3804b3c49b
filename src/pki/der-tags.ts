/** Identifier octets (X.690, section 8.1.2). */
export const tags = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  "BIT STRING": 0x03,
  "OCTET STRING": 0x04,
  NULL: 0x05,
  "OBJECT IDENTIFIER": 0x06,
  ENUMERATED: 0x0a,
  UTF8String: 0x0c,
  NumericString: 0x12,
  PrintableString: 0x13,
  TeletexString: 0x14,
  IA5String: 0x16,
  UTCTime: 0x17,
  GeneralizedTime: 0x18,
  VisibleString: 0x1a,
  GeneralString: 0x1b,
  UniversalString: 0x1c,
  BMPString: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

export type TagName = keyof typeof tags;

/** `[n]` with constructed content: EXPLICIT, or IMPLICIT over a SEQUENCE or SET. */
export const constructedContext = (number: number): number => 0xa0 | number;

/** `[n] IMPLICIT` over a primitive type. */
export const primitiveContext = (number: number): number => 0x80 | number;
