/** One CA in its real object: keys that stay, certificates that exist once, tokens that are counted once. */
import { evictDurableObject } from "cloudflare:test";
import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { authorityKeyAlgorithms } from "../../src/ca/authority-key.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { readBitString, readExtensions } from "../../src/pki/extensions.ts";
import { keyUsageNamesOf, readKeyUsageBits } from "../../src/pki/key-usage.ts";
import { oids } from "../../src/pki/oids.ts";
import {
  authorities,
  createRoot,
  createSubordinate,
  endEntityContent,
  expectIssuedBy,
  generatePublicKey,
  inObject,
  issued,
  issueRequest,
  nameDer,
  rowsOf,
  stubOf,
  type TestAuthority,
} from "../support/authorities.ts";

let root: TestAuthority;

beforeAll(async () => {
  root = await createRoot();
});

const creation = (id: string, subject = "CN=Root") => ({
  id,
  tenantId: "tenant",
  subjectDer: nameDer(subject),
  keyAlgorithm: "P-256" as const,
  validitySeconds: 86_400,
});

describe("creating a CA", () => {
  it("a second creation changes nothing, whatever it asks for", async () => {
    const id = crypto.randomUUID();
    const client = authorities.get(id);
    const first = await client.create(creation(id), "root");
    const second = await client.create(
      { ...creation(id, "CN=Other"), keyAlgorithm: "RSA-2048" },
      "root",
    );
    expect(second).toEqual(first);
    expect(await rowsOf(id, "SELECT id FROM authority")).toHaveLength(1);
    expect(await rowsOf(id, "SELECT serial FROM certificates")).toHaveLength(1);
  });

  it("eight creations at once make one key and one certificate", async () => {
    const id = crypto.randomUUID();
    const states = await Promise.all(
      Array.from({ length: 8 }, () => authorities.get(id).create(creation(id), "root")),
    );
    expect(
      new Set(states.map(({ certificateDer }) => toHex(certificateDer ?? new Uint8Array()))).size,
    ).toBe(1);
    expect(new Set(states.map((state) => toHex(state.subjectPublicKeyInfoDer))).size).toBe(1);
    expect(await rowsOf(id, "SELECT id FROM authority")).toHaveLength(1);
    const [first] = states;
    await expectIssuedBy(
      first?.certificateDer ?? new Uint8Array(),
      first?.certificateDer ?? new Uint8Array(),
    );
  });

  it("a key is never overwritten, not by a creation after a restart either", async () => {
    const key = () => rowsOf(root.id, "SELECT wrapped_key, spki_der FROM authority");
    const before = await key();
    await evictDurableObject(stubOf(root.id));
    const again = await root.client.create(creation(root.id, "CN=Usurper"), "root");
    expect(again.certificateDer).toEqual(root.certificateDer);
    expect(await key()).toEqual(before);
  });

  it("the private key is stored wrapped and nowhere in the clear", async () => {
    const [row] = await rowsOf(root.id, "SELECT wrapped_key FROM authority");
    const wrapped = row?.["wrapped_key"];
    if (!(wrapped instanceof ArrayBuffer)) throw new Error("no wrapped key");
    const octets = new Uint8Array(wrapped);
    expect(octets[0]).toBe(1);
    await expect(
      crypto.subtle.importKey(
        "pkcs8",
        octets.slice(13),
        { name: "ECDSA", namedCurve: "P-256" },
        false,
        ["sign"],
      ),
    ).rejects.toThrow();
  });

  it("a CA without a certificate issues nothing", async () => {
    const id = crypto.randomUUID();
    const client = authorities.get(id);
    await client.create(creation(id), "subordinate");
    expect(await client.issue(await issueRequest())).toEqual({
      ok: false,
      error: { reason: "authority_not_ready" },
    });
    expect(await rowsOf(id, "SELECT serial FROM certificates")).toEqual([]);
  });

  it("a CA whose certificate has ended issues nothing", async () => {
    const ended = await createRoot("P-256", 0);
    expect(await ended.client.issue(await issueRequest())).toMatchObject({ ok: false });
  });
});

describe("subordinate CAs", () => {
  it("a certificate for another key is not installed", async () => {
    const id = crypto.randomUUID();
    const client = authorities.get(id);
    await client.create(creation(id), "subordinate");
    expect(await client.install(root.certificateDer)).toEqual({
      ok: false,
      error: { reason: "key_mismatch" },
    });
    const [row] = await rowsOf(id, "SELECT certificate_der FROM authority");
    expect(row?.["certificate_der"]).toBeNull();
  });

  it("the same key gets one certificate, however often and however much at once it asks", async () => {
    const subjectPublicKeyInfoDer = await generatePublicKey();
    const request = {
      subjectDer: nameDer("CN=Sub"),
      subjectPublicKeyInfoDer,
      validitySeconds: 86_400,
    };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => issued(root.client.issueSubordinate(request))),
    );
    await evictDurableObject(stubOf(root.id));
    answers.push(await issued(root.client.issueSubordinate(request)));
    expect(new Set(answers.map(({ certificateDer }) => toHex(certificateDer))).size).toBe(1);
    const agent = await issued(
      root.client.issueEnrolmentAgent({ ...request, configurationId: "configuration" }),
    );
    expect(agent.serialNumberHex).not.toBe(answers[0]?.serialNumberHex);
  });

  it("three tiers, each its own object, hold up to the root", async () => {
    const top = await createRoot("P-384");
    const middle = await createSubordinate(top, "RSA-2048");
    const issuing = await createSubordinate(middle, "P-256");
    const leaf = await issued(issuing.client.issue(await issueRequest()));
    await expectChain([leaf, issuing, middle, top].map(({ certificateDer }) => certificateDer));
  });

  it("every kind of CA key certifies every other, and what that one signs holds below it", async () => {
    const cas = await Promise.all(authorityKeyAlgorithms.map((algorithm) => createRoot(algorithm)));
    const leaves = await Promise.all(
      cas.map(async ({ client }) => await issued(client.issue(await issueRequest()))),
    );
    for (const parent of cas) {
      for (const [index, child] of cas.entries()) {
        if (parent === child) continue;
        const { publicKey, subjectDer } = parseCertificate(child.certificateDer);
        const request = {
          subjectDer,
          subjectPublicKeyInfoDer: publicKey.der,
          validitySeconds: 86_400,
        };
        const { certificateDer } = await issued(parent.client.issueSubordinate(request));
        const leaf = leaves[index]?.certificateDer ?? new Uint8Array();
        await expectChain(
          [leaf, certificateDer, parent.certificateDer],
          "validity of the leaf aside",
        );
      }
    }
  }, 60_000);
});

/** Our own reading and OpenSSL's kin in the runtime agree that each is signed by the next, and the last by itself. */
async function expectChain(chain: readonly Uint8Array[], validity?: string): Promise<void> {
  for (const [index, certificateDer] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificateDer;
    if (!validity || index > 0) await expectIssuedBy(certificateDer, issuer);
    const judge = new X509Certificate(certificateDer);
    expect(judge.verify(new X509Certificate(issuer).publicKey)).toBe(true);
    expect(judge.checkIssued(new X509Certificate(issuer))).toBe(true);
    expect(judge.ca).toBe(index > 0);
  }
}

describe("issuing", () => {
  it("what comes back is what was asked for, signed by this CA, and found again", async () => {
    const { serialNumberHex, certificateDer, repeated } = await issued(
      root.client.issue(await issueRequest({ transactionID: "first" })),
    );
    expect(repeated).toBe(false);
    await expectIssuedBy(certificateDer, root.certificateDer);
    // An INTEGER that begins with a set bit has an octet of zeros before it.
    const { serialNumber } = parseCertificate(certificateDer);
    expect(toHex(serialNumber).replace(/^00/, "")).toBe(serialNumberHex);
    const record = await root.client.findCertificate(serialNumberHex);
    expect(record).toMatchObject({ status: "issued", transactionID: "first", tokenId: "token" });
    expect(record?.certificateDer).toEqual(certificateDer);
    const { items } = await root.client.searchCertificates({
      text: serialNumberHex.slice(0, 8),
      limit: 5,
    });
    expect(items.map((item) => item.serialNumberHex)).toContain(serialNumberHex);
  });

  it("twenty of the same at once give one certificate and one row", async () => {
    const request = await issueRequest({
      authorisation: {
        kind: "token",
        expiresAtSeconds: 4_000_000_000,
        tokenId: "twenty",
        maxUses: 1,
      },
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => issued(root.client.issue(request))),
    );
    expect(new Set(answers.map(({ certificateDer }) => toHex(certificateDer))).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(
      await rowsOf(
        root.id,
        "SELECT serial FROM certificates WHERE transaction_id = ?",
        request.transactionID,
      ),
    ).toHaveLength(1);
    expect(await root.client.countTokenUses("twenty")).toBe(1);
  });

  it("the same transactionID with another request is refused and costs no use", async () => {
    const request = await issueRequest({
      authorisation: {
        kind: "token",
        expiresAtSeconds: 4_000_000_000,
        tokenId: "conflict",
        maxUses: 5,
      },
    });
    const { serialNumberHex } = await issued(root.client.issue(request));
    const other = { ...request, requestDigest: crypto.getRandomValues(new Uint8Array(32)) };
    expect(await root.client.issue(other)).toEqual({
      ok: false,
      error: { reason: "transaction_conflict", serialNumberHex },
    });
    expect(await root.client.countTokenUses("conflict")).toBe(1);
  });

  it("two requests that race for one transactionID end as one certificate and one refusal", async () => {
    const request = await issueRequest();
    const other = { ...request, requestDigest: crypto.getRandomValues(new Uint8Array(32)) };
    const answers = await Promise.all([root.client.issue(request), root.client.issue(other)]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it("one transactionID in two configurations is two transactions", async () => {
    const request = await issueRequest();
    const one = await issued(root.client.issue(request));
    const other = await issued(root.client.issue({ ...request, configurationId: "another" }));
    expect(other.serialNumberHex).not.toBe(one.serialNumberHex);
  });

  it("after an eviction the same request still gets the same certificate", async () => {
    const request = await issueRequest();
    const first = await issued(root.client.issue(request));
    await evictDurableObject(stubOf(root.id));
    const again = await issued(root.client.issue(request));
    expect(again).toEqual({ ...first, repeated: true });
  });

  it("no certificate outlives its CA", async () => {
    const short = await createRoot("P-256", 3600);
    const { certificateDer } = await issued(short.client.issue(await issueRequest()));
    expect(parseCertificate(certificateDer).notAfter).toEqual(
      parseCertificate(short.certificateDer).notAfter,
    );
  });

  it("the object itself keeps the usages of a CA out of a device's certificate", async () => {
    const content = await endEntityContent({ keyUsage: 0b1_1111_1111 });
    const { certificateDer } = await issued(root.client.issue(await issueRequest({ content })));
    expect(new X509Certificate(certificateDer).ca).toBe(false);
    const usage = readExtensions(
      parseCertificate(certificateDer).extensions ?? readDer(Uint8Array.of(0x30, 0)),
    ).get(oids.keyUsage);
    const names = keyUsageNamesOf(
      readKeyUsageBits(readBitString(usage?.value ?? new Uint8Array())),
    );
    expect(names).toContain("digitalSignature");
    expect(names).not.toContain("keyCertSign");
    expect(names).not.toContain("cRLSign");
  });
});

describe("tokens", () => {
  const withToken = (tokenId: string, maxUses?: number) =>
    issueRequest({
      authorisation: {
        kind: "token",
        expiresAtSeconds: 4_000_000_000,
        tokenId,
        ...(maxUses && { maxUses }),
      },
    });

  it("fifty that race for seven uses get seven certificates", async () => {
    const requests = await Promise.all(Array.from({ length: 50 }, () => withToken("race", 7)));
    const answers = await Promise.all(requests.map((request) => root.client.issue(request)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(7);
    for (const answer of answers) {
      if (!answer.ok) expect(answer.error).toEqual({ reason: "token_used_up", maxUses: 7 });
    }
    expect(await root.client.countTokenUses("race")).toBe(7);
    const rows = await rowsOf(root.id, "SELECT serial FROM certificates WHERE token_id = 'race'");
    expect(rows).toHaveLength(7);
  });

  it("a retry is no second use, and works after the last use was spent", async () => {
    const request = await withToken("last", 1);
    const first = await issued(root.client.issue(request));
    expect(await issued(root.client.issue(request))).toEqual({ ...first, repeated: true });
    expect(await root.client.issue(await withToken("last", 1))).toMatchObject({
      error: { reason: "token_used_up" },
    });
    expect(await root.client.countTokenUses("last")).toBe(1);
  });

  it("a token without a number of uses is counted all the same", async () => {
    for (let use = 0; use < 3; use++) await issued(root.client.issue(await withToken("free")));
    expect(await root.client.countTokenUses("free")).toBe(3);
  });

  it("a revoked token is refused from the next call on, after a restart too", async () => {
    await issued(root.client.issue(await withToken("revoked")));
    await root.client.revokeToken("revoked");
    const refused = { ok: false, error: { reason: "token_revoked" } };
    expect(await root.client.issue(await withToken("revoked"))).toEqual(refused);
    await evictDurableObject(stubOf(root.id));
    expect(await root.client.issue(await withToken("revoked"))).toEqual(refused);
    expect(await root.client.countTokenUses("revoked")).toBe(1);
  });

  it("a token may be revoked before its first use and twice; the first moment stays", async () => {
    await root.client.revokeToken("early");
    const moment = () => rowsOf(root.id, "SELECT revoked_at FROM tokens WHERE id = 'early'");
    await inObject(
      root.id,
      (_, { storage }) =>
        void storage.sql.exec("UPDATE tokens SET revoked_at = 12345 WHERE id = 'early'"),
    );
    await root.client.revokeToken("early");
    expect(await moment()).toEqual([{ revoked_at: 12345 }]);
    expect(await root.client.issue(await withToken("early"))).toMatchObject({
      error: { reason: "token_revoked" },
    });
  });
});

describe("the object's border", () => {
  it.each([
    "#sign",
    "sign",
    "#storage",
    "#ledger",
    "#loadSigner",
    "#signer",
    "ctx",
    "env",
    "constructor",
  ])("%s cannot be reached over RPC", async (name) => {
    const stub: unknown = stubOf(root.id);
    const method = (stub as Record<string, (...input: unknown[]) => Promise<unknown>>)[name];
    await expect((async () => await method?.("00"))()).rejects.toThrow();
  });

  it("answers are plain data: they survive a structured clone unchanged", async () => {
    const answer = await issued(root.client.issue(await issueRequest()));
    expect(structuredClone(answer)).toEqual(answer);
    const record = await root.client.findCertificate(answer.serialNumberHex);
    expect(structuredClone(record)).toEqual(record);
    expect(record?.notAfter).toBeInstanceOf(Date);
  });

  it("an unknown serial number is no certificate", async () => {
    expect(await root.client.findCertificate("00ff")).toBeUndefined();
  });
});
