/** What Intune's clients send on all its platforms: AES or 3DES, SHA-2 or SHA-1. */
import {
  aesAndTripleDes,
  renewalAtAnyTime,
  requestedKeyUsage,
  sha2AndSha1,
  wholeChain,
} from "./parts.ts";
import type { Preset } from "./preset.ts";

export const intune: Preset = {
  purpose:
    "For Windows, Apple and Android devices under Microsoft Intune: they take what GetCACaps offers, and want the whole chain up to the root that their trusted certificate profile names.",
  warnings: [
    "Intune reports an error when a certificate lacks the key usage of its profile: let the template take it from the request.",
    "Android needs a trusted certificate profile for every CA of the chain.",
  ],
  wire: { contentEncryption: aesAndTripleDes, digests: sha2AndSha1, plainHttp: false },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    // Near its end a certificate is asked for anew, with a challenge that Microsoft validates.
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
};
