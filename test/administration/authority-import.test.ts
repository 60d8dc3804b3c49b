/** Importing a CA: what is taken over, what is refused, and that its key is in nobody's hands but its object's. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { toBase64, toHex, toPem } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { readCertificateList } from "../../src/pki/certificate-list-reader.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { derNull } from "../../src/pki/algorithms.ts";
import { constructedContext } from "../../src/pki/der-tags.ts";
import {
  constructed,
  encode,
  octetString,
  sequence,
  smallInteger,
  time,
  unsignedInteger,
} from "../../src/pki/der-writer.ts";
import { oidDer, oids } from "../../src/pki/oids.ts";
import { pkcs12Kdf } from "../../src/pki/password-kdf.ts";
import { assembleCertificateList, buildTbsCertList } from "../../src/pki/certificate-list.ts";
import { createSigner } from "../../src/ca/signer.ts";
import { randomSerialNumber } from "../../src/ca/serial-number.ts";
import { prepareCertificationAuthority } from "../../src/ca/issuance.ts";
import { keyIdentifier } from "../../src/ca/end-entity.ts";
import { assembleCertificate } from "../../src/pki/tbs-certificate.ts";
import { readSubjectPublicKeyInfo } from "../../src/pki/public-key.ts";
import { call, createTestTenant, type TestTenant } from "../support/api.ts";
import {
  authorities,
  expectIssuedBy,
  expectOk,
  issued,
  issueRequest,
  nameDer,
} from "../support/authorities.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await createTestTenant();
});

interface Outside {
  readonly privateKey: Uint8Array;
  readonly certificateDer: Uint8Array;
}

/** A root that somebody has elsewhere. */
async function outsideRoot(days = 100): Promise<Outside> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
  ]);
  const exported = async (format: "pkcs8" | "spki", key: CryptoKey) => {
    const octets = await crypto.subtle.exportKey(format, key);
    if (!(octets instanceof ArrayBuffer)) throw new Error("not octets");
    return new Uint8Array(octets);
  };
  if (!("publicKey" in pair)) throw new Error("not a pair");
  const privateKey = await exported("pkcs8", pair.privateKey);
  const spki = await exported("spki", pair.publicKey);
  const identifier = await keyIdentifier(readSubjectPublicKeyInfo(readDer(spki)).bits);
  const signer = await createSigner("P-256", privateKey);
  const now = Math.floor(Date.now() / 1000);
  const subjectDer = nameDer("CN=Outside Root,O=Elsewhere");
  const tbsDer = prepareCertificationAuthority({})(
    {
      subjectDer,
      subjectPublicKeyInfoDer: spki,
      subjectKeyIdentifier: identifier,
      notBeforeSeconds: now - 86_400,
      notAfterSeconds: now + days * 86_400,
    },
    randomSerialNumber(),
    {
      subjectDer,
      keyIdentifier: identifier,
      signatureAlgorithmDer: signer.algorithmDer,
      notAfterSeconds: now + days * 86_400,
    },
  );
  const signature = await signer.sign(tbsDer);
  return {
    privateKey,
    certificateDer: assembleCertificate(tbsDer, signer.algorithmDer, signature),
  };
}

/** A CRL with two entries, of which one is on hold. */
async function outsideCrl({ privateKey, certificateDer }: Outside, number: number) {
  const signer = await createSigner("P-256", privateKey);
  const { subjectDer, publicKey } = parseCertificate(certificateDer);
  const now = Math.floor(Date.now() / 1000);
  const entry = (serial: string, reason: number) =>
    sequence(
      unsignedInteger(
        Uint8Array.from(serial.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
      ),
      time(1_700_000_000),
      sequence(sequence(oidDer(oids.cRLReason), octetString(Uint8Array.of(10, 1, reason)))),
    );
  const empty = buildTbsCertList({
    signatureAlgorithmDer: signer.algorithmDer,
    issuerDer: subjectDer,
    thisUpdateSeconds: now,
    nextUpdateSeconds: now + 1000,
    authorityKeyIdentifier: await keyIdentifier(publicKey.bits),
    number,
    revokedCertificates: [],
  });
  const fields = readDer(empty)
    .children()
    .map(({ der }) => der);
  const tbs = encode(
    sequence(
      ...fields.slice(0, -1),
      sequence(entry("0a01", 1), entry("ff02", 6)),
      ...fields.slice(-1),
    ),
  );
  return assembleCertificateList(tbs, signer.algorithmDer, await signer.sign(tbs));
}

/** Each 32 octets of the MAC would be a million hashes. */
function storeWithLongMac(): Uint8Array {
  const data = (content: Uint8Array) =>
    sequence(oidDer(oids.data), constructed(constructedContext(0), [octetString(content)]));
  const digestInfo = sequence(
    sequence(oidDer(oids.sha256), derNull),
    octetString(new Uint8Array(32_000)),
  );
  const iterations = unsignedInteger(Uint8Array.of(0x0f, 0x42, 0x40));
  return encode(
    sequence(
      smallInteger(3),
      data(encode(sequence())),
      sequence(digestInfo, octetString(new Uint8Array(8)), iterations),
    ),
  );
}

const pem = (label: string, der: Uint8Array): string => toPem(label, der);
const importing = (name: string, more: object) =>
  call(tenant.key, "POST", `${tenant.path}/certificate-authorities/import`, { name, ...more });
const files = ({ privateKey, certificateDer }: Outside) => ({
  certificate: pem("CERTIFICATE", certificateDer),
  privateKey: pem("PRIVATE KEY", privateKey),
});

describe("an imported CA", () => {
  it("issues with its own key, goes on after its last CRL, and keeps what it has revoked", async () => {
    const outside = await outsideRoot();
    const crl = await outsideCrl(outside, 41);
    const made = await importing("taken over", { ...files(outside), crl: toBase64(crl) });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ state: "ready", origin: "imported", keyAlgorithm: "P-256" });
    const client = authorities.get(made.body.id);
    const { certificateDer } = await issued(client.issue(await issueRequest()));
    await expectIssuedBy(certificateDer, outside.certificateDer);
    const current = expectOk(await client.currentCrl());
    expect(current.number).toBe(42);
    expect(await client.certificateStatuses(["0a01", "ff02", "77"])).toMatchObject([
      { status: "revoked", reason: "keyCompromise", revokedAt: new Date(1_700_000_000_000) },
      { status: "revoked", reason: "certificateHold" },
      { status: "unknown" },
    ]);
    // Once imported, the same name with the same files is taken.
    expect((await importing("taken over", files(outside))).status).toBe(409);
  });

  it("a creation that died half way is finished by asking again, and another key does not get in", async () => {
    const outside = await outsideRoot();
    const { body } = await importing("half way", files(outside));
    const forget = () =>
      env.DB.prepare(
        "update certificate_authorities set state = 'creating', certificate_der = null where id = ?",
      )
        .bind(body.id)
        .run();
    await forget();
    expect((await importing("half way", files(outside))).body).toMatchObject({
      id: body.id,
      state: "ready",
    });
    await forget();
    const other = await importing("half way", files(await outsideRoot()));
    expect([other.status, other.body.detail]).toEqual([409, expect.stringMatching(/Another key/)]);
    const { certificateDer } = await issued(authorities.get(body.id).issue(await issueRequest()));
    await expectIssuedBy(certificateDer, outside.certificateDer);
  });

  it("43 its key is in no answer, no row of D1 and no audit event", async () => {
    const outside = await outsideRoot();
    const made = await importing("secretive", { ...files(outside), password: "canary-password" });
    expect(made.status).toBe(201);
    const secret = toBase64(outside.privateKey).slice(60, 100);
    const tables = await env.DB.prepare(
      "select name from sqlite_master where type = 'table'",
    ).all();
    for (const { name } of tables.results) {
      if (String(name).startsWith("_")) continue;
      const rows = JSON.stringify(
        (await env.DB.prepare(`select * from ${String(name)}`).all()).results,
      );
      for (const canary of [secret, "canary-password", toHex(outside.privateKey).slice(80, 140)])
        expect(rows).not.toContain(canary);
    }
    expect(made.text).not.toContain(secret);
  });
});

describe("refused in one sentence, without a row", () => {
  const cases: [string, (outside: Outside) => object | Promise<object>, RegExp][] = [
    ["nothing", () => ({}), /Give certificate and privateKey/],
    [
      "another CA's key",
      async (outside) => ({
        ...files(outside),
        privateKey: pem("PRIVATE KEY", (await outsideRoot()).privateKey),
      }),
      /belongs to none of the certificates/,
    ],
    [
      "a key that is rubbish",
      (outside) => ({ ...files(outside), privateKey: pem("PRIVATE KEY", Uint8Array.of(0x30, 0)) }),
      /expected INTEGER/,
    ],
    [
      "OpenSSL's old encryption",
      (outside) => ({
        ...files(outside),
        privateKey:
          "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----",
      }),
      /openssl pkcs8 -topk8/,
    ],
    [
      "a key that only says it is encrypted",
      (outside) => ({
        ...files(outside),
        privateKey: pem("ENCRYPTED PRIVATE KEY", Uint8Array.of(0x30, 0)),
        password: "x",
      }),
      /no encrypted private key/,
    ],
    [
      "a MAC whose length asks for hours",
      () => ({ pkcs12: toBase64(storeWithLongMac()), password: "x" }),
      /password is wrong/,
    ],
    [
      "another CA's CRL",
      async (outside) => ({
        ...files(outside),
        crl: pem("X509 CRL", await outsideCrl(await outsideRoot(), 1)),
      }),
      /not signed by this CA/,
    ],
    ["a PKCS #12 file that is none", () => ({ pkcs12: "AAAA", password: "x" }), /no PKCS #12 file/],
  ];
  it.each(cases)("%s", async (name, make, sentence) => {
    const answer = await importing(name, await make(await outsideRoot()));
    expect([answer.status, answer.body.detail]).toEqual([422, expect.stringMatching(sentence)]);
    const list = await call(tenant.key, "GET", `${tenant.path}/certificate-authorities?limit=100`);
    expect(list.body.items.map((one: { name: string }) => one.name)).not.toContain(name);
  });

  it("a certificate that has ended", async () => {
    const answer = await importing("ended", files(await outsideRoot(-0.5)));
    expect(answer.body.detail).toMatch(/ended at/);
  });
});

it("RFC 7292, appendix B: a key is derived as OpenSSL derives it", () => {
  const salt = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  expect(toHex(pkcs12Kdf("SHA-256", 3, "secret", salt, 2048, 40))).toBe(
    "f5482fd03f702689b4e96cbbea867c6b16e5bda934929f2ecaf4da9e1c67be8f8dee9cfb585912e7",
  );
});

it("a CRL of 5,000 entries is read, beyond the limits for what strangers send", async () => {
  const entries = Array.from({ length: 5000 }, (_, index) =>
    sequence(unsignedInteger(Uint8Array.of(1, index >> 8, index)), time(1_700_000_000)),
  );
  const name = nameDer("CN=x");
  const algorithm = sequence(oidDer(oids.ecdsaWithSHA256));
  const tbs = sequence(algorithm, name, time(1), sequence(...entries));
  const list = readCertificateList(encode(sequence(tbs, algorithm, Uint8Array.of(3, 1, 0))));
  expect([list.revoked.length, list.number]).toEqual([5000, undefined]);
});
