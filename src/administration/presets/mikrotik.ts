/** MikroTik RouterOS. */
import {
  aesAndTripleDes,
  compareFingerprint,
  renewalWithGrace,
  requestedKeyUsage,
  sha2AndSha1,
  wholeChain,
} from "./parts.ts";
import type { Preset } from "./preset.ts";

export const mikrotik: Preset = {
  label: "MikroTik",
  purpose:
    "For MikroTik routers with RouterOS, which send by POST with 3DES and SHA-1 as soon as both are offered, over plain HTTP, and ask again until they have an answer.",
  warnings: [
    "Without DES3 and SHA-1 in GetCACaps RouterOS falls back to DES and MD5, which this preset does not serve.",
    compareFingerprint,
  ],
  wire: { contentEncryption: aesAndTripleDes, digests: sha2AndSha1, plainHttp: true },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    renewal: renewalWithGrace,
    keyUsage: requestedKeyUsage,
  },
};
