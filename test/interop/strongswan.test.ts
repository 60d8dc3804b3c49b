/** strongSwan's pki: sorts the chain itself, writes CSR attributes out of DER order, accepts rsaEncryption only. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readdirSync, writeFileSync } from "node:fs";
import { missing } from "../support/foreign-programs.ts";
import { run, runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { generalName, hex, oids, text } from "../support/scep-client/index.ts";
import { lastPkiOperation, startScepProxy } from "../support/scep-proxy.ts";

describe.skipIf(missing("interop/strongswan", ["pki", "openssl", "certtool"]))(
  "strongSwan pki",
  () => {
    let folder: TemporaryFolder;
    beforeAll(() => {
      folder = temporaryFolder("strongswan");
    });
    afterAll(() => folder.remove());

    const fetchAuthorities = (url: string) =>
      runWell(
        "pki",
        [
          "--scepca",
          "--url",
          url,
          "--caout",
          folder.file("ca.pem"),
          "--raout",
          folder.file("ra.pem"),
          "--outform",
          "pem",
          "--force",
        ],
        { cwd: folder.path },
      );

    const enrol = async (url: string, challenge: string, name: string, more: readonly string[]) => {
      const key = folder.file(`${name}.key`);
      await runWell("openssl", ["genrsa", "-out", key, "2048"]);
      const outcome = await run("pki", [
        "--scep",
        "--url",
        url,
        "--in",
        key,
        "--dn",
        `O=Demo, CN=${name}`,
        "--san",
        `${name}.demo.test`,
        "--password",
        challenge,
        "--cacert-enc",
        folder.file("ra.pem"),
        "--cacert-sig",
        folder.file("ca-1.pem"),
        "--cacert",
        folder.file("ca.pem"),
        "--interval",
        "1",
        "--maxpolltime",
        "2",
        "--outform",
        "pem",
        ...more,
      ]);
      writeFileSync(folder.file(`${name}.pem`), outcome.stdout);
      return outcome;
    };

    it("--scepca finds root, issuing CA and RA in GetCACert and trusts the chain", async () => {
      const { said } = await fetchAuthorities(demoConfiguration("devices").url);
      expect(said).toMatch(
        /Root CA cert "O=Demo, CN=Demo Root"|Root CA cert "CN=Demo Root, O=Demo"/,
      );
      expect(said).toMatch(/Sub CA cert is trusted/);
      expect(said).toMatch(/RA cert is trusted/);
      expect(readdirSync(folder.path)).toEqual(
        expect.arrayContaining(["ca.pem", "ca-1.pem", "ra.pem"]),
      );
    });

    // It reads GetCACaps as numbers instead of flags: every list from which it takes a digest also means POST to it.
    const cases = [
      { configuration: "devices", more: [] },
      { configuration: "devices", more: ["--digest", "sha512"] },
      { configuration: "legacy", more: ["--cipher", "des3"] },
      { configuration: "legacy", more: ["--cipher", "des3", "--digest", "sha1"] },
    ];
    cases.forEach(({ configuration, more }, index) => {
      it(`--scep enrols on "${configuration}" by POST ${more.join(" ")}`.trimEnd(), async () => {
        const { url, challenge = "" } = demoConfiguration(configuration);
        await fetchAuthorities(url);
        const proxy = await startScepProxy(url);
        try {
          const name = `strongswan-${index}`;
          const { said } = await enrol(proxy.url, challenge, name, more);
          expect(said).toContain("Issued certificate is trusted");
          expect(lastPkiOperation(proxy).method).toBe("POST");
          const issued = await expectAccepted(
            await fetchChain(url, folder),
            folder.file(`${name}.pem`),
            folder,
          );
          expect(issued.subjectText).toEqual(["O=Demo", `CN=${name}`]);
          const names = issued.extensions.get(oids.subjectAltName)?.value ?? text("");
          expect(hex(names)).toContain(hex(generalName.dns(`${name}.demo.test`)));
        } finally {
          await proxy.stop();
        }
      });
    });

    it("refuses a wrong challenge with a FAILURE that pki can read", async () => {
      const { url } = demoConfiguration("devices");
      await fetchAuthorities(url);
      const { code, said } = await enrol(url, "not-the-challenge", "strongswan-refused", []);
      expect(code).not.toBe(0);
      expect(said).toMatch(/rejected|failure|badRequest/i);
    });
  },
);
