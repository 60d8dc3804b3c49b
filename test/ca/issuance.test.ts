/** Serial numbers, the judgement of transactions, and what a CA writes down before it signs. */
import { describe, expect, it } from "vitest";
import { applyTemplate } from "../../src/ca/end-entity.ts";
import {
  type Issuer,
  prepareCertificationAuthority,
  prepareEndEntity,
  prepareEnrolmentAgent,
  prepareOcspResponder,
  validityFrom,
} from "../../src/ca/issuance.ts";
import { issuerAddresses } from "../../src/ca/publication-addresses.ts";
import { randomSerialNumber } from "../../src/ca/serial-number.ts";
import { signatureAlgorithmDer } from "../../src/ca/signer.ts";
import {
  type EarlierIssue,
  judgeTransaction,
  repeatWindowSeconds,
} from "../../src/ca/transaction.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import {
  bitString,
  constructed,
  encode,
  sequence,
  smallInteger,
} from "../../src/pki/der-writer.ts";
import { readBitString, readExtendedKeyUsage, readExtensions } from "../../src/pki/extensions.ts";
import { encodeGeneralName } from "../../src/pki/general-name.ts";
import { keyUsageBits, keyUsageNamesOf, readKeyUsageBits } from "../../src/pki/key-usage.ts";
import { encodeOid, oids } from "../../src/pki/oids.ts";
import { ecdsaToDer } from "../../src/pki/signature.ts";
import { assembleCertificate } from "../../src/pki/tbs-certificate.ts";
import { endEntityContent, nameDer } from "../support/authorities.ts";
import { template, unvalidated } from "../support/templates.ts";

describe("serial numbers", () => {
  it("a million are all different, positive, at most 20 octets, and as random as they should be", async () => {
    const total = 1_000_000;
    const chunk = 100_000;
    const seen = new Set<string>();
    const ones = new Float64Array(127);
    for (let drawn = 0; drawn < total; drawn += chunk) {
      for (let index = 0; index < chunk; index++) {
        const { magnitude, hex } = randomSerialNumber();
        seen.add(hex);
        if (
          magnitude.length > 20 ||
          (magnitude[0] ?? 0) === 0 ||
          (magnitude.length === 16 && (magnitude[0] ?? 0) > 0x7f)
        )
          throw new Error(`a serial number against RFC 5280: ${hex}`);
        for (let bit = 0; bit < 127; bit++) {
          const octet = magnitude[magnitude.length - 1 - (bit >> 3)] ?? 0;
          ones[bit] = (ones[bit] ?? 0) + ((octet >> (bit & 7)) & 1);
        }
      }
      // Lets the runtime breathe between chunks.
      await scheduler.wait(0);
    }
    expect(seen.size).toBe(total);
    // Monobit test over all, and over each of the 127 bits: six standard deviations.
    const sum = ones.reduce((all, count) => all + count, 0);
    expect(Math.abs(2 * sum - 127 * total) / Math.sqrt(127 * total)).toBeLessThan(6);
    for (const count of ones)
      expect(Math.abs(2 * count - total) / Math.sqrt(total)).toBeLessThan(6);
  }, 60_000);

  it("the hexadecimal form is that of the octets, whole ones, in lower case", () => {
    for (let round = 0; round < 2000; round++) {
      const { magnitude, hex } = randomSerialNumber();
      expect(hex).toBe(toHex(magnitude));
      expect(hex).toMatch(/^([0-9a-f]{2})+$/);
    }
  });
});

const hour = 3600;
const day = 24 * hour;
const earlier = (changes: Partial<EarlierIssue> = {}): EarlierIssue => ({
  serialNumberHex: "01",
  requestDigestHex: "aa",
  signer: "self-signed",
  recordedAtSeconds: 0,
  notBeforeSeconds: 0,
  notAfterSeconds: 365 * day,
  ...changes,
});
const request = { requestDigestHex: "aa", signer: "self-signed" };

describe("one transactionID again", () => {
  it("nothing earlier: a new transaction", () => {
    expect(judgeTransaction([], request, 0)).toEqual({ kind: "new" });
  });

  it("the same request is a repeat for a day, to the second", () => {
    expect(judgeTransaction([earlier()], request, 0)).toEqual({
      kind: "repeat",
      serialNumberHex: "01",
    });
    expect(judgeTransaction([earlier()], request, day - 1).kind).toBe("repeat");
    expect(judgeTransaction([earlier()], request, day).kind).toBe("new");
  });

  it("for a third of its life when the certificate is short-lived", () => {
    const short = earlier({ notAfterSeconds: 6 * hour });
    expect(repeatWindowSeconds(short)).toBe(2 * hour);
    expect(judgeTransaction([short], request, 2 * hour - 1).kind).toBe("repeat");
    expect(judgeTransaction([short], request, 2 * hour).kind).toBe("new");
    expect(repeatWindowSeconds(earlier({ notAfterSeconds: 3 * day }))).toBe(day);
    expect(repeatWindowSeconds(earlier({ notAfterSeconds: 3 * day - 3 }))).toBe(day - 1);
  });

  it("another request is a conflict as long as what was issued lives, and not afterwards", () => {
    const other = { ...request, requestDigestHex: "bb" };
    const issue = earlier({ notAfterSeconds: 10 * day });
    expect(judgeTransaction([issue], other, 0)).toEqual({
      kind: "conflict",
      serialNumberHex: "01",
    });
    expect(judgeTransaction([issue], other, 10 * day).kind).toBe("conflict");
    expect(judgeTransaction([issue], other, 10 * day + 1).kind).toBe("new");
  });

  it("a repeat is found among several, and wins over what would conflict", () => {
    const issues = [
      earlier({ serialNumberHex: "02", requestDigestHex: "bb", notAfterSeconds: 5 * hour }),
      earlier({ serialNumberHex: "01" }),
    ];
    expect(judgeTransaction(issues, request, hour)).toEqual({
      kind: "repeat",
      serialNumberHex: "01",
    });
  });

  it("a renewal is signed by a certificate of ours: with the same key and request it is no repeat", () => {
    const renewal = { ...request, signer: "01" };
    expect(judgeTransaction([earlier()], renewal, hour)).toEqual({ kind: "new" });
    const renewed = earlier({ serialNumberHex: "02", signer: "01" });
    expect(judgeTransaction([renewed, earlier()], renewal, hour)).toEqual({
      kind: "repeat",
      serialNumberHex: "02",
    });
    expect(judgeTransaction([renewed, earlier()], { ...request, signer: "02" }, hour).kind).toBe(
      "new",
    );
  });
});

const now = Math.floor(Date.now() / 1000);
const issuer: Issuer = {
  subjectDer: nameDer("CN=Issuing CA,O=Demo"),
  keyIdentifier: new Uint8Array(20).fill(7),
  signatureAlgorithmDer: signatureAlgorithmDer("P-256"),
  notAfterSeconds: now + 100 * day,
};
const lasting = { notBeforeSeconds: now - 300, notAfterSeconds: now + day };
const read = (tbsDer: Uint8Array) => {
  const certificate = parseCertificate(
    assembleCertificate(tbsDer, issuer.signatureAlgorithmDer, new Uint8Array(8)),
  );
  if (!certificate.extensions) throw new Error("no extensions");
  return { ...certificate, extensions: readExtensions(certificate.extensions) };
};
const usagesIn = (certificate: ReturnType<typeof read>): readonly string[] =>
  keyUsageNamesOf(
    readKeyUsageBits(
      readBitString(certificate.extensions.get(oids.keyUsage)?.value ?? new Uint8Array()),
    ),
  );

describe("what is signed", () => {
  it("validity begins a little in the past and its last second belongs to it", () => {
    expect(validityFrom(1000, { backdateSeconds: 300, validitySeconds: 60 }, issuer)).toEqual({
      notBeforeSeconds: 700,
      notAfterSeconds: 1059,
    });
  });

  it("nothing outlives its issuer, to the second", () => {
    const { notAfterSeconds } = issuer;
    const left = notAfterSeconds - now;
    for (const validitySeconds of [left, left + 1, left + 2, 1000 * day]) {
      const validity = validityFrom(now, { backdateSeconds: 0, validitySeconds }, issuer);
      expect(validity.notAfterSeconds).toBe(Math.min(now + validitySeconds - 1, notAfterSeconds));
    }
  });

  it("a device's certificate names its subject, its key and its issuer, with critical key usage always", async () => {
    const content = await endEntityContent();
    const serialNumber = randomSerialNumber();
    const certificate = read(prepareEndEntity(content, lasting, serialNumber, issuer));
    expect(certificate.subjectDer).toEqual(content.subjectDer);
    expect(certificate.issuerDer).toEqual(issuer.subjectDer);
    expect(certificate.publicKey.der).toEqual(content.subjectPublicKeyInfoDer);
    expect(toHex(certificate.serialNumber).replace(/^00/, "")).toBe(serialNumber.hex);
    expect(certificate.extensions.get(oids.keyUsage)?.critical).toBe(true);
    expect(usagesIn(certificate)).toEqual(["digitalSignature"]);
    const identifier = certificate.extensions.get(oids.authorityKeyIdentifier)?.value;
    expect(toHex(identifier ?? new Uint8Array())).toContain(toHex(issuer.keyIdentifier));
  });

  it("no request, however bold, ends in a device's certificate with a CA's usages", async () => {
    for (const bits of [keyUsageBits(["keyCertSign"]), 0x1ff, 0xffff]) {
      const content = await endEntityContent({ keyUsage: bits });
      const certificate = read(prepareEndEntity(content, lasting, randomSerialNumber(), issuer));
      expect(usagesIn(certificate)).not.toContain("keyCertSign");
      expect(usagesIn(certificate)).not.toContain("cRLSign");
      expect(certificate.extensions.get(oids.basicConstraints)).toMatchObject({
        critical: true,
        value: Uint8Array.of(0x30, 0),
      });
    }
  });

  it("the alternative names are critical exactly when the subject is empty", async () => {
    const subjectAltNameDer = encode(sequence(encodeGeneralName({ type: "dns", value: "a.test" })));
    for (const subject of ["", "CN=a"]) {
      const content = await endEntityContent({ subjectDer: nameDer(subject), subjectAltNameDer });
      const { extensions } = read(prepareEndEntity(content, lasting, randomSerialNumber(), issuer));
      expect(extensions.get(oids.subjectAltName)).toMatchObject({
        critical: subject === "",
        value: subjectAltNameDer,
      });
    }
    const without = read(
      prepareEndEntity(
        await endEntityContent({ extendedKeyUsage: [] }),
        lasting,
        randomSerialNumber(),
        issuer,
      ),
    );
    expect(without.extensions.has(oids.subjectAltName)).toBe(false);
    expect(without.extensions.has(oids.extendedKeyUsage)).toBe(false);
  });

  it("an enrolment agent signs and opens, and a CA certifies and does not open", async () => {
    const { subjectDer, subjectPublicKeyInfoDer, subjectKeyIdentifier } = await endEntityContent();
    const content = { subjectDer, subjectPublicKeyInfoDer, subjectKeyIdentifier, ...lasting };
    const agent = read(prepareEnrolmentAgent(content, randomSerialNumber(), issuer));
    expect(usagesIn(agent)).toEqual(["digitalSignature", "keyEncipherment"]);
    expect(
      readExtendedKeyUsage(agent.extensions.get(oids.extendedKeyUsage)?.value ?? new Uint8Array()),
    ).toEqual([oids.certificateRequestAgent]);
    const authority = read(
      prepareCertificationAuthority({})(content, randomSerialNumber(), issuer),
    );
    expect(usagesIn(authority)).toEqual(["digitalSignature", "keyCertSign", "cRLSign"]);
    expect(authority.extensions.get(oids.basicConstraints)).toMatchObject({ critical: true });
    expect(
      toHex(authority.extensions.get(oids.basicConstraints)?.value ?? new Uint8Array()),
    ).toContain("0101ff");
  });
});

describe("where certificates send relying parties", () => {
  const addresses = issuerAddresses("http://pki.test", "ca-1");
  const texts = (tbsDer: Uint8Array) => {
    const { extensions } = read(tbsDer);
    return [oids.cRLDistributionPoints, oids.authorityInfoAccess].map((oid) => {
      const extension = extensions.get(oid);
      expect(extension?.critical ?? false).toBe(false);
      return extension && String.fromCharCode(...extension.value);
    });
  };

  it("to the addresses of their issuer, as the template chooses", async () => {
    for (const [crl, ocsp, caIssuers] of [
      [true, true, true],
      [true, false, true],
      [false, true, false],
      [false, false, false],
    ] as const) {
      const content = await endEntityContent({ revocationAddresses: { crl, ocsp, caIssuers } });
      const tbsDer = prepareEndEntity(content, lasting, randomSerialNumber(), {
        ...issuer,
        addresses,
      });
      const [points, access] = texts(tbsDer);
      expect(points?.endsWith("http://pki.test/pki/ca-1/crl")).toBe(crl || undefined);
      expect(access?.includes("http://pki.test/pki/ca-1/ocsp") ?? false).toBe(ocsp);
      expect(access?.includes("http://pki.test/pki/ca-1/ca.cer") ?? false).toBe(caIssuers);
    }
  });

  it("agents and subordinates to all of them, a root nowhere, and a responder's own nowhere either", async () => {
    const { subjectDer, subjectPublicKeyInfoDer, subjectKeyIdentifier } = await endEntityContent();
    const content = { subjectDer, subjectPublicKeyInfoDer, subjectKeyIdentifier, ...lasting };
    for (const prepare of [prepareEnrolmentAgent, prepareCertificationAuthority({})]) {
      const there = texts(prepare(content, randomSerialNumber(), { ...issuer, addresses }));
      expect(there.every((text) => text?.includes("http://pki.test/pki/ca-1/"))).toBe(true);
      expect(texts(prepare(content, randomSerialNumber(), issuer))).toEqual([undefined, undefined]);
    }
    const responder = prepareOcspResponder(content, randomSerialNumber(), { ...issuer, addresses });
    expect(texts(responder)).toEqual([undefined, undefined]);
    expect(usagesIn(read(responder))).toEqual(["digitalSignature"]);
    const { extensions } = read(responder);
    expect(extensions.get(oids.ocspNoCheck)?.value).toEqual(Uint8Array.of(5, 0));
    expect(
      readExtendedKeyUsage(extensions.get(oids.extendedKeyUsage)?.value ?? new Uint8Array()),
    ).toEqual([oids.ocspSigning]);
  });
});

describe("a template and a request", () => {
  const signed = async (
    subject: string,
    alter: (signature: Uint8Array) => Uint8Array = (same) => same,
  ) => {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    if (!("publicKey" in pair)) throw new Error("not a pair of keys");
    const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
    if (!(spki instanceof ArrayBuffer)) throw new Error("not octets");
    const info = encode(
      sequence(smallInteger(0), nameDer(subject), new Uint8Array(spki), constructed(0xa0, [])),
    );
    const signature = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      pair.privateKey,
      info,
    );
    return parseCertificationRequest(
      encode(
        sequence(
          info,
          sequence(encodeOid(oids.ecdsaWithSHA256)),
          bitString(ecdsaToDer(alter(new Uint8Array(signature)))),
        ),
      ),
    );
  };

  it("together say what will be signed: the request's own subject and key, the template's validity", async () => {
    const request = await signed("CN=a,O=Demo");
    const applied = await applyTemplate(request, template(), ["SHA-256"], unvalidated);
    if (!applied.ok) throw new Error(applied.error.detail);
    expect(applied.value.content).toMatchObject({
      subjectDer: nameDer("CN=a,O=Demo"),
      subjectPublicKeyInfoDer: request.publicKey.der,
      backdateSeconds: 300,
      validitySeconds: day,
    });
    const digest = await crypto.subtle.digest("SHA-1", request.publicKey.bits);
    expect(applied.value.content.subjectKeyIdentifier).toEqual(new Uint8Array(digest));
  });

  it("a request whose own signature is false is refused, but where the template ignores it", async () => {
    const request = await signed("CN=a", (signature) => signature.with(5, (signature[5] ?? 0) ^ 1));
    expect(await applyTemplate(request, template(), ["SHA-256"], unvalidated)).toMatchObject({
      error: { reason: "proof_of_possession_invalid" },
    });
    expect(
      (
        await applyTemplate(
          request,
          template({ requestSignature: "ignore" }),
          ["SHA-256"],
          unvalidated,
        )
      ).ok,
    ).toBe(true);
  });

  it("an empty subject needs the template's leave and a name beside it", async () => {
    const request = await signed("");
    for (const allowEmpty of [false, true])
      expect(
        await applyTemplate(
          request,
          template({ subject: { allowEmpty } }),
          ["SHA-256"],
          unvalidated,
        ),
      ).toMatchObject({
        error: { reason: "subject_not_allowed" },
      });
  });
});
