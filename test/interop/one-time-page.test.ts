/** What the one-time page shows is copied out of it and run, letter by letter, by a shell. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertmongerDaemon, startCertmonger } from "../support/certmonger-daemon.ts";
import { redeemToken } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";

const needed = ["certmonger", "getcert", "dbus-daemon", "pki", "openssl", "certtool"] as const;

/** The text of a command on the page, as the clipboard would get it. */
function commandOn(page: string, id: string): string {
  const [, , text] = new RegExp(`<(pre|textarea) id="${id}"[^>]*>([^]*?)</\\1>`).exec(page) ?? [];
  if (text === undefined) throw new Error(`the page has no command ${id}`);
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

describe.skipIf(missing("interop/one-time-page", needed))(
  "the commands of the one-time page",
  () => {
    let folder: TemporaryFolder;
    let certmonger: CertmongerDaemon;
    let page: string;

    beforeAll(async () => {
      folder = temporaryFolder("one-time-page");
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

    const shell = (script: string): Promise<string> =>
      new Promise((resolve, reject) => {
        // This daemon has a bus of its own, and the test no right to /etc: nothing else is changed.
        const prelude = `set -e; getcert() { command getcert "$1" -s "\${@:2}"; }; hostname() { echo device-7; }\n`;
        const child = spawn("bash", ["-c", prelude + script.replaceAll("/etc/ssl", folder.path)], {
          cwd: folder.path,
          env: {
            ...process.env,
            LC_ALL: "C",
            DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder.file("bus")}`,
          },
        });
        let said = "";
        child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
        child.once("close", (code) =>
          code === 0 ? resolve(said) : reject(new Error(`${script}\nexit ${code}\n${said}`)),
        );
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
