/** The real certmonger daemon: it verifies every reply against the chain it fetched, and sends by GET only. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertmongerDaemon, startCertmonger } from "../support/certmonger-daemon.ts";
import { addConfiguration, addToken } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { generalName, hex, oids, text } from "../support/scep-client/index.ts";
import { lastPkiOperation, startScepProxy } from "../support/scep-proxy.ts";

const needed = ["certmonger", "getcert", "dbus-daemon", "openssl", "certtool"] as const;

describe.skipIf(missing("interop/certmonger", needed))("certmonger", () => {
  let folder: TemporaryFolder;
  let certmonger: CertmongerDaemon;

  beforeAll(async () => {
    folder = temporaryFolder("certmonger");
    certmonger = await startCertmonger(folder);
  });
  afterAll(async () => {
    await certmonger.stop();
    folder.remove();
  });

  const request = (id: string, authority: string, challenge: string, commonName: string) =>
    certmonger.getcert(
      ...([
        "request",
        "-c",
        authority,
        "-I",
        id,
        "-f",
        folder.file(`${id}.pem`),
        "-k",
        folder.file(`${id}.key`),
      ] as const),
      "-N",
      `CN=${commonName},O=Demo`,
      "-D",
      `${commonName}.demo.test`,
      "-L",
      challenge,
      "-v",
    );

  for (const configuration of ["devices", "legacy"]) {
    it(`enrols on "${configuration}" by GET and goes on to monitor its certificate`, async () => {
      const { url, challenge = "" } = demoConfiguration(configuration);
      const proxy = await startScepProxy(url);
      try {
        const added = await certmonger.getcert("add-scep-ca", "-c", configuration, "-u", proxy.url);
        expect(added.said).toContain(`New CA "${configuration}" added.`);
        await request(configuration, configuration, challenge, `cm-${configuration}`);
        const listed = await certmonger.waitFor(configuration, [
          "MONITORING",
          "CA_REJECTED",
          "CA_UNREACHABLE",
        ]);
        expect(listed).toContain("status: MONITORING");

        const sent = lastPkiOperation(proxy);
        expect(sent.method).toBe("GET");
        expect(sent.contentType).toBe("application/x-pki-message");
        const chain = await fetchChain(url, folder);
        const issued = await expectAccepted(chain, folder.file(`${configuration}.pem`), folder);
        // certmonger writes CN before O; the order is the client's to choose.
        expect(issued.subjectText.toSorted()).toEqual([`CN=cm-${configuration}`, "O=Demo"]);
        const names = issued.extensions.get(oids.subjectAltName)?.value ?? text("");
        expect(hex(names)).toContain(hex(generalName.dns(`cm-${configuration}.demo.test`)));
      } finally {
        await proxy.stop();
      }
    });
  }

  it("enrols names that are no PrintableString, which it writes as one, and a UPN, which it writes twice", async () => {
    const name = `certmonger-upn-${Date.now()}`;
    const rules = { subjectAltName: { types: ["dns", "upn"] } };
    const { url, name: configuration } = await addConfiguration("devices", "upn", {}, rules);
    const challenge = await addToken(configuration, {
      subject: "O=R&D_1",
      subjectAlternativeNames: [{ type: "upn", value: "david@demo.test" }],
    });
    await certmonger.getcert("add-scep-ca", "-c", name, "-u", url);
    await certmonger.getcert(
      ...["request", "-c", name, "-I", name, "-L", challenge, "-v"],
      ...["-f", folder.file(`${name}.pem`), "-k", folder.file(`${name}.key`)],
      ...["-N", "CN=lab_1@x,O=R&D_1", "-K", "david@demo.test"],
    );
    const listed = await certmonger.waitFor(name, ["MONITORING", "CA_REJECTED", "CA_UNREACHABLE"]);
    expect(listed).toContain("status: MONITORING");
    const chain = await fetchChain(url, folder);
    const issued = await expectAccepted(chain, folder.file(`${name}.pem`), folder);
    expect(issued.subjectText).toContain("O=R&D_1");
    const names = issued.extensions.get(oids.subjectAltName)?.value ?? text("");
    expect(hex(names)).toContain(hex(generalName.upn("david@demo.test")));
  });

  it("reports a wrong challenge as a rejection by the CA, not as an unreachable CA", async () => {
    const { url } = demoConfiguration("devices");
    await certmonger.getcert("add-scep-ca", "-c", "refusing", "-u", url);
    await request("refused", "refusing", "not-the-challenge", "cm-refused");
    const listed = await certmonger.waitFor("refused", [
      "MONITORING",
      "CA_REJECTED",
      "CA_UNREACHABLE",
    ]);
    expect(listed).toContain("status: CA_REJECTED");
  });
});
