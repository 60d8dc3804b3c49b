/** Chain and certificate as OpenSSL (strictly) and GnuTLS see them. For the Node suites only. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { run, runWell, type TemporaryFolder } from "./foreign-run.ts";
import { certificatePem, derOfPem } from "./pem.ts";
import { type Certificate, equal, getCACert, readCertificate } from "./scep-client/index.ts";

export interface Chain {
  readonly root: Certificate;
  readonly issuer: Certificate;
  readonly agent: Certificate;
  readonly rootFile: string;
  readonly intermediatesFile: string;
  /** Root and intermediates: `openssl cms` takes no untrusted ones. */
  readonly authoritiesFile: string;
}

const fetchIt = (request: Request): Promise<Response> => fetch(request);

/** What GetCACert of this URL says, sorted by role and written down as PEM. */
export async function fetchChain(url: string, folder: TemporaryFolder): Promise<Chain> {
  const all = await getCACert(fetchIt, url);
  const root = all.find((one) => equal(one.subject, one.issuer));
  const issuers = all.filter((one) =>
    all.some((other) => other !== one && equal(other.issuer, one.subject)),
  );
  const agent = all.find((one) => !issuers.includes(one));
  const issuer = agent && issuers.find((one) => equal(one.subject, agent.issuer));
  if (!root || !agent || !issuer) throw new Error("GetCACert did not give root, issuer and agent");
  const rootFile = folder.file("root.pem");
  const intermediatesFile = folder.file("intermediates.pem");
  writeFileSync(rootFile, certificatePem(root));
  const intermediates = issuers.filter((one) => one !== root);
  // The programs want to find something in the file, also where the root issues itself.
  writeFileSync(
    intermediatesFile,
    certificatePem(...(intermediates.length > 0 ? intermediates : [root])),
  );
  const authoritiesFile = folder.file("authorities.pem");
  writeFileSync(authoritiesFile, certificatePem(...issuers));
  return { root, issuer, agent, rootFile, intermediatesFile, authoritiesFile };
}

/** Fails with what the program said when OpenSSL or GnuTLS finds anything wrong. */
export async function expectAccepted(
  chain: Chain,
  certificateFile: string,
  folder: TemporaryFolder,
): Promise<Certificate> {
  const verified = await run("openssl", [
    "verify",
    "-x509_strict",
    "-check_ss_sig",
    "-purpose",
    "sslclient",
    "-CAfile",
    chain.rootFile,
    "-untrusted",
    chain.intermediatesFile,
    certificateFile,
  ]);
  expect(verified.said).toContain(`${certificateFile}: OK`);
  expect(verified.code).toBe(0);

  const bundle = folder.file("bundle.pem");
  writeFileSync(
    bundle,
    readFileSync(certificateFile, "utf8") + readFileSync(chain.intermediatesFile, "utf8"),
  );
  const gnutls = await runWell("certtool", [
    "--verify",
    "--load-ca-certificate",
    chain.rootFile,
    "--infile",
    bundle,
  ]);
  expect(gnutls.said).toContain("Chain verification output: Verified.");
  return readCertificate(derOfPem(readFileSync(certificateFile, "utf8")));
}
