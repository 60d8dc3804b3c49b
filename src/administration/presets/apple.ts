/** iOS, iPadOS and macOS, by a configuration profile without Intune. */
import {
  aesAndTripleDes,
  renewalAtAnyTime,
  requestedKeyUsage,
  sha2AndSha1,
  wholeChain,
} from "./parts.ts";
import type { Preset } from "./preset.ts";

export const apple: Preset = {
  label: "Apple",
  purpose:
    "For iPhone, iPad and Mac with a SCEP payload of any device management: newer systems take AES and SHA-2 from GetCACaps, older ones send 3DES and SHA-1.",
  warnings: [
    "All certificates of the chain must lead to one root, and the fingerprint in the profile is that root's.",
  ],
  wire: { contentEncryption: aesAndTripleDes, digests: sha2AndSha1, plainHttp: false },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    // macOS renews by itself, with a PKCSReq that the old certificate signs.
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
};
