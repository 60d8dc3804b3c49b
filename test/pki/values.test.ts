/** What stands in fields: alternative names, addresses, usages, identifiers, times; held against the schema library. */
import {
  GeneralName as GeneralNameSchema,
  KeyUsage,
  KeyUsageFlags,
  Time,
} from "@peculiar/asn1-x509";
import { AsnConvert, AsnObjectIdentifierConverter } from "@peculiar/asn1-schema";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../../src/pki/decode-error.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { readTime } from "../../src/pki/der-values.ts";
import { encode, primitive, time } from "../../src/pki/der-writer.ts";
import { tags } from "../../src/pki/der-tags.ts";
import { readBitString } from "../../src/pki/extensions.ts";
import {
  encodeGeneralName,
  parseGeneralName,
  readGeneralName,
} from "../../src/pki/general-name.ts";
import { formatIpAddress, parseIpAddress } from "../../src/pki/ip-address.ts";
import {
  keyUsageBits,
  keyUsageContent,
  keyUsageNames,
  keyUsageNamesOf,
  readKeyUsageBits,
} from "../../src/pki/key-usage.ts";
import { encodeOid, readOid } from "../../src/pki/oids.ts";
import { arbitraryOid } from "../support/arbitraries.ts";

describe("alternative names", () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const arbitrary = fc.oneof(
    host.map((value) => parseGeneralName("dns", value)),
    fc.tuple(label, host).map(([user, domain]) => parseGeneralName("email", `${user}@${domain}`)),
    fc.oneof(fc.ipV4(), fc.ipV6()).map((value) => parseGeneralName("ip", value)),
    fc.tuple(label, host).map(([user, domain]) => parseGeneralName("upn", `${user}@${domain}`)),
    fc
      .webUrl()
      .filter((url) => !/[<"]/.test(url))
      .map((value) => parseGeneralName("uri", value)),
  );

  it("are read back as they were written, and the schema library agrees", () => {
    fc.assert(
      fc.property(arbitrary, (name) => {
        const der = encode(encodeGeneralName(name));
        expect(readGeneralName(readDer(der))).toEqual(name);
        const judged = AsnConvert.parse(der, GeneralNameSchema);
        const { dNSName, rfc822Name, uniformResourceIdentifier, iPAddress, otherName } = judged;
        const value = dNSName ?? rfc822Name ?? uniformResourceIdentifier ?? iPAddress;
        if (name.type === "ip")
          expect(parseIpAddress(value ?? "")).toEqual(parseIpAddress(name.value));
        else if (name.type === "upn") expect(otherName?.typeId).toBe("1.3.6.1.4.1.311.20.2.3");
        else expect(value).toBe(name.value);
        expect(new Uint8Array(AsnConvert.serialize(judged))).toEqual(der);
      }),
      { numRuns: 500 },
    );
  });

  it("of any octets are a name or a DecodeError", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0xa0, 0x81, 0x82, 0xa4, 0x86, 0x87, 0x88),
        fc.uint8Array({ maxLength: 40 }),
        (tag, content) => {
          try {
            const name = readGeneralName(readDer(encode(primitive(tag, content))));
            expect(parseGeneralName(name.type, name.value)).toEqual(name);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("IP addresses", () => {
  it("of any 4 or 16 octets survive text, in the shortest form", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        ),
        (octets) => {
          expect(parseIpAddress(formatIpAddress(octets))).toEqual(octets);
        },
      ),
      { numRuns: 500 },
    );
    expect(formatIpAddress(parseIpAddress("2001:0DB8:0:0:0:0:0:1"))).toBe("2001:db8::1");
    expect(formatIpAddress(parseIpAddress("::"))).toBe("::");
    expect(parseIpAddress("::ffff:10.0.0.1").subarray(10)).toEqual(
      Uint8Array.of(255, 255, 10, 0, 0, 1),
    );
  });

  it.each([
    "",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.1.2",
    "10.0.0.-1",
    "0x0a.0.0.1",
    "1:2:3",
    "::1::2",
    "::g",
    "fe80::1%eth0",
    "[::1]",
    "10.0.0.1/8",
    "::1/64",
  ])("%j is none", (text) => {
    expect(() => parseIpAddress(text)).toThrow(DecodeError);
  });
});

it("key usages: all 512 combinations are written and read as the schema library does", () => {
  const flags = [
    KeyUsageFlags.digitalSignature,
    KeyUsageFlags.nonRepudiation,
    KeyUsageFlags.keyEncipherment,
    KeyUsageFlags.dataEncipherment,
    KeyUsageFlags.keyAgreement,
    KeyUsageFlags.keyCertSign,
    KeyUsageFlags.cRLSign,
    KeyUsageFlags.encipherOnly,
    KeyUsageFlags.decipherOnly,
  ];
  for (let bits = 0; bits < 512; bits++) {
    const names = keyUsageNames.filter((_, index) => bits & (1 << index));
    expect(keyUsageBits(names)).toBe(bits);
    expect(keyUsageNamesOf(bits)).toEqual(names);
    const der = encode(primitive(tags["BIT STRING"], keyUsageContent(bits)));
    expect(readKeyUsageBits(readBitString(der))).toBe(bits);
    const wanted = flags.reduce(
      (all: number, flag, index) => (bits & (1 << index) ? all | flag : all),
      0,
    );
    // The library makes no number of an empty BIT STRING.
    if (bits > 0) expect(AsnConvert.parse(der, KeyUsage).toNumber()).toBe(wanted);
  }
});

it("object identifiers are written and read as the schema library does", () => {
  fc.assert(
    fc.property(arbitraryOid, (oid) => {
      const der = encodeOid(oid);
      expect(readOid(readDer(der).content)).toBe(oid);
      expect(new Uint8Array(AsnObjectIdentifierConverter.toASN(oid).toBER())).toEqual(der);
    }),
    { numRuns: 500 },
  );
  for (const text of [
    "",
    "1",
    "3.1",
    "1.40",
    "0.40",
    "1.2.",
    ".1.2",
    "1..2",
    "1.2.a",
    "1.2.-3",
    "1.2.99999999999",
  ])
    expect(() => encodeOid(text)).toThrow(DecodeError);
  for (const octets of [[], [0x80], [0x2a, 0x86], [0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]])
    expect(() => readOid(Uint8Array.from(octets))).toThrow(DecodeError);
});

describe("times", () => {
  const seconds = (text: string): number => Date.parse(text) / 1000;

  it("are UTCTime until the end of 2049 and GeneralizedTime from 2050, as the schema library has it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: seconds("1950-01-01T00:00:00Z"), max: seconds("9999-12-31T23:59:59Z") }),
        (moment) => {
          const der = encode(time(moment));
          expect(der[0]).toBe(
            moment < seconds("2050-01-01T00:00:00Z") ? tags.UTCTime : tags.GeneralizedTime,
          );
          expect(readTime(readDer(der)).getTime()).toBe(moment * 1000);
          expect(AsnConvert.parse(der, Time).getTime().getTime()).toBe(moment * 1000);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["2049-12-31T23:59:59Z", tags.UTCTime, "491231235959Z"],
    ["2050-01-01T00:00:00Z", tags.GeneralizedTime, "20500101000000Z"],
    ["1999-12-31T23:59:59Z", tags.UTCTime, "991231235959Z"],
    ["9999-12-31T23:59:59Z", tags.GeneralizedTime, "99991231235959Z"],
    ["2024-02-29T00:00:00Z", tags.UTCTime, "240229000000Z"],
  ])("%s", (text, tag, digits) => {
    const der = encode(time(seconds(text)));
    expect([der[0], new TextDecoder().decode(der.subarray(2))]).toEqual([tag, digits]);
  });

  it.each([
    "230229000000Z",
    "231301000000Z",
    "231232000000Z",
    "231231240000Z",
    "231231236000Z",
    "231231235960Z",
    "231231235959",
    "231231235959+0100",
    "2312312359590Z",
    "",
    "Z",
    "23123123595xZ",
  ])("UTCTime %j is refused", (digits) => {
    const element = readDer(encode(primitive(tags.UTCTime, new TextEncoder().encode(digits))));
    expect(() => readTime(element)).toThrow(DecodeError);
  });
});
