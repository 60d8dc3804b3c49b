/** Clients of today: AES and SHA-2 only. */
import { aes, renewalAtAnyTime, requestedKeyUsage, sha2, wholeChain } from "./parts.ts";
import type { Preset } from "./preset.ts";

export const standard: Preset = {
  label: "Standard",
  purpose: "For clients that follow RFC 8894: AES, SHA-2, HTTPS.",
  warnings: [],
  wire: { contentEncryption: aes, digests: sha2, plainHttp: false },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
};
