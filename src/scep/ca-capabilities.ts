/** The answer to GetCACaps (RFC 8894, section 3.5.2), from what a configuration really serves. Pure. */
import type { ContentEncryptionName, DigestName } from "../pki/algorithms.ts";

export interface ServedAlgorithms {
  readonly contentEncryption: readonly ContentEncryptionName[];
  readonly digests: readonly DigestName[];
  /** False where a certificate is no reason to get another: Intune asks anew each time. Absent: true. */
  readonly renewal?: boolean;
}

/** Clients compare whole lines and their letter case. MD5 and DES have no keyword: clients without any use them. */
export function caCapabilities(served: ServedAlgorithms, successorStaged = false): string {
  const aes = served.contentEncryption.includes("AES-128-CBC");
  const keywords = [
    aes && "AES",
    served.contentEncryption.includes("DES-EDE3-CBC") && "DES3",
    successorStaged && "GetNextCACert",
    "POSTPKIOperation",
    served.renewal !== false && "Renewal",
    served.digests.includes("SHA-1") && "SHA-1",
    served.digests.includes("SHA-256") && "SHA-256",
    // A keyword of the drafts: Debian's strongSwan 5.9.8 takes AES only when it is there.
    served.digests.includes("SHA-384") && "SHA-384",
    served.digests.includes("SHA-512") && "SHA-512",
    aes && served.digests.includes("SHA-256") && "SCEPStandard",
  ];
  return `${keywords.filter((keyword) => keyword !== false).join("\n")}\n`;
}
