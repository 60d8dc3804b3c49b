/**
 * Relying parties that are not ours: OpenSSL, GnuTLS, strongSwan and a strict checker on Go's standard library follow the
 * addresses in certificates, over plain HTTP, for an RSA and an EC CA: good, revoked, on hold, and unknown.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import {
  addAuthority,
  addConfiguration,
  addToken,
  authoritiesOf,
  revokeCertificate,
} from "../support/demo-api.ts";
import { expectSuccess } from "../support/expectations.ts";
import { missing } from "../support/foreign-programs.ts";
import { run, runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { demo, demoConfiguration } from "../support/local-server.ts";
import { certificatePem } from "../support/pem.ts";
import * as scep from "../support/scep-client/index.ts";

const programs = ["openssl", "certtool", "ocsptool", "pki", "go"] as const;
const key = scep.rsaKeyPair();

interface Authority {
  readonly name: string;
  readonly base: string;
  readonly parentBase: string;
  readonly url: string;
  readonly challenge: string;
}

/** What was asked for, and what every relying party must say of it. */
const devices = [
  { name: "good", reason: undefined, status: "good", code: 0 },
  { name: "revoked", reason: "keyCompromise", status: "revoked", code: 1 },
  { name: "held", reason: "certificateHold", status: "revoked", code: 6 },
] as const;

describe.skipIf(missing("interop/publication", programs))("relying parties", () => {
  let folder: TemporaryFolder;
  let checker: string;
  const authorities = new Map<string, Authority>();

  const base = (id: string): string => `${demo().baseUrl}/pki/${id}/`;
  const fetched = async (url: string): Promise<Buffer> => {
    const response = await fetch(url);
    expect([url, response.status]).toEqual([url, 200]);
    return Buffer.from(await response.arrayBuffer());
  };
  /** Files of one CA are told apart by its name. */
  const file = ({ name }: Authority, what: string): string => folder.file(`${name}-${what}`);

  async function download(authority: Authority): Promise<void> {
    const chain = (await fetched(`${authority.base}chain.pem`)).toString();
    const [issuer = "", root = ""] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
    writeFileSync(file(authority, "chain.pem"), chain);
    writeFileSync(file(authority, "issuer.pem"), issuer);
    writeFileSync(file(authority, "root.pem"), root);
    writeFileSync(file(authority, "crl.der"), await fetched(`${authority.base}crl`));
    writeFileSync(file(authority, "root-crl.der"), await fetched(`${authority.parentBase}crl`));
    for (const crl of ["crl", "root-crl"]) {
      const [input, output] = [file(authority, `${crl}.der`), file(authority, `${crl}.pem`)];
      await runWell("openssl", ["crl", "-inform", "DER", "-in", input, "-out", output]);
    }
  }

  async function enrol(authority: Authority, name: string): Promise<string> {
    const client = new scep.ScepClient((request) => fetch(request), authority.url);
    const reply = await client.enrol({
      request: { key, challenge: authority.challenge, subject: scep.name("O=Demo", `CN=${name}`) },
    });
    const { certificate } = expectSuccess(reply);
    writeFileSync(file(authority, `${name}.pem`), certificatePem(certificate));
    const { stdout } = await runWell("openssl", [
      ...["x509", "-noout", "-serial", "-in", file(authority, `${name}.pem`)],
    ]);
    return stdout.trim().replace("serial=", "").toLowerCase();
  }

  beforeAll(async () => {
    folder = temporaryFolder("publication");
    checker = folder.file("strict-checker");
    const rsa = await authoritiesOf("devices");
    const { url, challenge = "" } = demoConfiguration("devices");
    authorities.set("RSA", {
      ...{ name: "rsa", base: base(rsa.issuer), parentBase: base(rsa.parent), url, challenge },
    });
    const root = await addAuthority("EC Root", "P-384");
    const issuer = await addAuthority("EC Issuing", "P-256", root);
    const ec = await addConfiguration("devices", "publication", { certificateAuthority: issuer });
    authorities.set("EC", {
      ...{ name: "ec", base: base(issuer), parentBase: base(root), url: ec.url },
      challenge: await addToken(ec.name),
    });
    const built = runWell("go", ["build", "-o", checker, "test/interop/strict-checker.go"], {
      env: { GO111MODULE: "off", GOCACHE: folder.file("go-cache") },
      timeoutMilliseconds: 110_000,
    });
    const wrong: (readonly [serialNumber: string, reason: string])[] = [];
    for (const authority of authorities.values()) {
      for (const { name, reason } of devices) {
        const serial = await enrol(authority, name);
        if (reason !== undefined) wrong.push([serial, reason]);
      }
    }
    await built;
    // At once, so that one list has them all: the next one is a minute away.
    await Promise.all(wrong.map(([serial, reason]) => revokeCertificate(serial, reason)));
    for (const authority of authorities.values()) {
      // Another suite may have revoked something of this CA just before.
      for (let attempt = 0; attempt < 150; attempt++) {
        await download(authority);
        const { stdout } = await runWell("openssl", [
          ...["crl", "-noout", "-text", "-in", file(authority, "crl.pem")],
        ]);
        if (
          /Key Compromise[\s\S]*Certificate Hold|Certificate Hold[\s\S]*Key Compromise/.test(stdout)
        )
          break;
        await delay(1000);
      }
    }
  }, 300_000);
  afterAll(() => folder.remove());

  const authorityOf = (kind: string): Authority => {
    const authority = authorities.get(kind);
    if (!authority) throw new Error(`no ${kind} CA`);
    return authority;
  };

  const strongswan = (kind: string) => async () => {
    const authority = authorityOf(kind);
    for (const { name, status } of devices) {
      const { said, code } = await run("pki", [
        ...["--verify", "--online", "--in", file(authority, `${name}.pem`)],
        ...["--cacert", file(authority, "root.pem"), "--cacert", file(authority, "issuer.pem")],
      ]);
      expect(said).toContain("ocsp response correctly signed by");
      expect(said).toContain(
        status === "good" ? "certificate not revoked" : "certificate was revoked on",
      );
      expect([name, code === 0]).toEqual([name, status === "good"]);
    }
  };
  it("strongSwan asks OCSP at the certificates' addresses, of an RSA CA", strongswan("RSA"));
  it.skipIf(missing("interop/publication: strongSwan, EC", ["libstrongswan-openssl.so"]))(
    "strongSwan asks OCSP at the certificates' addresses, of an EC CA",
    strongswan("EC"),
  );

  describe.each(["RSA", "EC"])("of an %s CA", (kind) => {
    /** Request and answer by OpenSSL; what it says of the answer is what it found. */
    async function opensslOcsp(what: readonly string[], more: readonly string[]) {
      const authority = authorityOf(kind);
      return await run("openssl", [
        ...["ocsp", "-issuer", file(authority, "issuer.pem"), ...what],
        ...["-url", `${authority.base}ocsp`, "-CAfile", file(authority, "root.pem")],
        ...["-verify_other", file(authority, "issuer.pem"), ...more],
      ]);
    }

    it.each(devices)("openssl ocsp: $name", async ({ name, status }) => {
      const certificate = file(authorityOf(kind), `${name}.pem`);
      for (const more of [["-nonce"], ["-no_nonce"], ["-no_nonce", "-sha256"]]) {
        // The digest stands before the certificate that it is for.
        const digest = more.filter((option) => option === "-sha256");
        const rest = more.filter((option) => option !== "-sha256");
        const { said } = await opensslOcsp([...digest, "-cert", certificate], rest);
        expect(said).toContain("Response verify OK");
        expect(said).toContain(`${certificate}: ${status}`);
        expect(said).not.toMatch(/WARNING|error/i);
      }
    });

    it("openssl ocsp: a number that nobody was given, and several at once", async () => {
      const authority = authorityOf(kind);
      const unknown = await opensslOcsp(["-serial", "0x1234567890abcdef"], ["-nonce"]);
      expect(unknown.said).toContain("Response verify OK");
      expect(unknown.said).toContain("0x1234567890abcdef: unknown");
      const all = devices.flatMap(({ name }) => ["-cert", file(authority, `${name}.pem`)]);
      const { said } = await opensslOcsp(all, ["-nonce"]);
      for (const { name, status } of devices)
        expect(said).toContain(`${file(authority, `${name}.pem`)}: ${status}`);
    });

    it.each(devices)("GnuTLS ocsptool follows the certificate's address: $name", async (device) => {
      const authority = authorityOf(kind);
      for (const nonce of [["--nonce"], []]) {
        const { said, code } = await run("ocsptool", [
          ...["--ask", "--load-cert", file(authority, `${device.name}.pem`), ...nonce],
          ...["--load-issuer", file(authority, "issuer.pem")],
          ...["--load-trust", file(authority, "issuer.pem")],
        ]);
        expect(said).toContain(`Certificate Status: ${device.status}`);
        expect(said).toContain("Verifying OCSP Response: Success.");
        expect(code).toBe(0);
      }
    });

    it("OpenSSL and GnuTLS verify the chain strictly, against the CRLs", async () => {
      const authority = authorityOf(kind);
      const verify = (name: string, ...crls: readonly string[]) =>
        run("openssl", [
          ...["verify", "-x509_strict", "-check_ss_sig", "-purpose", "sslclient", ...crls],
          ...["-CAfile", file(authority, "root.pem")],
          ...["-untrusted", file(authority, "issuer.pem"), file(authority, `${name}.pem`)],
        ]);
      const crls = [
        ...["-crl_check_all", "-CRLfile", file(authority, "crl.pem")],
        ...["-CRLfile", file(authority, "root-crl.pem")],
      ];
      for (const { name, status } of devices) {
        // A root points nowhere, so only the others' lists can be fetched.
        for (const how of [crls, ["-crl_check", "-crl_download"]]) {
          const { said, code } = await verify(name, ...how);
          if (status === "good") expect([said.includes(": OK"), code]).toEqual([true, 0]);
          else expect(said).toContain("certificate revoked");
        }
      }
      for (const [crl, signer] of [
        ["crl", "issuer"],
        ["root-crl", "root"],
      ] as const) {
        const { said } = await runWell("certtool", [
          ...["--verify-crl", "--infile", file(authority, `${crl}.pem`)],
          ...["--load-ca-certificate", file(authority, `${signer}.pem`)],
        ]);
        expect(said).toContain("Verification output: Verified.");
      }
    });

    it.each([...devices, { name: "unknown", status: "unknown", code: 0 } as const])(
      "the strict checker accepts certificate, CRL and OCSP answer: $name",
      async ({ name, status, code }) => {
        const authority = authorityOf(kind);
        const unknown = status === "unknown";
        const certificate = file(authority, `${unknown ? "good" : name}.pem`);
        const answer = file(authority, `${name}.ocsp`);
        const serial = "1234567890abcdef";
        await opensslOcsp(unknown ? ["-serial", `0x${serial}`] : ["-cert", certificate], [
          ...["-nonce", "-respout", answer],
        ]);
        const { stdout } = spawnSync(checker, [
          ...["-chain", file(authority, "chain.pem"), "-cert", certificate],
          ...["-issuer-base", authority.base, "-parent-base", authority.parentBase],
          ...["-crl", file(authority, "crl.der"), "-parent-crl", file(authority, "root-crl.der")],
          ...["-ocsp", answer, "-status", status, "-reason", String(code)],
          ...(unknown ? ["-serial", serial] : []),
        ]);
        expect(stdout.toString()).toBe("strict: accepted\n");
      },
    );
  });
});
