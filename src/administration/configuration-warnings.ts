/** What an administrator should know about a configuration as it is set now. */
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import { presets } from "./presets/presets.ts";

const singleCertificate =
  "GetCACert answers with one certificate: certmonger then verifies no reply unless it is given that certificate with -r and -N. " +
  "Devices that check the issuer's own issuer need the certificates above it by hand.";
const oldCipher = "DES is allowed: who records an enrolment in it can read the challenge.";
const oldDigest = "MD5 is allowed: a message signed with it can be forged.";

export function configurationWarnings({ preset, chain, wire }: ConfigurationEntry): string[] {
  return [
    ...presets[preset].warnings,
    ...(chain.length === 1 ? [singleCertificate] : []),
    ...(wire.contentEncryption.includes("DES-CBC") ? [oldCipher] : []),
    ...(wire.digests.includes("MD5") ? [oldDigest] : []),
  ];
}
