/** certmonger's `resubmit` (the same key), `rekey` (a new one) and a request that waits for approval. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type CertmongerDaemon, startCertmonger } from "../support/certmonger-daemon.ts";
import { addConfiguration, addToken, approveRequestOf } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { derOfPem } from "../support/pem.ts";
import { type Certificate, oids, readCertificate } from "../support/scep-client/index.ts";
import { lastPkiOperation, type ScepProxy, startScepProxy } from "../support/scep-proxy.ts";
import { readSent } from "../support/sent-messages.ts";

const needed = ["certmonger", "getcert", "dbus-daemon", "openssl", "certtool"] as const;
const settled = ["MONITORING", "CA_REJECTED", "CA_UNREACHABLE"];

describe.skipIf(missing("interop/certmonger-renewal", needed))("certmonger", () => {
  let folder: TemporaryFolder;
  let certmonger: CertmongerDaemon;
  const proxies: ScepProxy[] = [];

  beforeAll(async () => {
    folder = temporaryFolder("certmonger-renewal");
    certmonger = await startCertmonger(folder);
  });
  afterAll(async () => {
    await certmonger.stop();
    for (const proxy of proxies) await proxy.stop();
    folder.remove();
  });

  const addAuthority = async (configuration: string): Promise<ScepProxy> => {
    const proxy = await startScepProxy(demoConfiguration(configuration).url);
    proxies.push(proxy);
    const added = await certmonger.getcert("add-scep-ca", "-c", configuration, "-u", proxy.url);
    expect(added.said).toContain(`New CA "${configuration}" added.`);
    return proxy;
  };
  const request = (id: string, authority: string, challenge: string) => {
    const files = ["-f", folder.file(`${id}.pem`), "-k", folder.file(`${id}.key`)];
    const names = ["-N", `CN=${id},O=Demo`, "-D", `${id}.demo.test`];
    const more = ["-c", authority, "-I", id, "-L", challenge];
    return certmonger.getcert("request", ...more, ...files, ...names);
  };
  const current = (id: string): Certificate =>
    readCertificate(derOfPem(readFileSync(folder.file(`${id}.pem`), "utf8")));
  const privateKey = (id: string): string => readFileSync(folder.file(`${id}.key`), "utf8");

  /** Waits until another certificate than this one lies in the file and certmonger is content. */
  const replacementOf = async (id: string, old: Certificate): Promise<Certificate> => {
    for (let attempt = 0; attempt < 120; attempt++) {
      const listed = await certmonger.waitFor(id, settled);
      expect(listed).toContain("status: MONITORING");
      const found = current(id);
      if (found.serialNumberHex !== old.serialNumberHex) return found;
      await delay(250);
    }
    throw new Error("certmonger never got another certificate");
  };

  it("resubmit renews with the same key, rekey with a new one, each signed with the old certificate", async () => {
    const { url, challenge = "" } = demoConfiguration("devices");
    const proxy = await addAuthority("devices");
    await request("cm-renewing", "devices", challenge);
    expect(await certmonger.waitFor("cm-renewing", settled)).toContain("status: MONITORING");
    let old = current("cm-renewing");
    let { transactionID } = readSent(lastPkiOperation(proxy));

    for (const command of ["resubmit", "rekey", "resubmit"]) {
      const key = privateKey("cm-renewing");
      const { code, said } = await certmonger.getcert(command, "-i", "cm-renewing");
      expect(code, said).toBe(0);
      const renewed = await replacementOf("cm-renewing", old);
      const sent = readSent(lastPkiOperation(proxy));
      expect([sent.issuer, sent.serialNumberHex]).toEqual([old.issuer, old.serialNumberHex]);
      expect(sent.messageType).toBe("19");
      expect(privateKey("cm-renewing") === key).toBe(command === "resubmit");
      expect(renewed.subject).toEqual(old.subject);
      expect(renewed.extensions.get(oids.subjectAltName)).toEqual(
        old.extensions.get(oids.subjectAltName),
      );
      await expectAccepted(await fetchChain(url, folder), folder.file("cm-renewing.pem"), folder);
      // Its transactionID comes from the key.
      expect(sent.transactionID === transactionID).toBe(command === "resubmit");
      ({ transactionID } = sent);
      old = renewed;
    }
  });

  it("renews although the token of its challenge, which it sends again, has ended", async () => {
    const { url, name } = await addConfiguration("devices", "cm-ended", {});
    const end = Date.now() + 10_000;
    const challenge = await addToken(name, { expiresAt: new Date(end).toISOString() });
    await certmonger.getcert("add-scep-ca", "-c", name, "-u", url);
    await request("cm-ended", name, challenge);
    expect(await certmonger.waitFor("cm-ended", settled)).toContain("status: MONITORING");
    const old = current("cm-ended");
    await delay(Math.max(0, end - Date.now()) + 1_000);
    await certmonger.getcert("resubmit", "-i", "cm-ended");
    const renewed = await replacementOf("cm-ended", old);
    expect(renewed.subject).toEqual(old.subject);
  });

  it("waits in CA_WORKING for approval, and has its certificate after refresh", async () => {
    const { url, challenge = "" } = demoConfiguration("approval");
    const proxy = await addAuthority("approval");
    await request("cm-waiting", "approval", challenge);
    expect(await certmonger.waitFor("cm-waiting", ["CA_WORKING", ...settled])).toContain(
      "status: CA_WORKING",
    );
    await approveRequestOf("cm-waiting");
    await certmonger.getcert("refresh", "-i", "cm-waiting");
    expect(await certmonger.waitFor("cm-waiting", settled)).toContain("status: MONITORING");
    expect(lastPkiOperation(proxy).method).toBe("GET");
    const issued = await expectAccepted(
      await fetchChain(url, folder),
      folder.file("cm-waiting.pem"),
      folder,
    );
    expect(issued.subjectText.toSorted()).toEqual(["CN=cm-waiting", "O=Demo"]);
  });
});
