/**
 * What else is public under `/pki/{ca}/`: CRL, CA certificates, the page that shows them, and that nothing else can be
 * learnt there. Threats 33, 56, 57, 59; guide 4.2.1d, 4.3.4.11, 4.3.5.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { toBase64, toHex, toPem } from "../../src/pki/bytes.ts";
import { describeCertificate } from "../../src/pki/certificate-description.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import { readSignedData } from "../../src/pki/cms-signed-data.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { authorities, issued, issueRequest } from "../support/authorities.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { certId, ocspRequest, readOcspResponse } from "../support/ocsp.ts";
import { derOfPem } from "../support/pem.ts";
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

describe("the CRL", () => {
  it("threat 56: is the CA's own, says how long it may be kept, and is not sent twice to whoever has it", async () => {
    const response = await get(`/pki/${rsa.id}/crl?x=1`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/pkix-crl");
    expect(response.headers.get("cache-control")).toMatch(/^max-age=300, public/);
    const etag = response.headers.get("etag") ?? "";
    const lastModified = response.headers.get("last-modified") ?? "";
    expect(Date.parse(response.headers.get("expires") ?? "") - Date.now()).toBeLessThanOrEqual(
      300_000,
    );
    const der = await bytesOf(response);
    for (const headers of [{ "if-none-match": etag }, { "if-modified-since": lastModified }]) {
      const again = await get(`/pki/${rsa.id}/crl`, headers);
      expect([again.status, (await bytesOf(again)).length]).toEqual([304, 0]);
      expect(again.headers.get("etag")).toBe(etag);
    }
    const head = await get(`/pki/${rsa.id}/crl`, {}, "HEAD");
    expect([head.status, (await bytesOf(head)).length]).toEqual([200, 0]);
    const secure = await fetchWorker(new Request(`https://other.test/pki/${rsa.id}/crl`));
    expect(toHex(await bytesOf(secure))).toBe(toHex(der));
  });

  it("shows a revocation within 15 minutes, what caches may keep included", async () => {
    const serial = await certify(ec);
    const before = toHex(await bytesOf(await get(`/pki/${ec.id}/crl`)));
    await authorities
      .get(ec.id)
      .revoke({ serialNumberHex: serialHex(serial), reason: "keyCompromise", by: "test" });
    expect(before).not.toContain(serialHex(serial));
    later(120);
    await authorities.get(ec.id).wake();
    const response = await get(`/pki/${ec.id}/crl`);
    expect(toHex(await bytesOf(response))).toContain(serialHex(serial));
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "")?.[1]);
    expect(120 + maxAge).toBeLessThan(15 * 60);
  });

  it("is a 503 with Retry-After, not an expired list, when there is none", async () => {
    const lonely = await publicCa(tenant, "Lonely", "P-256");
    vi.spyOn(CertificateAuthority.prototype, "currentCrl").mockResolvedValue({
      ok: false,
      error: { reason: "crl_unavailable" },
    });
    const response = await get(`/pki/${lonely.id}/crl`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "30"]);
  });
});

describe("CA certificates and the page", () => {
  it("4.2.1d: the CA's own as DER, the chain as PKCS #7 and PEM, over plain HTTP, without a cookie", async () => {
    const own = await get(`/pki/${rsa.id}/ca.cer`);
    expect(own.headers.get("content-type")).toBe("application/pkix-cert");
    expect(own.headers.get("set-cookie")).toBeNull();
    expect(toHex(await bytesOf(own))).toBe(toHex(rsa.der));
    const p7c = await get(`/pki/${rsa.id}/chain.p7c`);
    expect(p7c.headers.get("content-type")).toBe("application/pkcs7-mime; smime-type=certs-only");
    const { certificates } = readSignedData(await bytesOf(p7c));
    expect(certificates.map(({ der }) => toHex(der))).toEqual([rsa.der, root.der].map(toHex));
    const pem = await get(`/pki/${rsa.id}/chain.pem`);
    expect(pem.headers.get("content-type")).toBe("application/pem-certificate-chain");
    const blocks = (await pem.text()).split(/(?=-----BEGIN)/).map(derOfPem);
    expect(blocks.map(toHex)).toEqual([rsa.der, root.der].map(toHex));
    expect(toHex(await bytesOf(await get(`/pki/${rsa.id}/chain/1.cer`)))).toBe(toHex(root.der));
    expect((await get(`/pki/${rsa.id}/chain/2.cer`)).status).toBe(404);
  });

  it("certificates send relying parties here: devices to their CA, a subordinate to its parent, a root nowhere", async () => {
    const issue = await issued(authorities.get(rsa.id).issue(await issueRequest()));
    const uris = (der: Uint8Array) =>
      [...String.fromCharCode(...der).matchAll(/http:\/\/[\x21-\x7e]+?(?:crl|ocsp|ca\.cer)/g)].map(
        ([uri]) => uri,
      );
    const at = (id: string) =>
      ["crl", "ocsp", "ca.cer"].map((file) => `${plainOrigin}/pki/${id}/${file}`);
    expect(uris(issue.certificateDer)).toEqual(at(rsa.id));
    expect(uris(rsa.der)).toEqual(at(root.id));
    expect(uris(root.der)).toEqual([]);
    for (const uri of [...uris(issue.certificateDer), ...uris(rsa.der)].filter(
      (u) => !u.endsWith("ocsp"),
    ))
      expect((await fetchWorker(new Request(uri))).status).toBe(200);
  });

  it("a CA may publish at a host of its own, over http only", async () => {
    const wish = { name: "Elsewhere", subject: "CN=Elsewhere", keyAlgorithm: "P-256" };
    const path = tenant.path("certificate-authorities");
    for (const publicationOrigin of [
      "https://pki.test",
      "http://pki.test/",
      "ftp://x",
      "nonsense",
    ]) {
      const refused = await tenant.api.request("POST", path, { ...wish, publicationOrigin });
      expect(refused.status).toBe(422);
    }
    const { id } = await tenant.api.post<{ id: string }>(path, {
      ...wish,
      publicationOrigin: "http://pki.test",
    });
    const issue = await issued(authorities.get(id).issue(await issueRequest()));
    const text = String.fromCharCode(...issue.certificateDer);
    expect(text).toContain(`http://pki.test/pki/${id}/crl`);
    expect(text).not.toContain("scep.example.test");
  });

  it("4.3.4.11, 4.3.5: the page has each certificate's fingerprints and file, and says which goes where", async () => {
    const response = await get(`/pki/${rsa.id}/`);
    const page = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+';/,
    );
    for (const der of [rsa.der, root.der]) {
      for (const digest of ["SHA-1", "SHA-256"]) {
        const hex = toHex(new Uint8Array(await crypto.subtle.digest(digest, der))).toUpperCase();
        expect(page).toContain(hex.match(/../g)?.join(":"));
      }
    }
    for (const text of [
      "CN=RSA Issuing,O=Demo",
      "CN=Public Root,O=Demo",
      "Windows",
      "Apple",
      "Android",
    ])
      expect(page).toContain(text);
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? "");
    expect(links).toContain(`/pki/${root.id}/ca.cer`);
    for (const link of new Set(links))
      expect([link, (await get(link)).status]).toEqual([link, 200]);
    expect(page).not.toContain("Publication");
    expect(page).not.toContain(tenant.id);
    const [, style = ""] = /<style>([^<]*)<\/style>/.exec(page) ?? [];
    const digest = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)),
    );
    expect(response.headers.get("content-security-policy")).toContain(toBase64(digest));
    expect(await (await get(`/pki/${rsa.id}`)).text()).toBe(page);
  });

  it("a chain may end outside: those certificates are published as well", async () => {
    const path = tenant.path("certificate-authorities");
    const names = { name: "Outside", subject: "CN=Outside,O=Demo", keyAlgorithm: "P-256" };
    const { id } = await tenant.api.post<{ id: string }>(path, { ...names, externalParent: true });
    expect((await get(`/pki/${id}/ca.cer`)).status).toBe(404);
    const asked = await tenant.api.request("GET", `${path}/${id}/certification-request`);
    const request = parseCertificationRequest(new Uint8Array(derOfPem(await asked.text())));
    // An outside CA, as far as this one knows: nothing but its certificates is seen of it.
    const other = await createTenant("Outside Owner");
    const top = await publicCa(other, "Outside Root", "P-256");
    const signed = await authorities.get(top.id).issueSubordinate({
      subjectDer: request.subjectDer,
      subjectPublicKeyInfoDer: request.publicKey.der,
      validitySeconds: 86_400,
    });
    if (!signed.ok) throw new Error("not signed");
    await tenant.api.post(`${path}/Outside/certificate`, {
      certificate: toPem("CERTIFICATE", signed.value.certificateDer),
      chain: toPem("CERTIFICATE", top.der),
    });
    const page = await (await get(`/pki/${id}/`)).text();
    expect(page).toContain(`/pki/${id}/chain/1.cer`);
    expect(page).not.toContain(top.id);
    expect(toHex(await bytesOf(await get(`/pki/${id}/chain/1.cer`)))).toBe(toHex(top.der));
    const { certificates } = readSignedData(await bytesOf(await get(`/pki/${id}/chain.p7c`)));
    expect(certificates.map(({ der }) => toHex(der))).toEqual(
      [signed.value.certificateDer, top.der].map(toHex),
    );
  });

  it("threat 61: a retired CA goes on: certificate, CRL, OCSP by a responder that is made afterwards", async () => {
    const old = await publicCa(tenant, "Old", "P-256");
    const serial = await certify(old);
    await tenant.api.request("DELETE", tenant.path("certificate-authorities/Old"));
    expect((await authorities.get(old.id).issue(await issueRequest())).ok).toBe(false);
    for (const file of ["", "ca.cer", "crl"])
      expect((await get(`/pki/${old.id}/${file}`)).status).toBe(200);
    const body = ocspRequest([await certId(old.der, serial)]);
    const url = `${plainOrigin}/pki/${old.id}/ocsp`;
    const answer = await fetchWorker(new Request(url, { method: "POST", body }));
    expect(readOcspResponse(await bytesOf(answer)).statuses[0]?.status).toBe("good");
  });

  it("4.2.1.10 (RFC 5280): a responder's name is within its CA's name constraints", async () => {
    const path = tenant.path("certificate-authorities");
    const { id, certificate } = await tenant.api.post<{ id: string; certificate: string }>(path, {
      ...{ name: "Bounded", subject: "CN=Bounded,O=Demo", keyAlgorithm: "P-256" },
      ...{ parent: "Public Root" },
      nameConstraints: { permitted: [{ type: "directoryName", value: "OU=Devices,O=Bounded" }] },
    });
    const der = new Uint8Array(derOfPem(certificate));
    const body = ocspRequest([await certId(der, Uint8Array.of(1))]);
    const url = `${plainOrigin}/pki/${id}/ocsp`;
    const answer = await fetchWorker(new Request(url, { method: "POST", body }));
    const { responder } = readOcspResponse(await bytesOf(answer));
    const { subject } = await describeCertificate(responder.der);
    expect(subject).toBe("CN=Bounded OCSP responder,OU=Devices,O=Bounded");
  });

  it("threat 59: what is not there looks the same everywhere, whoever asks for whatever", async () => {
    const files = [
      "",
      "ca.cer",
      "chain.p7c",
      "chain.pem",
      "crl",
      "ocsp",
      "ocsp/AAAA",
      "chain/0.cer",
    ];
    const unknown = crypto.randomUUID();
    const answers = new Set<string>();
    for (const id of [unknown, tenant.id, "x", "%00", "..%2f..", "a".repeat(300)]) {
      for (const file of files) {
        const response = await get(`/pki/${id}/${file}`);
        answers.add(`${response.status} ${await response.text()}`);
      }
    }
    for (const file of ["nothing", "ca.cer/x", "crl/", "chain/0.cer/x"]) {
      const response = await get(`/pki/${rsa.id}/${file}`);
      answers.add(`${response.status} ${await response.text()}`);
    }
    expect([...answers]).toEqual(["404 There is nothing at this address.\n"]);
  });

  it("threat 57: neither host nor query nor forwarding headers make another answer", async () => {
    const plain = toHex(await bytesOf(await get(`/pki/${rsa.id}/chain.pem`)));
    const headers = { "x-forwarded-host": "evil.test", forwarded: "host=evil.test" };
    expect(toHex(await bytesOf(await get(`/pki/${rsa.id}/chain.pem?a=b&c`, headers)))).toBe(plain);
    const elsewhere = await fetchWorker(new Request(`http://evil.test/pki/${rsa.id}/`));
    expect(await elsewhere.text()).not.toContain("evil.test");
  });

  it("other methods are told what there is", async () => {
    for (const [file, allow] of [
      ["crl", "GET, HEAD"],
      ["ca.cer", "GET, HEAD"],
      ["", "GET, HEAD"],
      ["ocsp", "GET, HEAD, POST"],
    ]) {
      const response = await get(`/pki/${rsa.id}/${file}`, {}, "DELETE");
      expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    }
  });
});
