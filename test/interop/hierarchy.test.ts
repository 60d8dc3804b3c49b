/** Hierarchies with a real client in them: three tiers, an issuer that is OpenSSL, and CAs that were OpenSSL's before. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addConfiguration, addToken, callApi, requestApi } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { run, runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demo } from "../support/local-server.ts";

interface Authority {
  readonly id: string;
  readonly name: string;
  readonly certificate: string;
  readonly state: string;
}

describe.skipIf(missing("interop/hierarchy", ["scepclient", "openssl", "certtool"]))(
  "hierarchies",
  () => {
    let folder: TemporaryFolder;
    const password = "päss word";
    const usage = "keyUsage=critical,keyCertSign,cRLSign";
    const unique = Date.now().toString(36);
    beforeAll(() => {
      folder = temporaryFolder("hierarchy");
    });
    afterAll(() => folder.remove());

    const openssl = (...words: string[]) => runWell("openssl", words, { cwd: folder.path });
    const read = (name: string): string => readFileSync(folder.file(name), "utf8");
    const base64 = (name: string): string => readFileSync(folder.file(name)).toString("base64");

    const create = (name: string, more: object = {}): Promise<Authority> =>
      callApi("POST", "certificate-authorities", {
        ...{ name: `${name} ${unique}`, subject: `CN=${name},O=Demo`, keyAlgorithm: "RSA-2048" },
        ...more,
      });

    /** A configuration on that CA for the old client, its URL and a challenge. */
    async function serve(authority: Authority) {
      const { url, name } = await addConfiguration("legacy", "hierarchy", {
        certificateAuthority: authority.id,
        preset: "legacy",
      });
      return { url, challenge: await addToken(name) };
    }

    const enrol = (served: { url: string; challenge: string }, name: string) => {
      const own = mkdtempSync(folder.file(`${name}-`));
      const names = ["-cn", name, "-organization", "Demo", "-ou", "", "-country", ""];
      const files = ["-private-key", join(own, "key"), "-certificate", folder.file(`${name}.pem`)];
      const where = ["-server-url", served.url, "-challenge", served.challenge];
      return run("scepclient", [...where, ...names, ...files], { cwd: own });
    };

    /** Enrols, and has the certificate and its whole chain judged by OpenSSL and GnuTLS. */
    async function expectWorks(authority: Authority, name: string): Promise<number> {
      const served = await serve(authority);
      expect((await enrol(served, name)).said).toContain("pkiStatus=SUCCESS");
      const chain = await fetchChain(served.url, folder);
      await expectAccepted(chain, folder.file(`${name}.pem`), folder);
      return read("authorities.pem").split("BEGIN CERTIFICATE").length - 1;
    }

    it("three tiers: root, intermediate and issuing CA, with path lengths", async () => {
      const root = await create("Tier 1", { pathLength: 2 });
      const middle = await create("Tier 2", { parent: root.id });
      const issuing = await create("Tier 3", { parent: middle.id });
      expect(await expectWorks(issuing, "three-tiers")).toBe(3);
      writeFileSync(folder.file("tier3.pem"), issuing.certificate);
      const { stdout } = await openssl("x509", "-in", "tier3.pem", "-noout", "-text");
      expect(stdout).toContain("CA:TRUE, pathlen:0");
    });

    describe("below OpenSSL", () => {
      beforeAll(async () => {
        await openssl(
          ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "outside.key"],
          ...["-out", "outside.pem", "-days", "30", "-subj", "/O=Outside/CN=Outside Root"],
          ...["-addext", usage],
        );
        writeFileSync(
          folder.file("sign.cnf"),
          [
            "basicConstraints=critical,CA:TRUE,pathlen:0",
            "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
            "nameConstraints=critical,permitted;DNS:demo.test,excluded;IP:10.0.0.0/255.0.0.0",
            // Not the digest of the key that we would have taken.
            "subjectKeyIdentifier=0102030405060708",
            "authorityKeyIdentifier=keyid",
          ].join("\n"),
        );
      });

      it("its request is signed by OpenSSL, with name constraints and a path length that then hold", async () => {
        const waiting = await create("External", { externalParent: true });
        const path = `certificate-authorities/${waiting.id}`;
        const request = await requestApi("GET", `${path}/certification-request`);
        writeFileSync(folder.file("external.csr"), await request.text());
        const { said } = await openssl(
          ...["req", "-in", "external.csr", "-verify", "-noout", "-text"],
        );
        expect(said).toMatch(/verify OK/);
        expect(said).toMatch(/CA:TRUE/);
        await openssl(
          ...["x509", "-req", "-in", "external.csr", "-CA", "outside.pem", "-CAkey", "outside.key"],
          ...["-days", "20", "-extfile", "sign.cnf", "-out", "external.pem"],
        );
        const ready = await callApi<Authority>("POST", `${path}/certificate`, {
          certificate: read("external.pem"),
          chain: read("outside.pem"),
        });
        expect(ready.state).toBe("ready");

        expect(await expectWorks(ready, "inside.demo.test")).toBe(2);
        const refused = await enrol(await serve(ready), "outside.other.test");
        expect(refused.said).not.toContain("pkiStatus=SUCCESS");
        const below = await requestApi("POST", "certificate-authorities", {
          ...{ name: `below ${unique}`, subject: "CN=below", keyAlgorithm: "P-256" },
          parent: ready.id,
        });
        expect(await below.text()).toMatch(/may have no CA below it/);
      });
    });

    describe("imported", () => {
      const importing = (name: string, files: object) =>
        requestApi("POST", "certificate-authorities/import", {
          name: `${name} ${unique}`,
          ...files,
        });
      const mustImport = async (name: string, files: object): Promise<Authority> => {
        const answer = await importing(name, files);
        const text = await answer.text();
        expect(answer.status, text).toBe(201);
        return JSON.parse(text) as Authority;
      };

      beforeAll(async () => {
        await openssl(
          ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "old.key"],
          ...["-out", "old.pem", "-days", "30", "-subj", "/O=Demo/CN=Old CA"],
          ...["-addext", usage],
        );
        writeFileSync(
          folder.file("ca.cnf"),
          "[ca]\ndefault_ca=old\n[old]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=7\n",
        );
        writeFileSync(folder.file("crlnumber"), "0400\n");
        writeFileSync(
          folder.file("index.txt"),
          "R\t360101000000Z\t260101000000Z,keyCompromise\t0ABC\tunknown\t/CN=lost\n",
        );
        await openssl(
          ...["ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "old.key", "-cert", "old.pem"],
          ...["-out", "old.crl"],
        );
      });

      it("in PEM, with its CRL: it enrols a client, and what it has revoked stays revoked", async () => {
        await openssl("rsa", "-in", "old.key", "-traditional", "-out", "old-pkcs1.key");
        const old = await mustImport("pem", {
          certificate: read("old.pem"),
          privateKey: read("old-pkcs1.key"),
          crl: read("old.crl"),
        });
        expect(await expectWorks(old, "imported")).toBe(1);
        const list = await fetch(`${demo().baseUrl}/pki/${old.id}/crl`);
        writeFileSync(folder.file("new.crl"), Buffer.from(await list.arrayBuffer()));
        const { said } = await openssl(
          ...["crl", "-in", "new.crl", "-inform", "DER", "-CAfile", "old.pem", "-noout", "-text"],
        );
        expect(said).toMatch(/verify OK/);
        expect(said).toMatch(/X509v3 CRL Number:\s+1025/);
        expect(said).toMatch(
          /Serial Number: 0ABC\s+Revocation Date: Jan {2}1 00:00:00 2026 GMT[^]*Key Compromise/,
        );
        const answer = await openssl(
          ...["ocsp", "-issuer", "old.pem", "-CAfile", "old.pem", "-serial", "0xABC"],
          ...["-url", `${demo().baseUrl}/pki/${old.id}/ocsp`],
        );
        expect(answer.said).toMatch(/Response verify OK/);
        expect(answer.said).toMatch(/0xABC: revoked[^]*Reason: keyCompromise/);
      });

      const store = (...options: string[]) => [
        ...["pkcs12", "-export", "-in", "old.pem", "-inkey", "old.key", "-out", "old.p12"],
        ...["-passout", `pass:${password}`, ...options],
      ];
      it.each<[string, string[]]>([
        ["AES-256 and SHA-256", []],
        [
          "3DES and SHA-1",
          ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
        ],
        [
          "AES-128, SHA-512, 150,000 iterations",
          [
            "-certpbe",
            "AES-128-CBC",
            "-keypbe",
            "AES-128-CBC",
            "-macalg",
            "sha512",
            "-iter",
            "150000",
          ],
        ],
        ["nothing but a MAC", ["-certpbe", "NONE", "-keypbe", "NONE"]],
      ])("as PKCS #12 with %s", async (name, options) => {
        await openssl(...store(...options));
        const made = await mustImport(name, { pkcs12: base64("old.p12"), password });
        expect(made.certificate.trim()).toBe(read("old.pem").trim());
        const wrong = await importing(`${name} wrong`, {
          pkcs12: base64("old.p12"),
          password: "x",
        });
        expect(await wrong.text()).toMatch(/password is wrong/);
      });

      it("as PKCS #12 of GnuTLS", async () => {
        await runWell("certtool", [
          ...["--to-p12", "--load-certificate", folder.file("old.pem")],
          ...[
            "--load-privkey",
            folder.file("old.key"),
            "--outder",
            "--outfile",
            folder.file("g.p12"),
          ],
          ...["--password", "gnutls", "--p12-name", "old"],
        ]);
        await mustImport("gnutls", { pkcs12: base64("g.p12"), password: "gnutls" });
      });

      it("not with RC2, and says what to do", async () => {
        const made = await run("openssl", store("-legacy"), { cwd: folder.path });
        // Without the legacy module OpenSSL itself cannot write it.
        if (made.code !== 0) return;
        const answer = await importing("rc2", { pkcs12: base64("old.p12"), password });
        expect(await answer.text()).toMatch(/RC2.*openssl pkcs12 -legacy/);
      });

      it("from an encrypted PKCS #8 key, and from an EC key in SEC 1", async () => {
        await openssl(
          ...["pkcs8", "-topk8", "-v2", "aes256", "-in", "old.key", "-out", "old-encrypted.key"],
          ...["-passout", `pass:${password}`],
        );
        await mustImport("encrypted", {
          ...{ certificate: read("old.pem"), privateKey: read("old-encrypted.key"), password },
        });
        await openssl("ecparam", "-name", "secp384r1", "-genkey", "-out", "ec.key");
        await openssl(
          ...["req", "-x509", "-new", "-key", "ec.key", "-out", "ec.pem", "-days", "30"],
          ...["-subj", "/O=Demo/CN=EC CA"],
        );
        await mustImport("sec1", { certificate: read("ec.pem"), privateKey: read("ec.key") });
      });
    });
  },
);
