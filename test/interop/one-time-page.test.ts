/** What the one-time page shows is copied out of it and run, letter by letter, by a shell. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertmongerDaemon, startCertmonger } from "../support/certmonger-daemon.ts";
import { redeemToken } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { commandOn, shellIn } from "../support/shown-commands.ts";

const needed = ["certmonger", "getcert", "dbus-daemon", "pki", "openssl", "certtool"] as const;

describe.skipIf(missing("interop/one-time-page", needed))(
  "the commands of the one-time page",
  () => {
    let folder: TemporaryFolder;
    let certmonger: CertmongerDaemon;
    let page: string;
    let shell: (script: string) => Promise<string>;

    beforeAll(async () => {
      folder = temporaryFolder("one-time-page");
      shell = shellIn(folder);
      certmonger = await startCertmonger(folder);
      page = await redeemToken("devices", {
        subject: "OU=O'Neill\\, Sons & Co,O=Demo",
        subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
      });
    });
    afterAll(async () => {
      await certmonger.stop();
      folder.remove();
    });

    const accepted = async (file: string) =>
      expectAccepted(
        await fetchChain(demoConfiguration("devices").url, folder),
        folder.file(file),
        folder,
      );

    it("certmonger: added, asked for, issued", async () => {
      await shell(`mkdir -p /etc/ssl/private /etc/ssl/certs`);
      for (const step of [2, 3]) await shell(commandOn(page, `certmonger-${step}`));
      const id = /getcert list -i (\S+)/.exec(commandOn(page, "certmonger-4"))?.[1] ?? "";
      const states = ["MONITORING", "CA_REJECTED", "CA_UNREACHABLE"];
      expect(await certmonger.waitFor(id, states)).toContain("status: MONITORING");
      const issued = await accepted(`certs/${id}.pem`);
      expect(issued.subjectText.toSorted()).toEqual([
        "CN=device-7",
        "O=Demo",
        "OU=O'Neill, Sons & Co",
      ]);
    });

    it("strongSwan: key, CAs, certificate", async () => {
      // Its own reader of names knows no comma within a value.
      const plain = await redeemToken("devices", { subject: "OU=O'Neill & Co,O=Demo" });
      for (const step of [1, 2, 3]) await shell(commandOn(plain, `strongswan-${step}`));
      const issued = await accepted("device.pem");
      expect(issued.subjectText).toEqual(["O=Demo", "OU=O'Neill & Co", "CN=device-7"]);
    });

    it("sscep: OpenSSL makes the request with challenge and names", async () => {
      await shell(commandOn(page, "sscep-1"));
      const { stdout } = await runWell("openssl", [
        ...["req", "-in", folder.file("device.csr"), "-noout", "-text", "-nameopt", "RFC2253"],
      ]);
      expect(stdout).toContain(/data-challenge="([^"]+)"/.exec(page)?.[1]);
      expect(stdout).toContain("DNS:DEVICE-NAME.demo.test");
      expect(stdout).toContain("Subject: CN=DEVICE-NAME,OU=O'Neill\\, Sons & Co,O=Demo");
    });
  },
);
