/** Cisco IOS and IOS XE. */
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

export const ciscoIos: Preset = {
  label: "Cisco IOS",
  purpose:
    "For routers and switches with Cisco IOS or IOS XE, which send by GET over plain HTTP, with DES and MD5 or SHA-1 whatever GetCACaps offers, and want the reply in the cipher of the request.",
  warnings: [
    "Set `enrollment mode ra` on the trustpoint. A trustpoint holds one CA: give the root one of its own.",
    oldAlgorithms,
    compareFingerprint,
  ],
  wire: { contentEncryption: aesToDes, digests: sha2ToMd5, plainHttp: true },
  chain: { agentCopies: 1, root: false, singleCertificate: false },
  legacyAlgorithms: true,
  template: {
    requestSignature: "verify-md5-too",
    renewal: renewalWithGrace,
    keyUsage: requestedKeyUsage,
  },
  needs: [md5WhereAllowed],
};
