/** micromdm's scepclient: DES and SHA-1 whatever the server advertises, one constructed EncryptedContent. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../support/foreign-programs.ts";
import { run, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { oids, readSignedReply, stringOf } from "../support/scep-client/index.ts";
import { lastPkiOperation, startScepProxy } from "../support/scep-proxy.ts";

describe.skipIf(missing("interop/scepclient", ["scepclient", "openssl", "certtool"]))(
  "scepclient",
  () => {
    let folder: TemporaryFolder;
    beforeAll(() => {
      folder = temporaryFolder("scepclient");
    });
    afterAll(() => folder.remove());

    const enrol = (url: string, challenge: string, name: string) => {
      // It takes up the csr.pem that it finds beside the key, so every enrolment has a folder of its own.
      const own = mkdtempSync(folder.file(`${name}-`));
      return run(
        "scepclient",
        [
          "-server-url",
          url,
          "-challenge",
          challenge,
          "-cn",
          name,
          "-organization",
          "Demo",
          "-ou",
          "",
          "-country",
          "",
          "-private-key",
          join(own, "device.key"),
          "-certificate",
          folder.file(`${name}.pem`),
        ],
        { cwd: own },
      );
    };

    const statusOf = (reply: Uint8Array) => {
      const { attributes } = readSignedReply(reply);
      const text = (dotted: string) => {
        const value = attributes.get(dotted)?.[0];
        return value && stringOf(value);
      };
      return { pkiStatus: text(oids.pkiStatus), failInfo: text(oids.failInfo) };
    };

    for (const getOnly of [false, true]) {
      const method = getOnly ? "GET" : "POST";
      it(`enrols on "legacy" by ${method}, to all certificates of the chain at once`, async () => {
        const { url, challenge = "" } = demoConfiguration("legacy");
        const proxy = await startScepProxy(url, { getOnly });
        try {
          const name = `scepclient-${method.toLowerCase()}`;
          const { said } = await enrol(proxy.url, challenge, name);
          expect(said).toContain("pkiStatus=SUCCESS");
          expect(lastPkiOperation(proxy).method).toBe(method);
          const chain = await fetchChain(url, folder);
          const issued = await expectAccepted(chain, folder.file(`${name}.pem`), folder);
          expect(issued.subjectText).toEqual(["O=Demo", `CN=${name}`]);
        } finally {
          await proxy.stop();
        }
      });
    }

    it('gets badAlg on "devices", where DES is not served, and writes no certificate', async () => {
      const { url, challenge = "" } = demoConfiguration("devices");
      const proxy = await startScepProxy(url);
      try {
        const { code } = await enrol(proxy.url, challenge, "scepclient-refused");
        expect(code).not.toBe(0);
        expect(statusOf(lastPkiOperation(proxy).responseBody)).toEqual({
          pkiStatus: "2",
          failInfo: "0",
        });
        expect(existsSync(folder.file("scepclient-refused.pem"))).toBe(false);
      } finally {
        await proxy.stop();
      }
    });
  },
);
