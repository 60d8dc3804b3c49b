/** The way from a CA's certificate up to a self-signed one (RFC 5280, section 6), for CAs whose issuers are not ours. */
import { isSignedBy, readAuthorityExtensions } from "../pki/authority-certificate.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { equalBytes } from "../pki/bytes.ts";
import { readDer } from "../pki/der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import { keyUsageBits } from "../pki/key-usage.ts";
import type { NameConstraints } from "../pki/name-constraints.ts";
import { findSignature } from "../pki/algorithms.ts";
import { err, ok, type Result } from "../result.ts";
import { checkNameConstraints } from "./name-constraints.ts";

/** Longer ones are somebody's mistake. */
const longestPath = 10;
/** Clocks of outside CAs may be ahead of ours. */
const skewMilliseconds = 5 * 60_000;

const nameOf = (der: Uint8Array): string =>
  formatDistinguishedName(readDistinguishedName(readDer(der)));

export const isSelfIssued = ({ issuerDer, subjectDer }: Certificate): boolean =>
  equalBytes(issuerDer, subjectDer);

/** @returns a sentence when the certificate cannot be that of a CA that issues certificates and CRLs now */
export function refuseAsAuthority(certificate: Certificate, now: Date): string | undefined {
  const name = nameOf(certificate.subjectDer);
  const { cA, keyUsage } = readAuthorityExtensions(certificate);
  if (!cA) return `The certificate of ${name} is not one of a CA: its basicConstraints say so.`;
  const needed = keyUsageBits(["keyCertSign", "cRLSign"]);
  if (keyUsage !== undefined && (keyUsage & needed) !== needed)
    return `The certificate of ${name} lacks the key usage keyCertSign or cRLSign.`;
  if (certificate.notAfter <= now)
    return `The certificate of ${name} ended at ${certificate.notAfter.toISOString()}.`;
  if (certificate.notBefore.getTime() > now.getTime() + skewMilliseconds)
    return `The certificate of ${name} begins only at ${certificate.notBefore.toISOString()}.`;
  return undefined;
}

/**
 * Issuers of the certificate, its own issuer first, the self-signed one last; all signatures verified.
 * @param pool in any order, more than needed is no harm
 */
export async function findPath(
  certificate: Certificate,
  pool: readonly Certificate[],
  now: Date,
): Promise<Result<readonly Certificate[], string>> {
  const path: Certificate[] = [];
  let current = certificate;
  while (!(await isSelfSigned(current))) {
    const weak = findSignature(current.signatureAlgorithm);
    if (!weak || weak.digest === "MD5" || weak.digest === "SHA-1")
      return err(
        `The certificate of ${nameOf(current.subjectDer)} is signed with ${weak ? `${weak.digest}, which can be forged` : `the unknown algorithm ${current.signatureAlgorithm}`}.`,
      );
    const issuer = await findIssuer(current, pool);
    if (!issuer)
      return err(
        `The chain lacks the certificate of ${nameOf(current.issuerDer)}, which issued that of ${nameOf(current.subjectDer)}: give all of them, up to the self-signed one.`,
      );
    if (path.length >= longestPath) return err(`The chain is longer than ${longestPath}.`);
    const refusal = refuseAsAuthority(issuer, now);
    if (refusal) return err(refusal);
    path.push(issuer);
    current = issuer;
  }
  const subject = readDistinguishedName(readDer(certificate.subjectDer));
  const within = checkNameConstraints(subject, [], nameConstraintsOf(path));
  if (!within.ok) return err(within.error.detail);
  return (remainingPathLength([certificate, ...path]) ?? 0) >= 0
    ? ok(path)
    : err("The path length of a CA in the chain allows no further CA below it.");
}

const isSelfSigned = async (certificate: Certificate): Promise<boolean> =>
  isSelfIssued(certificate) && (await isSignedBy(certificate, certificate.publicKey));

async function findIssuer(
  certificate: Certificate,
  pool: readonly Certificate[],
): Promise<Certificate | undefined> {
  const wanted = nameOf(certificate.issuerDer).toLowerCase();
  for (const candidate of pool) {
    if (nameOf(candidate.subjectDer).toLowerCase() !== wanted) continue;
    if (await isSignedBy(certificate, candidate.publicKey)) return candidate;
  }
  return undefined;
}

/**
 * How many CAs may stand below the first certificate, by its own path length and those above it; undefined: any number.
 * @param line a CA's certificate and those above it
 */
export function remainingPathLength(line: readonly Certificate[]): number | undefined {
  let remaining: number | undefined;
  let between = 0;
  for (const certificate of line) {
    const { pathLength } = readAuthorityExtensions(certificate);
    if (pathLength !== undefined)
      remaining = Math.min(remaining ?? Number.POSITIVE_INFINITY, pathLength - between);
    if (!isSelfIssued(certificate)) between++;
  }
  return remaining;
}

export const nameConstraintsOf = (line: readonly Certificate[]): NameConstraints[] =>
  line.flatMap((certificate) => readAuthorityExtensions(certificate).nameConstraints ?? []);

export const parseLine = (lineDer: readonly Uint8Array[]): Certificate[] =>
  lineDer.map(parseCertificate);
