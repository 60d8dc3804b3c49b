/** FortiGate (FortiOS). */
import {
  aesAndTripleDes,
  compareFingerprint,
  renewalAtAnyTime,
  requestedKeyUsage,
  sha2AndSha1,
} from "./parts.ts";
import type { Preset } from "./preset.ts";

export const fortigate: Preset = {
  label: "FortiGate",
  purpose:
    "For FortiGate firewalls, whose SCEP client knows no HTTPS, sends by GET, and from FortiOS 7.0.4 on needs the root in the answer when an intermediate CA issues.",
  warnings: [
    "auto-regenerate asks anew with the same challenge: give the token as many uses as there will be renewals.",
    compareFingerprint,
  ],
  wire: { contentEncryption: aesAndTripleDes, digests: sha2AndSha1, plainHttp: true },
  // It takes one certificate for signer and CA alike, where the CA can be both.
  chain: { agentCopies: 1, root: true, singleCertificate: true },
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
};
