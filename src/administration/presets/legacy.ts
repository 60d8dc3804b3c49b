/** Old appliances: DES, 3DES, MD5 and SHA-1, plain HTTP, and the agent's certificate twice, as SonicWall needs it. */
import type { Preset } from "./preset.ts";

export const legacy: Preset = {
  wire: {
    contentEncryption: ["AES-256-CBC", "AES-192-CBC", "AES-128-CBC", "DES-EDE3-CBC", "DES-CBC"],
    digests: ["SHA-256", "SHA-384", "SHA-512", "SHA-1", "MD5"],
    plainHttp: true,
  },
  agentCopiesInChain: 2,
  legacyAlgorithms: true,
};
