/** Printers, phones, thin clients, industrial routers: mostly some old sscep inside. */
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

export const networkAppliance: Preset = {
  label: "Printers, phones, other appliances",
  purpose:
    "For printers, phones, thin clients and industrial routers: many carry an old sscep, speak plain HTTP and begin with DES and MD5 unless told otherwise.",
  warnings: [oldAlgorithms, compareFingerprint],
  wire: { contentEncryption: aesToDes, digests: sha2ToMd5, plainHttp: true },
  // The simplest of them take one certificate for everything.
  chain: { agentCopies: 1, root: true, singleCertificate: true },
  legacyAlgorithms: true,
  template: {
    requestSignature: "verify-md5-too",
    renewal: renewalWithGrace,
    keyUsage: requestedKeyUsage,
  },
  needs: [md5WhereAllowed],
};
