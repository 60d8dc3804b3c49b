/** SignedData: ours read by the schema library and the runtime, the library's read by ours, altered octets by all readers. */
import { createHash, createVerify } from "node:crypto";
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate, SubjectKeyIdentifier } from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestAlgorithms } from "../../src/pki/algorithms.ts";
import { toHex, toPem } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import {
  attribute,
  buildCertificatesOnly,
  buildSignedData,
  readSignedData,
  singleValue,
} from "../../src/pki/cms-signed-data.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { characterString, encode, octetString } from "../../src/pki/der-writer.ts";
import { readDistinguishedName } from "../../src/pki/distinguished-name.ts";
import { readExtensions } from "../../src/pki/extensions.ts";
import { oids } from "../../src/pki/oids.ts";
import { createSignerKey } from "../../src/pki/rsa-signer-key.ts";
import { verifySignature } from "../../src/pki/signature.ts";
import { readPkiMessage } from "../../src/scep/received-message.ts";
import { createAgent } from "../support/agents.ts";
import { expectOnlyDecodeErrors } from "../support/encodings.ts";

const buffer = (octets: Uint8Array): ArrayBuffer => octets.slice().buffer;

const agent = await createAgent();

const message = (
  content: Uint8Array,
  digest: keyof typeof digestAlgorithms,
  text: string,
): Promise<Uint8Array> =>
  buildSignedData(
    {
      content,
      digest: digestAlgorithms[digest],
      signedAttrs: [
        attribute(oids.transactionID, characterString(0x13, text)),
        attribute(oids.senderNonce, octetString(new Uint8Array(16).fill(1))),
      ],
      issuerAndSerialNumberDer: parseCertificate(agent.certificateDer).issuerAndSerialNumberDer,
      certificateDer: agent.certificateDer,
    },
    createSignerKey(agent.pkcs8),
  );

const digestName = fc.constantFrom("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512");
const transactionID = fc.stringMatching(/^[A-Za-z0-9]{1,64}$/);

describe("SignedData", () => {
  it("of ours is what the schema library reads and would write, and the runtime verifies it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        digestName,
        transactionID,
        async (content, name, text) => {
          const der = await message(content, name, text);
          const outer = AsnConvert.parse(der, ContentInfo);
          expect(outer.contentType).toBe(oids.signedData);
          const signed = AsnConvert.parse(outer.content, SignedData);
          expect(
            new Uint8Array(
              AsnConvert.serialize(
                new ContentInfo({
                  contentType: outer.contentType,
                  content: AsnConvert.serialize(signed),
                }),
              ),
            ),
          ).toEqual(der);
          expect(
            new Uint8Array(signed.encapContentInfo.eContent?.single?.buffer ?? new ArrayBuffer(0)),
          ).toEqual(content);
          const [signer, ...more] = signed.signerInfos;
          if (!signer || more.length > 0) throw new Error("not exactly one signerInfo");
          expect(signed.digestAlgorithms.map(({ algorithm }) => algorithm)).toEqual([
            signer.digestAlgorithm.algorithm,
          ]);
          const attributes = new Map(
            signer.signedAttrs?.map(({ attrType, attrValues }) => [attrType, attrValues]),
          );
          const digest = createHash(name.toLowerCase().replace("-", "")).update(content).digest();
          expect(
            toHex(
              new Uint8Array(
                attributes.get(oids.messageDigest)?.[0] ?? new ArrayBuffer(0),
              ).subarray(2),
            ),
          ).toBe(digest.toString("hex"));
          expect([...attributes.keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
            [oids.contentType, oids.messageDigest, oids.senderNonce, oids.transactionID].toSorted(
              (a, b) => (a < b ? -1 : 1),
            ),
          );
          const covered = readSignedData(der).signerInfos[0]?.signedAttrsDer ?? new Uint8Array();
          const verifier = createVerify(name.replace("-", "")).update(covered);
          expect(
            verifier.verify(
              toPem("PUBLIC KEY", agent.spki),
              new Uint8Array(signer.signature.buffer),
            ),
          ).toBe(true);
          expect(
            signed.certificates?.map((one) => toHex(new Uint8Array(AsnConvert.serialize(one)))),
          ).toEqual([toHex(agent.certificateDer)]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("of the schema library is what we read: attributes in any order, both ways to name the signer", async () => {
    const certificate = parseCertificate(agent.certificateDer);
    const key = createSignerKey(agent.pkcs8);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        transactionID,
        fc.boolean(),
        async (content, text, byIdentifier) => {
          const attributes = [
            [oids.transactionID, encode(characterString(0x13, text))],
            [
              oids.messageDigest,
              encode(octetString(new Uint8Array(createHash("sha256").update(content).digest()))),
            ],
            [oids.contentType, Uint8Array.of(6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1)],
          ] as const;
          const signedAttrs = attributes.map(
            ([attrType, value]) => new Attribute({ attrType, attrValues: [buffer(value)] }),
          );
          const unsigned = new SignerInfo({
            version: byIdentifier ? CMSVersion.v3 : CMSVersion.v1,
            sid: new SignerIdentifier(
              byIdentifier
                ? { subjectKeyIdentifier: new SubjectKeyIdentifier(new Uint8Array(20).fill(4)) }
                : {
                    issuerAndSerialNumber: AsnConvert.parse(
                      certificate.issuerAndSerialNumberDer,
                      IssuerAndSerialNumber,
                    ),
                  },
            ),
            digestAlgorithm: new AlgorithmIdentifier({ algorithm: oids.sha256, parameters: null }),
            signedAttrs,
            signatureAlgorithm: new AlgorithmIdentifier({
              algorithm: oids.sha256WithRSAEncryption,
              parameters: null,
            }),
            signature: new OctetString(),
          });
          const write = (signer: SignerInfo): Uint8Array => {
            const signed = new SignedData({
              version: CMSVersion.v1,
              digestAlgorithms: new DigestAlgorithmIdentifiers([signer.digestAlgorithm]),
              encapContentInfo: new EncapsulatedContentInfo({
                eContentType: oids.data,
                eContent: new EncapsulatedContent({ single: new OctetString(content) }),
              }),
              certificates: new CertificateSet([
                new CertificateChoices({
                  certificate: AsnConvert.parse(agent.certificateDer, Certificate),
                }),
              ]),
              signerInfos: new SignerInfos([signer]),
            });
            return new Uint8Array(
              AsnConvert.serialize(
                new ContentInfo({
                  contentType: oids.signedData,
                  content: AsnConvert.serialize(signed),
                }),
              ),
            );
          };
          const covered =
            readSignedData(write(unsigned)).signerInfos[0]?.signedAttrsDer ?? new Uint8Array();
          unsigned.signature = new OctetString(await key.sign("SHA-256", covered));
          const [signer] = readSignedData(write(unsigned)).signerInfos;
          if (!signer?.signedAttrsDer) throw new Error("no signed attributes");
          expect([...signer.signedAttrs.keys()]).toEqual(attributes.map(([type]) => type));
          expect(
            toHex(singleValue(signer.signedAttrs, oids.transactionID)?.content ?? new Uint8Array()),
          ).toBe(toHex(new TextEncoder().encode(text)));
          expect(signer.issuerAndSerialNumberDer).toEqual(
            byIdentifier ? undefined : certificate.issuerAndSerialNumberDer,
          );
          expect(signer.subjectKeyIdentifier?.length).toBe(byIdentifier ? 20 : undefined);
          const read = readSignedData(write(unsigned));
          expect([read.contentType, toHex(read.content ?? new Uint8Array())]).toEqual([
            oids.data,
            toHex(content),
          ]);
          expect(read.certificates.map(({ der }) => toHex(der))).toEqual([
            toHex(agent.certificateDer),
          ]);
          expect(
            await verifySignature(
              certificate.publicKey,
              "SHA-256",
              signer.signature,
              signer.signedAttrsDer,
            ),
          ).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("that carries only certificates keeps their order and their duplicates", () => {
    const list = [agent.certificateDer, agent.certificateDer];
    const der = buildCertificatesOnly(list);
    const signed = AsnConvert.parse(AsnConvert.parse(der, ContentInfo).content, SignedData);
    expect(signed.certificates).toHaveLength(2);
    expect([
      signed.signerInfos.length,
      signed.digestAlgorithms.length,
      signed.encapContentInfo.eContent,
    ]).toEqual([0, 0, undefined]);
    expect(readSignedData(der).certificates.map((one) => toHex(one.der))).toEqual(list.map(toHex));
  });
});

describe("altered octets are read or are a DecodeError", () => {
  it("of a pkiMessage", async () => {
    expectOnlyDecodeErrors(await message(new Uint8Array(50), "SHA-256", "transaction"), [
      readSignedData,
      readPkiMessage,
    ]);
  });

  it("of a certificate, its names and its extensions", () => {
    expectOnlyDecodeErrors(agent.certificateDer, [
      (octets) => {
        const { subjectDer, issuerDer, extensions } = parseCertificate(octets);
        for (const name of [subjectDer, issuerDer]) readDistinguishedName(readDer(name));
        if (extensions) readExtensions(extensions);
      },
    ]);
  });
});
