/** ChromeOS devices under Google's device management. */
import { aes, renewalAtAnyTime, requestedKeyUsage, sha2, wholeChain } from "./parts.ts";
import type { Preset } from "./preset.ts";

export const chromeos: Preset = {
  label: "ChromeOS",
  purpose:
    "For Chromebooks, whose requests come through Google's certificate connector with one challenge for all of them.",
  warnings: [
    "The challenge is the same for every device: bind its token to a subject and limit its uses.",
  ],
  wire: { contentEncryption: aes, digests: sha2, plainHttp: false },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
};
