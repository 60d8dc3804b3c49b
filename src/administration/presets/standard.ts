/** Clients of today: AES and SHA-2 only. */
import type { Preset } from "./preset.ts";

export const standard: Preset = {
  wire: {
    contentEncryption: ["AES-256-CBC", "AES-192-CBC", "AES-128-CBC"],
    digests: ["SHA-256", "SHA-384", "SHA-512"],
    plainHttp: false,
  },
  agentCopiesInChain: 1,
  legacyAlgorithms: false,
};
