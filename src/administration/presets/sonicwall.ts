/** SonicWall (SonicOS). */
import {
  md5InRequests,
  aesAndTripleDes,
  compareFingerprint,
  renewalAtAnyTime,
  requestedKeyUsage,
  sha2ToMd5,
} from "./parts.ts";
import type { Preset } from "./preset.ts";

export const sonicwall: Preset = {
  label: "SonicWall",
  purpose:
    "For SonicWall firewalls, which know no HTTPS, want the enrolment agent twice at the head of the chain, and sign some requests with MD5 whatever their settings say.",
  warnings: [compareFingerprint],
  wire: { contentEncryption: aesAndTripleDes, digests: sha2ToMd5, plainHttp: true },
  chain: { agentCopies: 2, root: true, singleCertificate: false },
  legacyAlgorithms: true,
  template: {
    requestSignature: "verify-md5-too",
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
  needs: [md5InRequests],
};
