/** A CA that is its own agent opens and signs for the edge, and is an oracle for nobody (RFC 8894, section 2.1.2). */
import { beforeAll, describe, expect, it } from "vitest";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { authorities, inObject, nameDer, tbsOf } from "../support/authorities.ts";
import * as scep from "../support/scep-client/index.ts";

const pkcs1 = { name: "RSAES-PKCS1-v1_5" } as const;

interface OwnAgent {
  readonly id: string;
  readonly certificateDer: Uint8Array;
  readonly spki: Uint8Array;
}

let own: OwnAgent;
let ordinary: OwnAgent;

async function createAuthority(ownAgent: boolean): Promise<OwnAgent> {
  const id = crypto.randomUUID();
  const request = {
    ...{ id, tenantId: crypto.randomUUID(), subjectDer: nameDer(`CN=${id}`) },
    ...{ keyAlgorithm: "RSA-2048" as const, validitySeconds: 86_400, ownAgent },
  };
  const { certificateDer } = await authorities.get(id).create(request, "root");
  if (!certificateDer) throw new Error("no certificate");
  return { id, certificateDer, spki: parseCertificate(certificateDer).publicKey.der };
}

beforeAll(async () => {
  own = await createAuthority(true);
  ordinary = await createAuthority(false);
});

/** In the object itself: a fault there stays an exception here. */
const sign = (octets: Uint8Array, { id } = own): Promise<Uint8Array> =>
  inObject(id, (object) => object.signCertRep("SHA-256", octets));
const open = (encryptedKey: Uint8Array, keyLength: number, { id } = own): Promise<Uint8Array> =>
  inObject(id, (object) => object.openContentKey(pkcs1, encryptedKey, keyLength));

const { oids } = scep;
const attribute = (type: string, ...values: readonly scep.Bytes[]): scep.Bytes =>
  scep.attributeOf(type, ...values);
const nonce = scep.octetString(new Uint8Array(16).fill(7));

/** Type -> attribute, of a CertRep as the edge has it signed. */
const certRep = (messageType = "3"): Readonly<Record<string, scep.Bytes>> => ({
  [oids.contentType]: attribute(oids.contentType, scep.oid(oids.data)),
  [oids.messageDigest]: attribute(oids.messageDigest, scep.octetString(new Uint8Array(32).fill(9))),
  [oids.transactionID]: attribute(oids.transactionID, scep.printable("0123")),
  [oids.messageType]: attribute(oids.messageType, scep.printable(messageType)),
  [oids.senderNonce]: attribute(oids.senderNonce, nonce),
  [oids.recipientNonce]: attribute(oids.recipientNonce, nonce),
  [oids.pkiStatus]: attribute(oids.pkiStatus, scep.printable("0")),
});
const setOf = (attributes: Readonly<Record<string, scep.Bytes>>): scep.Bytes =>
  scep.setOf(...Object.values(attributes));

describe("signCertRep", () => {
  it("signs the signed attributes of a CertRep", async () => {
    const octets = setOf(certRep());
    const signature = await sign(octets);
    expect(scep.verifyWith(own.spki, "SHA-256", signature, octets)).toBe(true);
  });

  it("refuses a TBSCertificate, its own and a new one", async () => {
    const tbs = tbsOf(own.certificateDer);
    const forged = scep.buildCertificate({ key: scep.rsaKeyPair() }).tbs;
    for (const octets of [tbs, forged])
      await expect(sign(octets)).rejects.toThrow("not the signed attributes of a CertRep");
  });

  it("refuses a SET OF that is a TBSCertificate in all but its tag", async () => {
    const tbs = Uint8Array.from(tbsOf(own.certificateDer));
    tbs[0] = 0x31;
    await expect(sign(tbs)).rejects.toThrow();
  });

  it.each(Object.keys(certRep()))("refuses a SET OF without attribute %s", async (type) => {
    const { [type]: _, ...rest } = certRep();
    await expect(sign(setOf(rest))).rejects.toThrow("not the signed attributes of a CertRep");
  });

  it.each(Object.keys(certRep()))("refuses attribute %s with no value or two", async (type) => {
    const value = scep.printable("3");
    for (const values of [[], [value, scep.printable("4")]]) {
      const changed = { ...certRep(), [type]: attribute(type, ...values) };
      await expect(sign(setOf(changed))).rejects.toThrow("not the signed attributes of a CertRep");
    }
  });

  it.each(["19", "17", "20", "", "33", "3 ", "30"])(
    "refuses the attributes of a message of type '%s'",
    async (messageType) => {
      await expect(sign(setOf(certRep(messageType)))).rejects.toThrow();
    },
  );

  it("refuses a messageType that is no PrintableString", async () => {
    const messageType = attribute(oids.messageType, scep.characterString("3", scep.tag.utf8));
    await expect(sign(setOf({ ...certRep(), [oids.messageType]: messageType }))).rejects.toThrow();
  });

  it("refuses a SEQUENCE of the right attributes, something behind them, BER, and nothing at all", async () => {
    const right = setOf(certRep());
    const content = readDer(right).content;
    const indefinite = scep.concat(
      scep.bytes([0x31, 0x80]),
      scep.bytes(content),
      scep.bytes([0, 0]),
    );
    for (const octets of [
      scep.sequence(...Object.values(certRep())),
      scep.concat(right, scep.bytes([5, 0])),
      indefinite,
      scep.setOf(),
      scep.bytes([]),
      right.slice(0, -1),
    ])
      await expect(sign(octets)).rejects.toThrow();
  });

  it("refuses everything for a CA that was not made to be its own agent", async () => {
    await expect(sign(setOf(certRep()), ordinary)).rejects.toThrow("not made to be its own");
  });
});

describe("openContentKey", () => {
  it("gives back a content key of the length that was asked for", async () => {
    for (const length of [8, 16, 24, 32]) {
      const key = scep.bytes(crypto.getRandomValues(new Uint8Array(length)));
      expect(await open(scep.rsaesPkcs1(own.spki, key), length)).toEqual(key);
    }
  });

  it("gives back a random key of that length for everything else, another one each time", async () => {
    const key = scep.bytes(new Uint8Array(16).fill(1));
    const { modulus } = scep.rsaParts(own.spki);
    const badPadding = scep.rsaRaw(own.spki, scep.concat(scep.bytes([0, 1]), modulus.slice(2)));
    const sealed = scep.rsaesPkcs1(own.spki, key);
    for (const [encrypted, length] of [
      [badPadding, 16],
      [sealed, 32],
      [sealed, 8],
      [scep.rsaesPkcs1(own.spki, scep.bytes(new Uint8Array(48).fill(2))), 32],
    ] as const) {
      const [one, two] = [await open(encrypted, length), await open(encrypted, length)];
      expect([one.length, two.length]).toEqual([length, length]);
      expect(one).not.toEqual(two);
      expect(scep.hex(key)).not.toContain(scep.hex(one));
    }
  });

  it.each([0, -1, 1, 7, 9, 15, 17, 31, 33, 64, 245, 256, 1.5, Number.NaN])(
    "refuses a key length of %d: it does not read out what else is encrypted to the CA",
    async (length) => {
      const sealed = scep.rsaesPkcs1(own.spki, scep.bytes(new Uint8Array(16)));
      await expect(open(sealed, length)).rejects.toThrow("No cipher");
    },
  );

  it("refuses everything for a CA that was not made to be its own agent", async () => {
    const sealed = scep.rsaesPkcs1(ordinary.spki, scep.bytes(new Uint8Array(16)));
    await expect(open(sealed, 16, ordinary)).rejects.toThrow("not made to be its own");
  });
});
