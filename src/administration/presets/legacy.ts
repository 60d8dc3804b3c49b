/** Old appliances: DES, 3DES, MD5 and SHA-1, plain HTTP, and the agent's certificate twice, as SonicWall needs it. */
import {
  md5WhereAllowed,
  aesToDes,
  compareFingerprint,
  oldAlgorithms,
  renewalWithGrace,
  requestedKeyUsage,
  sha2ToMd5,
} from "./parts.ts";
import type { Preset } from "./preset.ts";

export const legacy: Preset = {
  label: "Old appliances",
  purpose:
    "For old appliances that no other preset names: everything that was ever allowed in SCEP, DES, MD5 and plain HTTP included.",
  warnings: [oldAlgorithms, compareFingerprint],
  wire: { contentEncryption: aesToDes, digests: sha2ToMd5, plainHttp: true },
  chain: { agentCopies: 2, root: true, singleCertificate: false },
  legacyAlgorithms: true,
  template: {
    requestSignature: "verify-md5-too",
    renewal: renewalWithGrace,
    keyUsage: requestedKeyUsage,
  },
  needs: [md5WhereAllowed],
};
