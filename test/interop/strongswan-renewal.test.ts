/** strongSwan's pki renews with RenewalReq and polls with CertPoll. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFileSync } from "node:fs";
import { approveRequestOf } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import {
  type Outcome,
  run,
  runWell,
  type TemporaryFolder,
  temporaryFolder,
} from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { oids } from "../support/scep-client/index.ts";
import { lastPkiOperation, startScepProxy } from "../support/scep-proxy.ts";
import { readSent } from "../support/sent-messages.ts";

describe.skipIf(missing("interop/strongswan-renewal", ["pki", "openssl", "certtool"]))(
  "strongSwan pki",
  () => {
    let folder: TemporaryFolder;
    beforeAll(() => {
      folder = temporaryFolder("strongswan-renewal");
    });
    afterAll(() => folder.remove());

    const file = (name: string): string => folder.file(name);
    const fetchAuthorities = (url: string): Promise<Outcome> => {
      const out = ["--caout", file("ca.pem"), "--raout", file("ra.pem")];
      const form = ["--outform", "pem", "--force"];
      return runWell("pki", ["--scepca", "--url", url, ...out, ...form], { cwd: folder.path });
    };

    /** @param more `--password`, or `--cert` and `--key` of what is to be renewed */
    const scep = async (
      url: string,
      commonName: string,
      keyName: string,
      more: readonly string[],
    ): Promise<Outcome> => {
      await runWell("openssl", ["genrsa", "-out", file(`${keyName}.key`), "2048"]);
      const names = ["--dn", `O=Demo, CN=${commonName}`, "--san", `${commonName}.demo.test`];
      const trust = ["--cacert-enc", file("ra.pem"), "--cacert-sig", file("ca-1.pem")];
      const rest = ["--cacert", file("ca.pem"), "--outform", "pem", "--interval", "1"];
      const outcome = await run("pki", [
        ...["--scep", "--url", url, "--in", file(`${keyName}.key`)],
        ...[...names, ...trust, ...rest, ...more],
      ]);
      writeFileSync(file(`${keyName}.pem`), outcome.stdout);
      return outcome;
    };

    it("--cert and --key renew for a new key, with RenewalReq and without a challenge", async () => {
      const { url, challenge = "" } = demoConfiguration("devices");
      await fetchAuthorities(url);
      const chain = await fetchChain(url, folder);
      await scep(url, "ss-renewing", "ss-first", ["--password", challenge]);
      const old = await expectAccepted(chain, file("ss-first.pem"), folder);
      const proxy = await startScepProxy(url);
      try {
        const held = ["--cert", file("ss-first.pem"), "--key", file("ss-first.key")];
        const { said } = await scep(proxy.url, "ss-renewing", "ss-second", held);
        expect(said).toContain("Issued certificate is trusted");
        const sent = readSent(lastPkiOperation(proxy));
        expect(sent.messageType).toBe("17");
        expect([sent.issuer, sent.serialNumberHex]).toEqual([old.issuer, old.serialNumberHex]);
      } finally {
        await proxy.stop();
      }
      const renewed = await expectAccepted(chain, file("ss-second.pem"), folder);
      expect(renewed.subject).toEqual(old.subject);
      expect(renewed.spki).not.toEqual(old.spki);
      expect(renewed.extensions.get(oids.subjectAltName)).toEqual(
        old.extensions.get(oids.subjectAltName),
      );
    });

    it("polls with CertPoll until the request is approved", async () => {
      const { url, challenge = "" } = demoConfiguration("approval");
      await fetchAuthorities(url);
      const proxy = await startScepProxy(url);
      try {
        const more = ["--password", challenge, "--maxpolltime", "60"];
        const [{ said }] = await Promise.all([
          scep(proxy.url, "ss-waiting", "ss-waiting", more),
          approveRequestOf("ss-waiting"),
        ]);
        expect(said).toContain("Issued certificate is trusted");
        const sent = readSent(lastPkiOperation(proxy));
        expect(sent.messageType).toBe("20");
      } finally {
        await proxy.stop();
      }
      const chain = await fetchChain(url, folder);
      const issued = await expectAccepted(chain, file("ss-waiting.pem"), folder);
      expect(issued.subjectText).toEqual(["O=Demo", "CN=ss-waiting"]);
    });
  },
);
