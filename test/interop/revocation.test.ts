/** OpenSSL and GnuTLS read our CRLs: empty, with entries, and after a release. The lists are fetched by GetCRL. */
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addConfiguration, addToken, callApi } from "../support/demo-api.ts";
import { expectSuccess } from "../support/expectations.ts";
import { missing } from "../support/foreign-programs.ts";
import { run, runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { type Chain, fetchChain } from "../support/foreign-verification.ts";
import { certificatePem } from "../support/pem.ts";
import * as scep from "../support/scep-client/index.ts";

interface Scene {
  readonly chain: Chain;
  readonly client: scep.ScepClient;
  readonly challenge: string;
}

describe.skipIf(missing("interop/revocation", ["openssl", "certtool"]))("CRLs", () => {
  let folder: TemporaryFolder;

  beforeAll(() => {
    folder = temporaryFolder("revocation");
  });
  afterAll(() => folder.remove());

  /** A CA of its own for each test: its first list need not wait for the minute after another one. */
  async function sceneOf(keyAlgorithm: string): Promise<Scene> {
    const name = `revocation-${keyAlgorithm.toLowerCase()}-${Date.now().toString(36)}`;
    const subject = `CN=${name},O=Demo`;
    await callApi("POST", "certificate-authorities", { name, subject, keyAlgorithm });
    const configuration = await addConfiguration("devices", name, { certificateAuthority: name });
    return {
      chain: await fetchChain(configuration.url, folder),
      client: new scep.ScepClient((request) => fetch(request), configuration.url),
      challenge: await addToken(configuration.name),
    };
  }

  async function enrolled({ client, challenge }: Scene, name: string): Promise<scep.SignerPlan> {
    const key = scep.rsaKeyPair();
    const request = { key, subject: scep.name("O=Demo", `CN=${name}`), challenge };
    const { certificate } = expectSuccess(await client.enrol({ request }));
    writeFileSync(folder.file(`${name}.pem`), certificatePem(certificate));
    return { key, certificate };
  }

  const revoke = ({ certificate }: scep.SignerPlan, reason: string) =>
    callApi("POST", `certificates/${certificate.serialNumberHex}/revoke`, { reason });

  /** Waits until the list has exactly these: one follows the one before it after a minute at the earliest. */
  async function fetchList(
    { client }: Scene,
    signer: scep.SignerPlan,
    ...revoked: readonly scep.SignerPlan[]
  ): Promise<void> {
    const { issuer, serialNumber } = signer.certificate;
    const payload = scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber));
    const messageType = scep.messageTypes.GetCRL;
    const wanted = revoked.map(({ certificate }) => certificate.serialNumberHex).toSorted();
    for (let attempt = 0; attempt < 160; attempt++) {
      const request = { key: signer.key };
      const { crls } = expectSuccess(await client.enrol({ request, signer, messageType, payload }));
      const list = scep.readCertificateList(crls[0] ?? scep.bytes([]));
      const found = list.revoked.map(({ serialNumberHex }) => serialNumberHex).toSorted();
      writeFileSync(folder.file("crl.der"), list.der);
      if (found.join() === wanted.join()) return;
      await delay(500);
    }
    throw new Error("no list with these entries");
  }

  /** @returns what OpenSSL says of the list */
  async function expectVerified({ chain }: Scene): Promise<string> {
    const read = ["crl", "-inform", "DER", "-in", folder.file("crl.der")];
    const [verify, root] = [["-noout", "-verify", "-CAfile"], chain.rootFile];
    expect((await runWell("openssl", [...read, ...verify, root])).said).toContain("verify OK");
    const pemFile = folder.file("crl.pem");
    await runWell("openssl", [...read, "-out", pemFile]);
    const gnutls = ["--verify-crl", "--infile", pemFile, "--load-ca-certificate", root];
    expect((await runWell("certtool", gnutls)).said).toMatch(/verification output: Verified\./i);
    return (await runWell("openssl", [...read, "-noout", "-text"])).stdout;
  }

  const judge = async ({ chain }: Scene, name: string): Promise<string> => {
    const strictly = ["verify", "-x509_strict", "-crl_check", "-CRLfile", folder.file("crl.pem")];
    const file = folder.file(`${name}.pem`);
    const { said } = await run("openssl", [...strictly, "-CAfile", chain.rootFile, file]);
    return said;
  };

  it("RFC 5280 section 5: with entries and reasons, and what they refuse by it", async () => {
    const scene = await sceneOf("RSA-2048");
    const [good, lost, held] = [
      await enrolled(scene, "good"),
      await enrolled(scene, "lost"),
      await enrolled(scene, "held"),
    ];
    await revoke(lost, "keyCompromise");
    await revoke(held, "certificateHold");
    await fetchList(scene, good, lost, held);
    const text = await expectVerified(scene);
    for (const words of ["Key Compromise", "Certificate Hold", "X509v3 CRL Number"])
      expect(text).toContain(words);
    expect(await judge(scene, "good")).toContain("good.pem: OK");
    for (const name of ["lost", "held"])
      expect(await judge(scene, name)).toContain("certificate revoked");
  }, 180_000);

  it("RFC 5280 section 5.3.1: empty, after the only one was released", async () => {
    const scene = await sceneOf("P-256");
    const held = await enrolled(scene, "released");
    await revoke(held, "certificateHold");
    await callApi("POST", `certificates/${held.certificate.serialNumberHex}/release`, {});
    await fetchList(scene, held);
    expect(await expectVerified(scene)).toContain("No Revoked Certificates");
    expect(await judge(scene, "released")).toContain("released.pem: OK");
  }, 180_000);
});
