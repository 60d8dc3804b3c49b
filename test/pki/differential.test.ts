/** What we issue and what we read, held against the schema library and the runtime's own certificate reader. */
import { X509Certificate } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Attribute,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  Name,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareEndEntity } from "../../src/ca/issuance.ts";
import { checkRequestSignature } from "../../src/ca/key-policy.ts";
import { signatureAlgorithmDer } from "../../src/ca/signer.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import { DecodeError } from "../../src/pki/decode-error.ts";
import { encode, sequence } from "../../src/pki/der-writer.ts";
import { encodeDistinguishedName } from "../../src/pki/distinguished-name.ts";
import { readExtensions } from "../../src/pki/extensions.ts";
import { encodeGeneralName, parseGeneralName } from "../../src/pki/general-name.ts";
import { oids } from "../../src/pki/oids.ts";
import { ecdsaToDer } from "../../src/pki/signature.ts";
import { assembleCertificate } from "../../src/pki/tbs-certificate.ts";
import { arbitraryName, arbitraryOid } from "../support/arbitraries.ts";
import { endEntityContent } from "../support/authorities.ts";
import { expectOnlyDecodeErrors } from "../support/encodings.ts";
import { template } from "../support/templates.ts";

const buffer = (octets: Uint8Array): ArrayBuffer => octets.slice().buffer;
const seconds = (text: string): number => Date.parse(text) / 1000;

const moment = fc.oneof(
  fc.integer({ min: seconds("2000-01-01T00:00:00Z"), max: seconds("2100-01-01T00:00:00Z") }),
  fc.integer({ min: seconds("2049-12-31T23:59:50Z"), max: seconds("2050-01-01T00:00:10Z") }),
);
const serialOctets = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .filter(([first = 0]) => first !== 0);
const host = fc.stringMatching(/^[a-z][a-z0-9]{0,9}\.(test|example)$/);
const generalName = fc.oneof(
  host.map((value) => parseGeneralName("dns", value)),
  host.map((value) => parseGeneralName("email", `someone@${value}`)),
  fc.oneof(fc.ipV4(), fc.ipV6()).map((value) => parseGeneralName("ip", value)),
  host.map((value) => parseGeneralName("upn", `someone@${value}`)),
  host.map((value) => parseGeneralName("uri", `https://${value}/`)),
);

const base = await endEntityContent();
const device = fc.record({
  subject: arbitraryName,
  issuerName: arbitraryName,
  names: fc.array(generalName, { maxLength: 5 }),
  keyUsage: fc.integer({ min: 1, max: 0x1ff }),
  extendedKeyUsage: fc.array(arbitraryOid, { maxLength: 4 }),
  validity: fc
    .tuple(moment, moment)
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const),
  magnitude: serialOctets,
});

type Device = typeof device extends fc.Arbitrary<infer Value> ? Value : never;

function issue({
  subject,
  issuerName,
  names,
  keyUsage,
  extendedKeyUsage,
  validity,
  magnitude,
}: Device): Uint8Array {
  const algorithm = signatureAlgorithmDer("P-256");
  const tbs = prepareEndEntity(
    {
      ...base,
      subjectDer: encodeDistinguishedName(subject),
      keyUsage,
      extendedKeyUsage,
      ...(names.length > 0 && {
        subjectAltNameDer: encode(sequence(...names.map(encodeGeneralName))),
      }),
    },
    { notBeforeSeconds: validity[0], notAfterSeconds: validity[1] },
    { magnitude, hex: toHex(magnitude) },
    {
      subjectDer: encodeDistinguishedName(issuerName),
      keyIdentifier: new Uint8Array(20).fill(1),
      signatureAlgorithmDer: algorithm,
      notAfterSeconds: validity[1],
    },
  );
  return assembleCertificate(tbs, algorithm, new Uint8Array(70).fill(2));
}

describe("certificates", () => {
  it("of any content are what the schema library reads, and would write octet by octet", () => {
    fc.assert(
      fc.property(device, (wanted) => {
        const der = issue(wanted);
        const judged = AsnConvert.parse(der, Certificate);
        expect(new Uint8Array(AsnConvert.serialize(judged))).toEqual(der);
        const { tbsCertificate } = judged;
        const {
          subject,
          issuer,
          serialNumber,
          validity,
          extensions = new Extensions(),
        } = tbsCertificate;
        expect(tbsCertificate.version).toBe(Version.v3);
        expect(new Uint8Array(AsnConvert.serialize(subject))).toEqual(
          encodeDistinguishedName(wanted.subject),
        );
        expect(new Uint8Array(AsnConvert.serialize(issuer))).toEqual(
          encodeDistinguishedName(wanted.issuerName),
        );
        expect(toHex(new Uint8Array(serialNumber)).replace(/^00/, "")).toBe(
          toHex(wanted.magnitude),
        );
        expect(
          [validity.notBefore, validity.notAfter].map((time) => time.getTime().getTime() / 1000),
        ).toEqual(wanted.validity);
        const valueOf = (oid: string): ArrayBuffer | undefined =>
          extensions.find(({ extnID }) => extnID === oid)?.extnValue.buffer;
        expect(
          AsnConvert.parse(valueOf(oids.basicConstraints) ?? new ArrayBuffer(0), BasicConstraints)
            .cA,
        ).toBe(false);
        expect(
          AsnConvert.parse(
            valueOf(oids.authorityKeyIdentifier) ?? new ArrayBuffer(0),
            AuthorityKeyIdentifier,
          ).keyIdentifier?.byteLength,
        ).toBe(20);
        const purposes = valueOf(oids.extendedKeyUsage);
        expect(purposes ? [...AsnConvert.parse(purposes, ExtendedKeyUsage)] : []).toEqual(
          wanted.extendedKeyUsage,
        );
        const names = valueOf(oids.subjectAltName);
        expect(names ? AsnConvert.parse(names, SubjectAlternativeName) : []).toHaveLength(
          wanted.names.length,
        );
        expect(new Set(extensions.map(({ extnID }) => extnID)).size).toBe(extensions.length);
      }),
      { numRuns: 200 },
    );
  });

  it("of any content are what we read ourselves, and what the runtime reads", () => {
    fc.assert(
      fc.property(device, (wanted) => {
        const der = issue(wanted);
        const ours = parseCertificate(der);
        expect([ours.notBefore, ours.notAfter].map((date) => date.getTime() / 1000)).toEqual(
          wanted.validity,
        );
        expect(ours.subjectDer).toEqual(encodeDistinguishedName(wanted.subject));
        const runtime = new X509Certificate(der);
        expect(runtime.serialNumber.toLowerCase()).toBe(toHex(wanted.magnitude));
        expect(runtime.ca).toBe(false);
        expect([runtime.validFrom, runtime.validTo].map((text) => Date.parse(text) / 1000)).toEqual(
          wanted.validity,
        );
        expect(toHex(new Uint8Array(runtime.raw))).toBe(toHex(der));
      }),
      { numRuns: 100 },
    );
  });

  it("that the schema library built are read: old ones without extensions, negative serial numbers, both kinds of time", () => {
    const spki = AsnConvert.parse(base.subjectPublicKeyInfoDer, SubjectPublicKeyInfo);
    fc.assert(
      fc.property(
        arbitraryName,
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        moment,
        fc.boolean(),
        (name, serial, time, extended) => {
          const subject = AsnConvert.parse(encodeDistinguishedName(name), Name);
          const algorithm = new AlgorithmIdentifier({ algorithm: oids.ecdsaWithSHA256 });
          const extensions = new Extensions([
            new Extension({
              extnID: "1.2.3",
              critical: true,
              extnValue: new OctetString(new Uint8Array(3)),
            }),
          ]);
          const date = new Date(time * 1000);
          const tbsCertificate = new TBSCertificate({
            version: extended ? Version.v3 : Version.v1,
            serialNumber: buffer(serial),
            signature: algorithm,
            issuer: subject,
            subject,
            validity: new Validity({ notBefore: date, notAfter: date }),
            subjectPublicKeyInfo: spki,
            ...(extended && { extensions }),
          });
          const der = new Uint8Array(
            AsnConvert.serialize(
              new Certificate({
                tbsCertificate,
                signatureAlgorithm: algorithm,
                signatureValue: new ArrayBuffer(70),
              }),
            ),
          );
          const read = parseCertificate(der);
          expect(toHex(read.serialNumber)).toBe(toHex(serial));
          expect(read.issuerDer).toEqual(encodeDistinguishedName(name));
          expect(read.notAfter).toEqual(date);
          expect(read.signatureAlgorithm).toBe(oids.ecdsaWithSHA256);
          expect(read.extensions && [...readExtensions(read.extensions).keys()]).toEqual(
            extended ? ["1.2.3"] : undefined,
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("PKCS #10", () => {
  const keys = crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]) as Promise<CryptoKeyPair>;

  async function build(subject: Name, attributes: readonly Attribute[]): Promise<Uint8Array> {
    const { publicKey, privateKey } = await keys;
    const spki = await crypto.subtle.exportKey("spki", publicKey);
    if (!(spki instanceof ArrayBuffer)) throw new Error("not octets");
    const certificationRequestInfo = new CertificationRequestInfo({
      subject,
      subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
      attributes: new Attributes([...attributes]),
    });
    const info = AsnConvert.serialize(certificationRequestInfo);
    const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, info);
    const request = new CertificationRequest({
      certificationRequestInfo,
      signatureAlgorithm: new AlgorithmIdentifier({ algorithm: oids.ecdsaWithSHA256 }),
      signature: buffer(ecdsaToDer(new Uint8Array(raw))),
    });
    return new Uint8Array(AsnConvert.serialize(request));
  }

  const text = (tag: number, value: string): ArrayBuffer => {
    const octets = new TextEncoder().encode(value);
    return buffer(Uint8Array.of(tag, octets.length, ...octets));
  };
  const challenge = (...values: ArrayBuffer[]): Attribute =>
    new Attribute({ type: oids.challengePassword, values });
  const extensionRequest = (...extensions: Extension[]): Attribute =>
    new Attribute({
      type: oids.extensionRequest,
      values: [AsnConvert.serialize(new Extensions(extensions))],
    });

  it("that the schema library built is read whole, and its signature verifies over the octets we say it covers", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryName,
        fc.stringMatching(/^[ -~]{1,60}$/),
        fc.constantFrom(0x0c, 0x13, 0x16),
        fc.uniqueArray(arbitraryOid, { maxLength: 4 }),
        fc.boolean(),
        async (name, password, tag, list, reversed) => {
          const subject = AsnConvert.parse(encodeDistinguishedName(name), Name);
          const extensions = list.map(
            (extnID, index) =>
              new Extension({
                extnID,
                critical: index % 2 === 0,
                extnValue: new OctetString(Uint8Array.of(5, 0)),
              }),
          );
          const attributes = [challenge(text(tag, password)), extensionRequest(...extensions)];
          const der = await build(subject, reversed ? attributes.toReversed() : attributes);
          const read = parseCertificationRequest(der);
          expect(read.der).toEqual(der);
          expect(read.subjectDer).toEqual(encodeDistinguishedName(name));
          expect(read.challengePassword).toBe(password);
          expect([...read.extensions.values()].map(({ oid, critical }) => [oid, critical])).toEqual(
            list.map((oid, index) => [oid, index % 2 === 0]),
          );
          expect((await checkRequestSignature(read, template(), ["SHA-256"])).ok).toBe(true);
          const judged = AsnConvert.parse(der, CertificationRequest);
          expect(new Uint8Array(judged.certificationRequestInfoRaw ?? new ArrayBuffer(0))).toEqual(
            read.infoDer,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("any change of one octet that its signature covers is noticed", async () => {
    const der = await build(new Name(), [challenge(text(0x13, "secret"))]);
    const { infoDer } = parseCertificationRequest(der);
    const start = infoDer.byteOffset - der.byteOffset;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: start, max: start + infoDer.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (index, change) => {
          let read;
          try {
            read = parseCertificationRequest(der.with(index, (der[index] ?? 0) ^ change));
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
            return;
          }
          expect((await checkRequestSignature(read, template(), ["SHA-256"])).ok).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("altered in any way is read or is a DecodeError", async () => {
    const extension = new Extension({
      extnID: oids.keyUsage,
      extnValue: new OctetString(new Uint8Array(4)),
    });
    const name = AsnConvert.parse(
      encodeDistinguishedName([[{ type: "2.5.4.3", value: "device" }]]),
      Name,
    );
    const der = await build(name, [challenge(text(0x13, "secret")), extensionRequest(extension)]);
    expectOnlyDecodeErrors(der, [parseCertificationRequest]);
  });

  it.each<[string, () => readonly Attribute[]]>([
    ["two challengePasswords", () => [challenge(text(0x13, "a")), challenge(text(0x13, "b"))]],
    ["a challengePassword of two values", () => [challenge(text(0x13, "a"), text(0x13, "b"))]],
    ["a challengePassword of none", () => [challenge()]],
    ["a challengePassword that is a number", () => [challenge(buffer(Uint8Array.of(2, 1, 1)))]],
    ["a challengePassword in bad UTF-8", () => [challenge(buffer(Uint8Array.of(0x0c, 1, 0xff)))]],
    [
      "one extension twice",
      () => [
        extensionRequest(
          ...[1, 2].map(
            () => new Extension({ extnID: "1.2.3", extnValue: new OctetString(new Uint8Array(1)) }),
          ),
        ),
      ],
    ],
    ["two extension requests", () => [extensionRequest(), extensionRequest()]],
  ])("with %s is refused", async (_, attributes) => {
    const der = await build(new Name(), attributes());
    expect(() => parseCertificationRequest(der)).toThrow(DecodeError);
  });
});
