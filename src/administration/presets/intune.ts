/** What Intune's clients send on all its platforms: AES or 3DES, SHA-2 or SHA-1. */
import type { Preset } from "./preset.ts";

export const intune: Preset = {
  wire: {
    contentEncryption: ["AES-256-CBC", "AES-192-CBC", "AES-128-CBC", "DES-EDE3-CBC"],
    digests: ["SHA-256", "SHA-384", "SHA-512", "SHA-1"],
    plainHttp: false,
  },
  agentCopiesInChain: 1,
  legacyAlgorithms: false,
};
