/** OpenSSL reads, verifies and opens what the server sends; the requests are our own test client's. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { missing } from "../support/foreign-programs.ts";
import { runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { type Chain, expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { certificatePem, privateKeyPem } from "../support/pem.ts";
import * as scep from "../support/scep-client/index.ts";

const scepAttribute = (last: number): string => `2.16.840.1.113733.1.9.${last}`;

describe.skipIf(missing("interop/openssl", ["openssl", "certtool"]))("openssl", () => {
  let folder: TemporaryFolder;
  let chain: Chain;
  let url: string;
  let challenge: string;
  const key = scep.rsaKeyPair();

  beforeAll(async () => {
    folder = temporaryFolder("openssl");
    ({ url, challenge = "" } = demoConfiguration("devices"));
    chain = await fetchChain(url, folder);
  });
  afterAll(() => folder.remove());

  const send = async (request: Partial<scep.CertificationRequestPlan>) => {
    const message = scep.buildPkiMessage({
      recipient: chain.agent,
      request: { key, challenge, ...request },
    });
    const answer = await scep.answerOf(await fetch(scep.postPkiOperation(url, message.der)));
    expect(answer).toMatchObject({ status: 200, contentType: "application/x-pki-message" });
    writeFileSync(folder.file("reply.der"), answer.body);
    return message;
  };
  const verifyReply = async (): Promise<Buffer> => {
    const content = folder.file("content.der");
    const { said } = await runWell("openssl", [
      "cms",
      "-verify",
      "-inform",
      "DER",
      "-in",
      folder.file("reply.der"),
      "-binary",
      "-out",
      content,
      "-CAfile",
      chain.authoritiesFile,
      "-purpose",
      "any",
    ]);
    expect(said).toContain("CMS Verification successful");
    return readFileSync(content);
  };
  /** `TYPE :value` of each SCEP attribute, as asn1parse shows what follows its OID. */
  const attributesOf = async () => {
    const { stdout } = await runWell("openssl", [
      "asn1parse",
      "-inform",
      "DER",
      "-in",
      folder.file("reply.der"),
    ]);
    const lines = stdout.split("\n").map((line) => line.replace(/^.*(?:prim|cons):\s*/, "").trim());
    return (dotted: string): string | undefined => {
      const at = lines.findIndex((line) => /^OBJECT\s*:/.test(line) && line.endsWith(`:${dotted}`));
      return at < 0 ? undefined : lines[at + 2]?.replace(/\s*(?::|\[HEX DUMP\]:)/, " ");
    };
  };

  it("cms verifies a SUCCESS up to the root, opens its envelope and finds the certificate", async () => {
    const message = await send({
      subject: scep.name("O=Demo", "CN=openssl"),
      extensions: [scep.extensions.subjectAltName(scep.generalName.dns("openssl.demo.test"))],
    });
    await verifyReply();
    writeFileSync(folder.file("device.key"), privateKeyPem(key), { mode: 0o600 });
    writeFileSync(folder.file("signer.pem"), certificatePem(message.signer.certificate));
    await runWell("openssl", [
      "cms",
      "-decrypt",
      "-inform",
      "DER",
      "-in",
      folder.file("content.der"),
      "-binary",
      "-inkey",
      folder.file("device.key"),
      "-recip",
      folder.file("signer.pem"),
      "-out",
      folder.file("certs.p7"),
    ]);
    const { stdout } = await runWell("openssl", [
      "pkcs7",
      "-inform",
      "DER",
      "-in",
      folder.file("certs.p7"),
      "-print_certs",
    ]);
    writeFileSync(folder.file("device.pem"), stdout.slice(stdout.indexOf("-----BEGIN")));
    const issued = await expectAccepted(chain, folder.file("device.pem"), folder);
    expect(issued.spki).toEqual(key.spki);
    expect(issued.subjectText).toEqual(["O=Demo", "CN=openssl"]);
  });

  it("asn1parse shows the attributes of a SUCCESS with their types", async () => {
    const message = await send({ subject: scep.name("O=Demo", "CN=attributes") });
    const attribute = await attributesOf();
    expect(attribute(scepAttribute(2))).toBe("PRINTABLESTRING 3");
    expect(attribute(scepAttribute(3))).toBe("PRINTABLESTRING 0");
    expect(attribute(scepAttribute(4))).toBeUndefined();
    expect(attribute(scepAttribute(5))).toMatch(/^OCTET STRING [0-9A-F]{32}$/);
    expect(attribute(scepAttribute(6))).toBe(
      `OCTET STRING ${scep.hex(message.senderNonce).toUpperCase()}`,
    );
    expect(attribute(scepAttribute(7))).toBe(`PRINTABLESTRING ${message.transactionID}`);
  });

  it("cms verifies a FAILURE, whose content is there and empty", async () => {
    await send({ challenge: "not-the-challenge" });
    expect(await verifyReply()).toHaveLength(0);
    const attribute = await attributesOf();
    expect(attribute(scepAttribute(3))).toBe("PRINTABLESTRING 2");
    expect(attribute(scepAttribute(4))).toBe("PRINTABLESTRING 2");
    const { stdout } = await runWell("openssl", [
      "cms",
      "-cmsout",
      "-print",
      "-inform",
      "DER",
      "-in",
      folder.file("reply.der"),
    ]);
    expect(stdout).toMatch(/eContentType: pkcs7-data/);
    expect(stdout).toMatch(/eContent:\s*\n\s*(?:<EMPTY>|0000 - *\n|d?)/);
    expect(stdout).not.toMatch(/eContent: <ABSENT>/);
  });

  it("pkcs7 lists GetCACert in the order agent, issuer, root", async () => {
    const response = await fetch(`${url}?operation=GetCACert`);
    writeFileSync(folder.file("ca.p7"), Buffer.from(await response.arrayBuffer()));
    const { stdout } = await runWell("openssl", [
      "pkcs7",
      "-inform",
      "DER",
      "-in",
      folder.file("ca.p7"),
      "-print_certs",
      "-noout",
    ]);
    const subjects = stdout.split("\n").filter((line) => line.startsWith("subject="));
    expect(subjects).toHaveLength(3);
    expect(subjects[1]).toContain("Demo Devices CA");
    expect(subjects[2]).toContain("Demo Root");
  });

  it("req makes a request and cms signs and seals it, with nothing of ours; the server enrols it", async () => {
    const file = folder.file;
    await runWell("openssl", ["genrsa", "-out", file("o.key"), "2048"]);
    const config = `[req]\ndistinguished_name=dn\nattributes=at\nprompt=no\n[dn]\nO=Demo\nCN=openssl-only\n[at]\nchallengePassword=${challenge}\n`;
    writeFileSync(file("req.conf"), config);
    await runWell("openssl", [
      "req",
      "-new",
      "-key",
      file("o.key"),
      "-config",
      file("req.conf"),
      "-outform",
      "DER",
      "-out",
      file("o.csr"),
    ]);
    writeFileSync(file("ra.pem"), certificatePem(chain.agent));
    await runWell("openssl", [
      "cms",
      "-encrypt",
      "-binary",
      "-in",
      file("o.csr"),
      "-outform",
      "DER",
      "-aes256",
      "-out",
      file("o.env"),
      file("ra.pem"),
    ]);
    const csr = readFileSync(file("o.csr"));
    // openssl cms cannot add SCEP's attributes, so the outermost layer is the test client's.
    const der = await runWell("openssl", [
      "pkey",
      "-in",
      file("o.key"),
      "-outform",
      "DER",
      "-out",
      file("o.der"),
    ]);
    expect(der.code).toBe(0);
    expect(csr.length).toBeGreaterThan(500);
    const own = scep.keyPairOf(readFileSync(file("o.der")));
    const message = scep.buildPkiMessage({
      recipient: chain.agent,
      request: { key: own },
      pkcsPKIEnvelope: scep.bytes(readFileSync(file("o.env"))),
    });
    const answer = await scep.answerOf(await fetch(scep.postPkiOperation(url, message.der)));
    const reply = scep.verifyCertRep(answer.body, message, chain.agent);
    expect(reply).toMatchObject({ pkiStatus: "SUCCESS", cipher: "AES-256-CBC" });
  });
});
