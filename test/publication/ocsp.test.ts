/** OCSP over HTTP as relying parties ask for it (RFC 6960, RFC 5019, RFC 9654). Threats 52 to 55. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readEnvironment } from "../../src/env.ts";
import { createPkiRoutes } from "../../src/http/pki-routes.ts";
import { noLimits } from "../../src/http/scep-limits.ts";
import type { DigestName } from "../../src/pki/algorithms.ts";
import { toBase64 } from "../../src/pki/bytes.ts";
import { type DerPart, encode, primitive, sequence } from "../../src/pki/der-writer.ts";
import { readStrictDer } from "../../src/pki/der-reader.ts";
import { tags } from "../../src/pki/der-tags.ts";
import { readExtendedKeyUsage, readExtensions } from "../../src/pki/extensions.ts";
import { oids } from "../../src/pki/oids.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import type { EventLog } from "../../src/ports/event-log.ts";
import { createKnownAuthorities } from "../../src/publication/known-authorities.ts";
import { createOcspAnswers } from "../../src/publication/ocsp-answers.ts";
import { createPublishedCrls } from "../../src/publication/published-crls.ts";
import { createStores } from "../../src/storage/stores.ts";
import { authorities } from "../support/authorities.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import {
  certId,
  expectSignedFor,
  extensionPart,
  nonceExtension,
  ocspRequest,
  readOcspResponse,
  responseStatus,
} from "../support/ocsp.ts";
import {
  bytesOf,
  certify,
  get,
  later,
  plainOrigin,
  type PublicCa,
  publicCa,
  serialHex,
} from "../support/public-ca.ts";

let tenant: Tenant;
let root: PublicCa;
let rsa: PublicCa;
let ec: PublicCa;

beforeAll(async () => {
  tenant = await createTenant("Publication");
  root = await publicCa(tenant, "Public Root", "P-256");
  rsa = await publicCa(tenant, "RSA Issuing", "RSA-2048", "Public Root");
  ec = await publicCa(tenant, "EC Issuing", "P-384", "Public Root");
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const post = (id: string, body: Uint8Array, contentType = "application/ocsp-request") =>
  fetchWorker(
    new Request(`${plainOrigin}/pki/${id}/ocsp`, {
      method: "POST",
      body,
      headers: { "content-type": contentType },
    }),
  );

const partsOf = (part: DerPart): Uint8Array[] =>
  readStrictDer(encode(part))
    .children()
    .map(({ der }) => der);

async function ask(at: PublicCa, ...serials: Uint8Array[]) {
  const ids = await Promise.all(serials.map((serial) => certId(at.der, serial)));
  const response = await post(at.id, ocspRequest(ids));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/ocsp-response");
  return readOcspResponse(await bytesOf(response));
}

describe("OCSP answers", () => {
  it("good, revoked with time and reason, on hold and released: signed by a responder of the CA's own kind of key", async () => {
    for (const [at, algorithm] of [
      [rsa, oids.sha256WithRSAEncryption],
      [ec, oids.ecdsaWithSHA256],
      [root, oids.ecdsaWithSHA256],
    ] as const) {
      const client = authorities.get(at.id);
      const [good, revoked, held, released] = await Promise.all(
        Array.from({ length: 4 }, () => certify(at)),
      );
      if (!good || !revoked || !held || !released) throw new Error("four certificates");
      const by = "test";
      const before = Math.floor(Date.now() / 1000) * 1000;
      await client.revoke({ serialNumberHex: serialHex(revoked), reason: "keyCompromise", by });
      await client.revoke({ serialNumberHex: serialHex(held), reason: "certificateHold", by });
      await client.revoke({ serialNumberHex: serialHex(released), reason: "certificateHold", by });
      await client.release({ serialNumberHex: serialHex(released), by });
      const response = await ask(at, good, revoked, held, released);
      await expectSignedFor(response, at.der);
      expect(response.signatureAlgorithm).toBe(algorithm);
      expect(response.statuses.map(({ status }) => status)).toEqual([
        "good",
        "revoked",
        "revoked",
        "good",
      ]);
      expect(response.statuses.map(({ reason }) => reason)).toEqual([undefined, 1, 6, undefined]);
      expect(response.statuses[1]?.revokedAt?.getTime()).toBeGreaterThanOrEqual(before);
      expect(response.statuses[1]?.revokedAt?.getTime()).toBeLessThanOrEqual(Date.now());
    }
  });

  it("threat 55: the responder's certificate says what it is for, for a month at most, and is asked for once", async () => {
    const serial = await certify(rsa);
    const [one, other] = await Promise.all([ask(rsa, serial), ask(rsa, serial)]);
    expect(one.responder.der).toEqual(other.responder.der);
    const { extensions, notBefore, notAfter } = one.responder;
    if (!extensions) throw new Error("no extensions");
    const found = readExtensions(extensions);
    expect(
      readExtendedKeyUsage(found.get(oids.extendedKeyUsage)?.value ?? new Uint8Array()),
    ).toEqual([oids.ocspSigning]);
    expect(found.has(oids.ocspNoCheck)).toBe(true);
    expect(found.get(oids.keyUsage)).toMatchObject({
      critical: true,
      value: Uint8Array.of(3, 2, 7, 0x80),
    });
    expect(found.has(oids.authorityInfoAccess)).toBe(false);
    expect(notAfter.getTime() - notBefore.getTime()).toBeLessThanOrEqual(31 * 86_400_000);
    const held = await authorities.get(rsa.id).searchCertificates({ text: "OCSP", limit: 10 });
    expect(held.items.map(({ purpose }) => purpose)).toEqual(["ocsp-responder"]);
  });

  it("threat 53: an unknown serial number, another CA's, and a negative one are unknown, never good", async () => {
    const elsewhere = await certify(ec);
    const mine = await certify(rsa);
    const { statuses } = await ask(rsa, Uint8Array.of(0x42), elsewhere, mine);
    expect(statuses.map(({ status }) => status)).toEqual(["unknown", "unknown", "good"]);
    // Another issuer's certID at this CA's address, with a serial number that this CA has given.
    const other = await post(rsa.id, ocspRequest([await certId(ec.der, mine)]));
    expect(readOcspResponse(await bytesOf(other)).statuses[0]?.status).toBe("unknown");
    // The octets of a negative number are those of a positive one without its leading zero.
    const parts = partsOf(await certId(rsa.der, mine)).slice(0, 3);
    const cut = encode(sequence(...parts, primitive(tags.INTEGER, Uint8Array.of(0x80, 1))));
    const answer = readOcspResponse(await bytesOf(await post(rsa.id, ocspRequest([cut]))));
    expect(answer.statuses[0]).toMatchObject({ status: "unknown", certIdDer: cut });
  });

  it.each<DigestName>(["SHA-1", "SHA-256", "SHA-384", "SHA-512"])(
    "the issuer is recognised by %s, and the certID comes back as it was sent",
    async (digest) => {
      const serial = await certify(rsa);
      const id = encode(await certId(rsa.der, serial, digest));
      const response = readOcspResponse(await bytesOf(await post(rsa.id, ocspRequest([id]))));
      expect(response.statuses[0]).toMatchObject({ status: "good", certIdDer: id });
    },
  );

  it("threat 52: a nonce comes back, up to 32 octets, and such an answer is nobody's to keep", async () => {
    const id = await certId(rsa.der, await certify(rsa));
    for (const length of [1, 16, 32]) {
      const response = await post(
        rsa.id,
        ocspRequest([id], { extensions: [nonceExtension(length)] }),
      );
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(readOcspResponse(await bytesOf(response)).nonce).toEqual(
        new Uint8Array(length).fill(7),
      );
    }
    for (const length of [33, 128]) {
      const response = await post(
        rsa.id,
        ocspRequest([id], { extensions: [nonceExtension(length)] }),
      );
      expect(readOcspResponse(await bytesOf(response)).nonce).toBeUndefined();
    }
  });

  it("GET takes base64 escaped and not, with slashes inside; POST any content type; https answers the same", async () => {
    const serial = await certify(rsa);
    const id = await certId(rsa.der, serial);
    // Some serial of 0xff octets makes for slashes in the base64.
    const slashes = ocspRequest([
      id,
      await certId(rsa.der, new Uint8Array(15).fill(0x7f).fill(0xff, 1)),
    ]);
    const text = toBase64(slashes);
    expect(text).toContain("/");
    const spellings = [text, encodeURIComponent(text), `/${text}`, text.replaceAll("=", "")];
    for (const spelling of spellings) {
      const response = await get(`/pki/${rsa.id}/ocsp/${spelling}`);
      expect(readOcspResponse(await bytesOf(response)).statuses[0]?.status).toBe("good");
    }
    for (const type of ["text/plain", "application/octet-stream"]) {
      const response = await post(rsa.id, ocspRequest([id]), type);
      expect(readOcspResponse(await bytesOf(response)).statuses[0]?.status).toBe("good");
    }
    const secure = await fetchWorker(
      new Request(`https://scep.example.test/pki/${rsa.id}/ocsp/${encodeURIComponent(text)}?x=y`),
    );
    expect(readOcspResponse(await bytesOf(secure)).statuses[0]?.status).toBe("good");
  });

  it("threat 54: what is no request, or too much of one, is malformedRequest with status 200", async () => {
    const id = await certId(rsa.der, Uint8Array.of(5));
    const critical = extensionPart("1.2.3.4", Uint8Array.of(5, 0), true);
    const wrong: readonly (readonly [string, Uint8Array])[] = [
      ["nothing", new Uint8Array(0)],
      ["noise", crypto.getRandomValues(new Uint8Array(200))],
      ["no certificate", ocspRequest([])],
      ["33 certificates", ocspRequest(Array.from({ length: 33 }, () => id))],
      ["an empty nonce", ocspRequest([id], { extensions: [nonceExtension(0)] })],
      ["129 octets of nonce", ocspRequest([id], { extensions: [nonceExtension(129)] })],
      ["4 kB of nonce", ocspRequest([id], { extensions: [nonceExtension(4096)] })],
      [
        "a nonce that is none",
        ocspRequest([id], { extensions: [extensionPart(oids.ocspNonce, Uint8Array.of(1, 2, 3))] }),
      ],
      ["two nonces", ocspRequest([id], { extensions: [nonceExtension(16), nonceExtension(16)] })],
      ["an unknown critical extension", ocspRequest([id], { extensions: [critical] })],
      ["version 2", ocspRequest([id], { version: 1 })],
      [
        "a short hash",
        ocspRequest([
          sequence(
            ...partsOf(id).slice(0, 2),
            primitive(4, new Uint8Array(5)),
            primitive(2, Uint8Array.of(5)),
          ),
        ]),
      ],
      ["trailing octets", Uint8Array.from([...ocspRequest([id]), 0])],
    ];
    for (const [what, request] of wrong) {
      const response = await post(rsa.id, request);
      expect([what, response.status]).toEqual([what, 200]);
      expect([what, responseStatus(await bytesOf(response))]).toEqual([what, 1]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    expect(responseStatus(await bytesOf(await get(`/pki/${rsa.id}/ocsp`)))).toBe(1);
    expect(responseStatus(await bytesOf(await get(`/pki/${rsa.id}/ocsp/!!!`)))).toBe(1);
    expect((await post(rsa.id, new Uint8Array(20_000))).status).toBe(413);
  });

  it("what is lawful and of no use to us is let be: a signature, a requestor's name, other extensions, 32 certificates", async () => {
    const id = await certId(rsa.der, await certify(rsa));
    const requests = [
      ocspRequest([id], { signature: sequence(sequence(), primitive(3, Uint8Array.of(0, 1))) }),
      ocspRequest([id], { requestorName: primitive(0x82, new TextEncoder().encode("a.test")) }),
      ocspRequest([id], { extensions: [extensionPart("1.2.3.4", Uint8Array.of(5, 0))] }),
      ocspRequest([id], {
        extensions: [extensionPart(oids.ocspAcceptableResponses, encode(sequence()), true)],
      }),
      ocspRequest(Array.from({ length: 32 }, () => id)),
    ];
    for (const request of requests) {
      const { statuses } = readOcspResponse(await bytesOf(await post(rsa.id, request)));
      expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set(["good"]));
    }
  });

  it("threat 52: a revocation is seen within 60 seconds, and no cache is told to keep an answer longer than that", async () => {
    const serial = await certify(rsa);
    const request = ocspRequest([await certId(rsa.der, serial)]);
    const path = `/pki/${rsa.id}/ocsp/${encodeURIComponent(toBase64(request))}`;
    const first = await get(path);
    const answer = readOcspResponse(await bytesOf(first));
    const [single] = answer.statuses;
    if (!single) throw new Error("no status");
    expect(single.nextUpdate.getTime() - single.thisUpdate.getTime()).toBe(300_000);
    expect(Math.abs(single.thisUpdate.getTime() - Date.now())).toBeLessThan(5000);
    expect(first.headers.get("cache-control")).toMatch(
      /^max-age=(60|5[5-9]), public, no-transform, must-revalidate$/,
    );
    await authorities
      .get(rsa.id)
      .revoke({ serialNumberHex: serialHex(serial), reason: "superseded", by: "test" });
    later(30);
    const kept = await get(path);
    expect(readOcspResponse(await bytesOf(kept)).statuses[0]).toEqual(single);
    const left = Number(/max-age=(\d+)/.exec(kept.headers.get("cache-control") ?? "")?.[1]);
    expect(left).toBeLessThanOrEqual(30);
    expect((await get(path, { "if-none-match": kept.headers.get("etag") ?? "" })).status).toBe(304);
    // Whoever sends a nonce asks the object itself.
    const fresh = ocspRequest([await certId(rsa.der, serial)], {
      extensions: [nonceExtension(16)],
    });
    expect(readOcspResponse(await bytesOf(await post(rsa.id, fresh))).statuses[0]?.status).toBe(
      "revoked",
    );
    later(31);
    const seen = readOcspResponse(await bytesOf(await get(path)));
    expect(seen.statuses[0]).toMatchObject({ status: "revoked", reason: 4 });
  });

  it("while the object does not answer: tryLater, nothing kept, and good again afterwards", async () => {
    const serial = await certify(ec);
    await ask(ec, serial);
    const other = await certify(ec);
    const broken = vi
      .spyOn(CertificateAuthority.prototype, "certificateStatuses")
      .mockRejectedValue(new Error("out of reach"));
    const response = await post(ec.id, ocspRequest([await certId(ec.der, other)]));
    expect([response.status, response.headers.get("retry-after")]).toEqual([200, "30"]);
    expect(responseStatus(await bytesOf(response))).toBe(3);
    broken.mockRestore();
    expect((await ask(ec, other)).statuses[0]?.status).toBe("good");
  });

  it("threat 54: a flood of what must be made anew is put off by CA; what is kept goes on being answered", async () => {
    const serial = await certify(ec);
    const stores = createStores(env.DB);
    const clock = { now: () => new Date() };
    const log = { write: vi.fn<EventLog["write"]>(), fault: vi.fn<EventLog["fault"]>() };
    const { masterKeys } = readEnvironment(env);
    const keyWrapping = createKeyWrapping(masterKeys);
    const publication = { ...stores, authorities, keyWrapping, clock, log };
    const asked: string[] = [];
    let left = 1;
    const routes = createPkiRoutes({
      environment: readEnvironment(env),
      knownAuthorities: createKnownAuthorities(publication),
      ocspAnswers: createOcspAnswers(publication),
      publishedCrls: createPublishedCrls(publication),
      limits: noLimits,
      newAnswers: { allows: (key) => Promise.resolve(asked.push(key) > 0 && left-- > 0) },
      clock,
      log,
    });
    const object = vi.spyOn(CertificateAuthority.prototype, "certificateStatuses");
    const waiting = { waitUntil: () => undefined, passThroughOnException: () => undefined };
    const answerTo = async (body: Uint8Array) => {
      const url = `${plainOrigin}/pki/${ec.id}/ocsp`;
      const response = await routes.request(
        url,
        { method: "POST", body },
        {},
        { ...waiting, props: {} },
      );
      const retryAfter = response.headers.get("retry-after");
      return [response.status, responseStatus(await bytesOf(response)), retryAfter];
    };
    const good = ocspRequest([await certId(ec.der, serial)]);
    const nonce = { extensions: [nonceExtension(16)] };
    const flood = [
      ocspRequest([await certId(ec.der, Uint8Array.of(0x42))]),
      ocspRequest([await certId(ec.der, serial)], nonce),
    ];
    expect(await answerTo(good)).toEqual([200, 0, null]);
    for (const request of flood) expect(await answerTo(request)).toEqual([200, 3, "30"]);
    expect(await answerTo(good)).toEqual([200, 0, null]);
    expect(await answerTo(Uint8Array.of(1))).toEqual([200, 1, null]);
    expect(asked).toEqual([ec.id, ec.id, ec.id]);
    expect(object).toHaveBeenCalledTimes(1);
    expect(log.write.mock.calls.map(([{ reason }]) => reason)).toContain(
      "too many new answers for this CA",
    );
    left = 1;
    expect(await answerTo(flood[1] ?? good)).toEqual([200, 0, null]);
  });
});
