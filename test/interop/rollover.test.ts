/** A rollover with certmonger in it: before, staged, promoted; OpenSSL judges what is announced and what stays valid. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertmongerDaemon, startCertmonger } from "../support/certmonger-daemon.ts";
import { addConfiguration, addToken, callApi } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demo } from "../support/local-server.ts";
import { derOfPem } from "../support/pem.ts";
import { readCertificate } from "../support/scep-client/index.ts";

const needed = ["certmonger", "getcert", "dbus-daemon", "openssl", "certtool"] as const;

interface Authority {
  readonly id: string;
  readonly certificate: string;
}
interface Succession {
  readonly state: string;
  readonly rootChanges: boolean;
  readonly successor: Authority;
}

describe.skipIf(missing("interop/rollover", needed))("a rollover", () => {
  const unique = Date.now().toString(36);
  let folder: TemporaryFolder;
  let certmonger: CertmongerDaemon;
  beforeAll(async () => {
    folder = temporaryFolder("rollover");
    certmonger = await startCertmonger(folder);
  });
  afterAll(async () => {
    await certmonger.stop();
    folder.remove();
  });

  const openssl = (...words: string[]) => runWell("openssl", words, { cwd: folder.path });
  const held = () => readCertificate(derOfPem(readFileSync(folder.file("device.pem"), "utf8")));
  const create = (name: string, more: object = {}): Promise<Authority> =>
    callApi("POST", "certificate-authorities", {
      ...{ name: `${name} ${unique}`, subject: `CN=${name},O=Demo`, keyAlgorithm: "RSA-2048" },
      ...more,
    });
  async function fetchTo(file: string, address: string): Promise<void> {
    const response = await fetch(address);
    expect(response.status).toBe(200);
    writeFileSync(folder.file(file), new Uint8Array(await response.arrayBuffer()));
  }

  it("certmonger renews below the same root and notices nothing, and what it had stays valid", async () => {
    const root = await create("Rollover Root");
    const before = await create("Rollover CA", { parent: root.id });
    const served = await addConfiguration("devices", "rollover", {
      certificateAuthority: before.id,
    });
    const challenge = await addToken(served.name);
    await certmonger.getcert("add-scep-ca", "-c", "rollover", "-u", served.url);
    await certmonger.getcert(
      ...["request", "-c", "rollover", "-I", "device", "-L", challenge],
      ...["-f", folder.file("device.pem"), "-k", folder.file("device.key")],
      ...["-N", "CN=rollover,O=Demo", "-D", "rollover.demo.test"],
    );
    const settled = ["MONITORING", "CA_REJECTED", "CA_UNREACHABLE"];
    expect(await certmonger.waitFor("device", settled)).toContain("status: MONITORING");
    const old = await expectAccepted(
      await fetchChain(served.url, folder),
      folder.file("device.pem"),
      folder,
    );
    writeFileSync(folder.file("old.pem"), readFileSync(folder.file("device.pem")));

    const path = `certificate-authorities/${before.id}`;
    const staged = await callApi<Succession>("POST", `${path}/successor`, {});
    expect(staged).toMatchObject({ state: "staged", rootChanges: false });
    writeFileSync(folder.file("root.pem"), root.certificate);
    writeFileSync(folder.file("before.pem"), before.certificate);
    await fetchTo("next.der", `${served.url}?operation=GetNextCACert`);
    // RFC 8894, section 4.7.1: signed by the current CA, which the root vouches for.
    await openssl(
      ...["cms", "-verify", "-inform", "DER", "-in", "next.der", "-CAfile", "root.pem"],
      ...["-purpose", "any", "-signer", "signer.pem", "-out", "next.p7b"],
    );
    expect(derOfPem(readFileSync(folder.file("signer.pem"), "utf8"))).toEqual(
      derOfPem(before.certificate),
    );
    const announced = await openssl("pkcs7", "-inform", "DER", "-in", "next.p7b", "-print_certs");
    const [body = ""] = /MII[^-]+/.exec(staged.successor.certificate) ?? [];
    expect(announced.stdout.replaceAll(/\s/g, "")).toContain(body.replaceAll(/\s/g, ""));

    expect(await callApi<Succession>("POST", `${path}/promote`, {})).toMatchObject({
      state: "promoted",
    });
    // The old certificate: its CA's CRL and OCSP go on.
    await fetchTo("crl.der", `${demo().baseUrl}/pki/${before.id}/crl`);
    await openssl("crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem");
    await openssl(
      ...[
        "verify",
        "-x509_strict",
        "-crl_check",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "before.pem",
      ],
      ...["-CRLfile", "crl.pem", "old.pem"],
    );
    const ocsp = await openssl(
      ...["ocsp", "-issuer", "before.pem", "-cert", "old.pem", "-CAfile", "root.pem"],
      ...["-url", `${demo().baseUrl}/pki/${before.id}/ocsp`],
    );
    expect(ocsp.said).toContain("old.pem: good");

    // It kept what GetCACert said before.
    await certmonger.getcert("resubmit", "-i", "device");
    for (let tries = 0; held().serialNumberHex === old.serialNumberHex && tries < 80; tries++) {
      await delay(250);
      expect(await certmonger.waitFor("device", settled)).toContain("status: MONITORING");
    }
    expect(held().serialNumberHex).not.toBe(old.serialNumberHex);
    const chain = await fetchChain(served.url, folder);
    expect(chain.issuer.der).toEqual(new Uint8Array(derOfPem(staged.successor.certificate)));
    const renewed = await expectAccepted(chain, folder.file("device.pem"), folder);
    expect(renewed.subject).toEqual(old.subject);
  });
});
