/** What of the requested extensions goes into a certificate. */
import { describe, expect, it } from "vitest";
import type { CertificateTemplate } from "../../src/ca/certificate-template.ts";
import { grantExtensions, type GrantedExtensions } from "../../src/ca/extension-policy.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { constructedContext, primitiveContext, tags } from "../../src/pki/der-tags.ts";
import {
  characterString,
  constructed,
  type DerPart,
  encode,
  octetString,
  primitive,
  sequence,
  setInOrder,
  smallInteger,
} from "../../src/pki/der-writer.ts";
import type { Extension } from "../../src/pki/extensions.ts";
import { encodeGeneralName, type GeneralName } from "../../src/pki/general-name.ts";
import {
  type KeyUsageName,
  keyUsageBits,
  keyUsageContent,
  keyUsageNamesOf,
} from "../../src/pki/key-usage.ts";
import { encodeOid, oids } from "../../src/pki/oids.ts";
import type { PublicKey } from "../../src/pki/public-key.ts";
import type { RequestContext } from "../../src/ca/request-context.ts";
import { template, unvalidated } from "../support/templates.ts";

const rsaKey: PublicKey = {
  kind: "RSA",
  der: new Uint8Array(),
  bits: new Uint8Array(),
  modulus: new Uint8Array(256),
  publicExponent: Uint8Array.of(1, 0, 1),
  modulusBits: 2048,
};
const ecKey: PublicKey = {
  kind: "EC",
  der: new Uint8Array(),
  bits: new Uint8Array(),
  curve: "P-256",
};

type Asked = readonly [oid: string, value: DerPart | Uint8Array, critical?: boolean];

function grant(
  asked: readonly Asked[],
  changes: Partial<CertificateTemplate> = {},
  key: PublicKey = rsaKey,
  context: RequestContext = unvalidated,
): GrantedExtensions | string {
  const requested = new Map<string, Extension>(
    asked.map(([oid, value, critical = false]) => [oid, { oid, critical, value: encode(value) }]),
  );
  const granted = grantExtensions(requested, key, template(changes), context);
  return granted.ok ? granted.value : granted.error.reason;
}

const usage = (...names: KeyUsageName[]): Asked => [
  oids.keyUsage,
  primitive(tags["BIT STRING"], keyUsageContent(keyUsageBits(names))),
];
const usagesOf = (granted: GrantedExtensions | string): readonly string[] =>
  typeof granted === "string" ? [granted] : keyUsageNamesOf(granted.keyUsage);
const purposes = (...list: string[]): Asked => [
  oids.extendedKeyUsage,
  sequence(...list.map(encodeOid)),
];
const names = (...list: (GeneralName | DerPart)[]): Asked => [
  oids.subjectAltName,
  sequence(...list.map((name) => ("type" in name ? encodeGeneralName(name) : name))),
];
const namesOf = (granted: GrantedExtensions | string): unknown =>
  typeof granted === "string" ? granted : granted.subjectAltNames;

const notAllowed = "extension_not_allowed";
const nameNotAllowed = "subject_alt_name_not_allowed";

describe("requested extensions", () => {
  it("a request that asks for nothing gets the template's own", () => {
    expect(grant([])).toEqual({
      keyUsage: keyUsageBits(["digitalSignature"]),
      extendedKeyUsage: [oids.clientAuth],
      subjectAltNames: [],
    });
  });

  it("cA TRUE is refused, critical or not, with a path length or without; cA FALSE is nothing special", () => {
    const cA = (octet: number): DerPart => primitive(tags.BOOLEAN, Uint8Array.of(octet));
    for (const octet of [0xff, 0x01]) {
      expect(grant([[oids.basicConstraints, sequence(cA(octet))]])).toBe(notAllowed);
      expect(
        grant([[oids.basicConstraints, sequence(cA(octet), Uint8Array.of(2, 1, 0)), true]]),
      ).toBe(notAllowed);
    }
    expect(typeof grant([[oids.basicConstraints, sequence(cA(0)), true]])).toBe("object");
    expect(typeof grant([[oids.basicConstraints, sequence(), true]])).toBe("object");
  });

  it("keyCertSign and cRLSign are refused, alone or among others, even where a template lists them", () => {
    for (const asked of [
      usage("keyCertSign"),
      usage("cRLSign"),
      usage("digitalSignature", "keyCertSign"),
    ]) {
      expect(grant([asked])).toBe(notAllowed);
      expect(
        grant([asked], {
          keyUsage: { source: "fixed", allowed: ["keyCertSign"], default: ["digitalSignature"] },
        }),
      ).toBe(notAllowed);
    }
  });

  it.each(["2.5.29.36", "2.5.29.30", oids.microsoftSecurityIdentifier, "1.2.3.4"])(
    "%s is refused when critical and left out when not",
    (oid) => {
      expect(grant([[oid, octetString(new Uint8Array(4)), true]])).toBe(notAllowed);
      expect(grant([[oid, octetString(new Uint8Array(4))]])).toEqual(grant([]));
    },
  );

  it("key usages are those asked for within the template, else its own, and never none", () => {
    expect(usagesOf(grant([usage("digitalSignature", "keyEncipherment")]))).toEqual([
      "digitalSignature",
      "keyEncipherment",
    ]);
    expect(usagesOf(grant([usage("keyEncipherment", "nonRepudiation")]))).toEqual([
      "keyEncipherment",
    ]);
    expect(usagesOf(grant([usage("nonRepudiation")]))).toEqual(["digitalSignature"]);
    expect(usagesOf(grant([usage()]))).toEqual(["digitalSignature"]);
    const fixed = { source: "fixed", allowed: [], default: ["keyEncipherment"] } as const;
    expect(usagesOf(grant([usage("digitalSignature")], { keyUsage: fixed }))).toEqual([
      "keyEncipherment",
    ]);
    expect(usagesOf(grant([], { keyUsage: { ...fixed, default: [] } }))).toEqual([
      "digitalSignature",
    ]);
  });

  it("a key gets only what a key of its kind can do", () => {
    const all = {
      source: "request",
      allowed: ["digitalSignature", "keyEncipherment", "keyAgreement"],
      default: ["digitalSignature"],
    } as const;
    const asked = usage("digitalSignature", "keyEncipherment", "keyAgreement");
    expect(usagesOf(grant([asked], { keyUsage: all }, rsaKey))).toEqual([
      "digitalSignature",
      "keyEncipherment",
    ]);
    expect(usagesOf(grant([asked], { keyUsage: all }, ecKey))).toEqual([
      "digitalSignature",
      "keyAgreement",
    ]);
    const encipher = { source: "fixed", allowed: [], default: ["keyEncipherment"] } as const;
    expect(usagesOf(grant([], { keyUsage: encipher }, ecKey))).toEqual(["digitalSignature"]);
  });

  it("purposes outside the template are filtered, any purpose and smart-card logon among them", () => {
    const [anyPurpose, smartCardLogon, kerberos] = [
      "2.5.29.37.0",
      "1.3.6.1.4.1.311.20.2.2",
      "1.3.6.1.5.2.3.5",
    ];
    const granted = (...list: string[]): unknown => {
      const answer = grant([purposes(...list)]);
      return typeof answer === "string" ? answer : answer.extendedKeyUsage;
    };
    expect(granted(anyPurpose, oids.serverAuth, smartCardLogon, kerberos)).toEqual([
      oids.serverAuth,
    ]);
    expect(granted(anyPurpose)).toEqual([oids.clientAuth]);
    expect(granted()).toEqual([oids.clientAuth]);
    expect(granted(oids.serverAuth, oids.serverAuth, oids.clientAuth)).toEqual([
      oids.serverAuth,
      oids.clientAuth,
    ]);
  });

  it("names come back in the form they are compared in", () => {
    expect(namesOf(grant([names({ type: "dns", value: "HOST.Example.Test" })]))).toEqual([
      { type: "dns", value: "host.example.test" },
    ]);
  });

  it("a type of name that the template does not list is refused, not left out", () => {
    const dnsOnly = { subjectAltName: { types: ["dns"], wildcardDns: false } } as const;
    expect(namesOf(grant([names({ type: "dns", value: "a.test" })], dnsOnly))).toHaveLength(1);
    for (const name of [
      { type: "email", value: "a@b.test" },
      { type: "ip", value: "10.0.0.1" },
      { type: "upn", value: "administrator@b.test" },
      { type: "uri", value: "https://b.test/" },
    ] as const) {
      expect(grant([names({ type: "dns", value: "a.test" }, name)], dnsOnly)).toBe(nameNotAllowed);
    }
  });

  it("a wildcard DNS name is issued only where the template says so", () => {
    const asked = names({ type: "dns", value: "*.example.test" });
    expect(grant([asked])).toBe(nameNotAllowed);
    expect(
      namesOf(grant([asked], { subjectAltName: { types: ["dns"], wildcardDns: true } })),
    ).toHaveLength(1);
    for (const value of ["a.*.test", "*", "**.test", "a*.test"])
      expect(
        grant([names(characterString(primitiveContext(2), value))], {
          subjectAltName: { types: ["dns"], wildcardDns: true },
        }),
      ).toBe(nameNotAllowed);
  });

  it("a security identifier in a URI is refused in any letter case", () => {
    const sid = "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500";
    for (const value of [sid, sid.toUpperCase(), "TAG:Microsoft.com,2022-09-14:SID:x"])
      expect(grant([names({ type: "uri", value })])).toBe(nameNotAllowed);
    expect(
      namesOf(grant([names({ type: "uri", value: "tag:example.com,2022-09-14:sid:x" })])),
    ).toHaveLength(1);
  });

  it("a Kerberos principal is passed over where it repeats a UPN, as certmonger writes it, and refused else", () => {
    const upns = { subjectAltName: { types: ["upn"], wildcardDns: false } } as const;
    const upn = { type: "upn", value: "david@demo.test" } as const;
    const inContext = (number: number, ...parts: DerPart[]) =>
      constructed(constructedContext(number), parts);
    const kerberos = (text: string) => characterString(tags.GeneralString, text);
    const principal = (name: string, realm: string) =>
      inContext(
        0,
        encodeOid(oids.kerberosPrincipalName),
        inContext(
          0,
          sequence(
            inContext(0, kerberos(realm)),
            inContext(
              1,
              sequence(inContext(0, smallInteger(1)), inContext(1, sequence(kerberos(name)))),
            ),
          ),
        ),
      );
    const [own, other] = [principal("david", "DEMO.TEST"), principal("root", "demo.test")];
    expect(namesOf(grant([names(upn, own)], upns))).toEqual([upn]);
    expect(namesOf(grant([names(own, upn)], upns))).toEqual([upn]);
    for (const asked of [names(own), names(upn, other), names(upn, own, other)])
      expect(grant([asked], upns)).toBe(nameNotAllowed);
    const dnsOnly = { subjectAltName: { types: ["dns"], wildcardDns: false } } as const;
    expect(grant([names(upn, own)], dnsOnly)).toBe(nameNotAllowed);
    const broken = inContext(0, encodeOid(oids.kerberosPrincipalName), inContext(0, sequence()));
    expect(grant([names(upn, broken)], upns)).toBe(nameNotAllowed);
  });

  it("100 names are the most", () => {
    const list = Array.from(
      { length: 101 },
      (_, index) => ({ type: "dns", value: `h${index}.test` }) as const,
    );
    expect(namesOf(grant([names(...list.slice(1))]))).toHaveLength(100);
    expect(grant([names(...list)])).toBe(nameNotAllowed);
  });

  it.each<[string, DerPart]>([
    ["a directoryName", constructed(constructedContext(4), [sequence()])],
    ["a registeredID", primitive(primitiveContext(8), encodeOid("1.2.3").subarray(2))],
    [
      "an otherName of a kind we do not know",
      constructed(constructedContext(0), [
        encodeOid("1.2.3"),
        constructed(constructedContext(0), [characterString(tags.UTF8String, "x")]),
      ]),
    ],
    ["a DNS name with NUL", characterString(primitiveContext(2), "good.test\0.evil.test")],
    ["a DNS name with a space", characterString(primitiveContext(2), "a b.test")],
    ["a DNS name that is empty", characterString(primitiveContext(2), "")],
    ["a DNS name of only a dot", characterString(primitiveContext(2), ".")],
    ["a label of 64", characterString(primitiveContext(2), `${"a".repeat(64)}.test`)],
    ["a mail address without a domain", characterString(primitiveContext(1), "someone@")],
    ["a mail address of two", characterString(primitiveContext(1), "a@b@c.test")],
    ["an IP address with a mask", primitive(primitiveContext(7), new Uint8Array(8))],
    ["an IP address of 5 octets", primitive(primitiveContext(7), new Uint8Array(5))],
    ["a URI without a scheme", characterString(primitiveContext(6), "//example.test/")],
    [
      "a UPN with a mark that turns the direction",
      constructed(constructedContext(0), [
        encodeOid(oids.userPrincipalName),
        constructed(constructedContext(0), [characterString(tags.UTF8String, "a\u202eb@c.test")]),
      ]),
    ],
  ])("%s is refused", (_, name) => {
    expect(grant([names(name)])).toBe(nameNotAllowed);
  });

  it("what cannot be read is refused", () => {
    for (const oid of [
      oids.keyUsage,
      oids.extendedKeyUsage,
      oids.subjectAltName,
      oids.basicConstraints,
    ]) {
      for (const value of [
        Uint8Array.of(),
        Uint8Array.of(0x30, 0x80),
        Uint8Array.of(0x30, 5, 1),
        Uint8Array.of(3, 9, 1),
      ]) {
        expect(grant([[oid, value]])).toBe(notAllowed);
      }
    }
    expect(grant([[oids.keyUsage, primitive(tags["BIT STRING"], Uint8Array.of(8, 0))]])).toBe(
      notAllowed,
    );
    expect(grant([[oids.extendedKeyUsage, sequence(Uint8Array.of(5, 0))]])).toBe(notAllowed);
    expect(grant([[oids.extendedKeyUsage, setInOrder(encodeOid(oids.clientAuth))]])).toBe(
      notAllowed,
    );
  });

  it("what is granted is written anew: nothing of the request's own octets is needed", () => {
    const [, value] = names({ type: "upn", value: "user@example.test" });
    const again = readDer(encode(value)).children();
    expect(namesOf(grant([names(...again.map(({ der }) => der))]))).toEqual([
      { type: "upn", value: "user@example.test" },
    ]);
  });
});
