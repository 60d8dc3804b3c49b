/** EnvelopedData: ours opened by the schema library and the runtime, the library's opened by ours. */
import {
  constants,
  createDecipheriv,
  pbkdf2Sync,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto";
import {
  CMSVersion,
  ContentInfo,
  EncryptedContent,
  EncryptedContentInfo,
  EnvelopedData,
  IssuerAndSerialNumber,
  KeyTransRecipientInfo,
  RecipientIdentifier,
  RecipientInfo,
  RecipientInfos,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, SubjectKeyIdentifier } from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentEncryptionAlgorithms, contentEncryptionNames } from "../../src/pki/algorithms.ts";
import { toHex, toPem } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { openEnvelope, readEnvelopedData, sealEnvelope } from "../../src/pki/cms-enveloped-data.ts";
import { encryptContent } from "../../src/pki/content-encryption.ts";
import { type DerElement, readDer } from "../../src/pki/der-reader.ts";
import { encode, octetString } from "../../src/pki/der-writer.ts";
import { oids, readOid } from "../../src/pki/oids.ts";
import { derivePasswordKey } from "../../src/pki/password-recipient.ts";
import { createRecipientKey } from "../../src/pki/rsa-key-transport.ts";
import { createAgent } from "../support/agents.ts";
import { expectOnlyDecodeErrors } from "../support/encodings.ts";

const buffer = (octets: Uint8Array): ArrayBuffer => octets.slice().buffer;

const agent = await createAgent();

describe("EnvelopedData", () => {
  const content = fc.uint8Array({ maxLength: 300 });
  const cipherName = fc.constantFrom(...contentEncryptionNames);
  const node = (name: string): string => name.toLowerCase();
  const sealed = (octets: Uint8Array, name: (typeof contentEncryptionNames)[number]): Uint8Array =>
    sealEnvelope(
      octets,
      {
        kind: "key-transport",
        issuerAndSerialNumberDer: parseCertificate(agent.certificateDer).issuerAndSerialNumberDer,
        subjectPublicKeyInfoDer: agent.spki,
      },
      contentEncryptionAlgorithms[name],
    );

  it("of ours is what the schema library reads and would write, and the runtime opens it", () => {
    fc.assert(
      fc.property(content, cipherName, (octets, name) => {
        const der = sealed(octets, name);
        const outer = AsnConvert.parse(der, ContentInfo);
        const enveloped = AsnConvert.parse(outer.content, EnvelopedData);
        expect(
          new Uint8Array(
            AsnConvert.serialize(
              new ContentInfo({
                contentType: outer.contentType,
                content: AsnConvert.serialize(enveloped),
              }),
            ),
          ),
        ).toEqual(der);
        const transport = enveloped.recipientInfos[0]?.ktri;
        const { contentEncryptionAlgorithm, encryptedContent } = enveloped.encryptedContentInfo;
        if (!transport || !encryptedContent?.value) throw new Error("not an envelope for one key");
        const block = privateDecrypt(
          { key: toPem("PRIVATE KEY", agent.pkcs8), padding: constants.RSA_PKCS1_PADDING },
          new Uint8Array(transport.encryptedKey.buffer),
        );
        const vector = new Uint8Array(
          contentEncryptionAlgorithm.parameters ?? new ArrayBuffer(0),
        ).subarray(2);
        const decipher = createDecipheriv(node(name), block, vector);
        const opened = Buffer.concat([
          decipher.update(new Uint8Array(encryptedContent.value.buffer)),
          decipher.final(),
        ]);
        expect(opened.toString("hex")).toBe(toHex(octets));
      }),
      { numRuns: 60 },
    );
  });

  it("of the schema library is what we open: whole or in pieces, both ways to name the recipient, among others", async () => {
    const { publicKey, issuerAndSerialNumberDer } = parseCertificate(agent.certificateDer);
    if (publicKey.kind !== "RSA") throw new Error("not an RSA key");
    const recipient = createRecipientKey(agent.pkcs8, publicKey.modulus);
    await fc.assert(
      fc.asyncProperty(
        content,
        cipherName,
        fc.boolean(),
        fc.boolean(),
        async (octets, name, inPieces, byIdentifier) => {
          const algorithm = contentEncryptionAlgorithms[name];
          const key = crypto.getRandomValues(new Uint8Array(algorithm.keyLength));
          const vector = crypto.getRandomValues(new Uint8Array(algorithm.blockLength));
          const ciphertext = encryptContent(algorithm, key, vector, octets);
          const halves = [ciphertext.subarray(0, 5), ciphertext.subarray(5)].map(
            (half) => new OctetString(half.slice()),
          );
          const info = new RecipientInfo({
            ktri: new KeyTransRecipientInfo({
              version: byIdentifier ? CMSVersion.v2 : CMSVersion.v0,
              rid: new RecipientIdentifier(
                byIdentifier
                  ? { subjectKeyIdentifier: new SubjectKeyIdentifier(new Uint8Array(20).fill(9)) }
                  : {
                      issuerAndSerialNumber: AsnConvert.parse(
                        issuerAndSerialNumberDer,
                        IssuerAndSerialNumber,
                      ),
                    },
              ),
              keyEncryptionAlgorithm: new AlgorithmIdentifier({
                algorithm: oids.rsaEncryption,
                parameters: null,
              }),
              encryptedKey: new OctetString(
                new Uint8Array(
                  publicEncrypt(
                    { key: toPem("PUBLIC KEY", agent.spki), padding: constants.RSA_PKCS1_PADDING },
                    key,
                  ),
                ),
              ),
            }),
          });
          const enveloped = new EnvelopedData({
            version: CMSVersion.v0,
            recipientInfos: new RecipientInfos([info]),
            encryptedContentInfo: new EncryptedContentInfo({
              contentType: oids.data,
              contentEncryptionAlgorithm: new AlgorithmIdentifier({
                algorithm: algorithm.oid,
                parameters: buffer(encode(octetString(vector))),
              }),
              encryptedContent: new EncryptedContent(
                inPieces
                  ? { constructedValue: halves }
                  : { value: new OctetString(ciphertext.slice()) },
              ),
            }),
          });
          const der = new Uint8Array(
            AsnConvert.serialize(
              new ContentInfo({
                contentType: oids.envelopedData,
                content: AsnConvert.serialize(enveloped),
              }),
            ),
          );
          const { recipients, contentEncryption, initialisationVector, encryptedContent } =
            readEnvelopedData(der);
          const [first] = recipients;
          if (!first?.transport || !contentEncryption || !initialisationVector)
            throw new Error("not read whole");
          expect(first.subjectKeyIdentifier?.length).toBe(byIdentifier ? 20 : undefined);
          expect(first.issuerAndSerialNumberDer).toEqual(
            byIdentifier ? undefined : issuerAndSerialNumberDer,
          );
          const opened = await openEnvelope(
            {
              transport: first.transport,
              encryptedKey: first.encryptedKey,
              contentEncryption,
              initialisationVector,
              encryptedContent,
            },
            recipient,
          );
          expect([opened.intact, toHex(new Uint8Array(opened.content))]).toEqual([
            true,
            toHex(octets),
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("for a password is what the runtime opens with that password and with no other", async () => {
    const octets = new Uint8Array(77).fill(8);
    const key = await derivePasswordKey("challenge");
    const der = sealEnvelope(
      octets,
      { kind: "password", key },
      contentEncryptionAlgorithms["AES-128-CBC"],
    );
    // The schema library takes [0] for EXPLICIT here, against RFC 5652: read by hand.
    const [, explicit] = readDer(der).children();
    const [version, recipients, encrypted] = explicit?.children()[0]?.children() ?? [];
    const [pwriVersion, derivation, encryption, wrapped] =
      recipients?.children()[0]?.children() ?? [];
    const [, contentAlgorithm, ciphertext] = encrypted?.children() ?? [];
    const [derivationOid, derivationParameters] = derivation?.children() ?? [];
    const [, contentVector] = contentAlgorithm?.children() ?? [];
    const [, wrapAlgorithm] = encryption?.children() ?? [];
    const [, wrapVector] = wrapAlgorithm?.children() ?? [];
    if (
      !derivationOid ||
      !derivationParameters ||
      !wrapVector ||
      !wrapped ||
      !contentVector ||
      !ciphertext
    )
      throw new Error("not an envelope for a password");
    expect(readOid(derivationOid.content)).toBe(oids.pbkdf2);
    expect([version, pwriVersion].map((field) => field?.content[0])).toEqual([3, 0]);
    expect(recipients?.children()[0]?.tag).toBe(0xa3);
    const open = (text: string): Uint8Array | undefined => {
      const contentKey = unwrap(
        passwordKey(text, derivationParameters),
        wrapVector.content,
        wrapped.content,
      );
      if (!contentKey) return undefined;
      const decipher = createDecipheriv("aes-128-cbc", contentKey, contentVector.content);
      return new Uint8Array(Buffer.concat([decipher.update(ciphertext.content), decipher.final()]));
    };
    expect(open("challenge")).toEqual(octets);
    expect(open("Challenge")).toBeUndefined();
  });

  it("altered in any way is read or is a DecodeError", () => {
    expectOnlyDecodeErrors(sealed(new Uint8Array(100), "AES-128-CBC"), [readEnvelopedData]);
  });
});

/** PBKDF2 (RFC 8018) as its parameters say. */
function passwordKey(password: string, parameters: DerElement): Uint8Array {
  const [salt, count] = parameters.children();
  if (!salt || !count) throw new Error("no parameters of PBKDF2");
  const iterations = count.content.reduce((number, octet) => number * 256 + octet, 0);
  return new Uint8Array(pbkdf2Sync(password, salt.content, iterations, 32, "sha256"));
}

/** RFC 3211, section 2.3.2: decrypted twice, the last block first; undefined when the check octets are wrong. */
function unwrap(key: Uint8Array, vector: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  const decrypt = (iv: Uint8Array, octets: Uint8Array): Uint8Array => {
    const decipher = createDecipheriv("aes-256-cbc", key, iv);
    decipher.setAutoPadding(false);
    return new Uint8Array(Buffer.concat([decipher.update(octets), decipher.final()]));
  };
  const lastVector = decrypt(wrapped.subarray(-32, -16), wrapped.subarray(-16));
  const inner = decrypt(lastVector, wrapped);
  const plain = decrypt(vector, inner);
  const [length = 0, ...check] = plain.subarray(0, 4);
  const contentKey = plain.slice(4, 4 + length);
  const right = check.every((octet, index) => octet === ((contentKey[index] ?? 0) ^ 0xff));
  return right && length === 16 ? contentKey : undefined;
}
