/** certmonger on Linux. */
import { aes, renewalAtAnyTime, requestedKeyUsage, sha2, wholeChain } from "./parts.ts";
import type { Preset } from "./preset.ts";

export const certmonger: Preset = {
  label: "certmonger (Linux)",
  purpose:
    "For Linux hosts with certmonger: AES-256 and SHA-256, every message by GET, and an enrolment agent beside the CA, without which it cannot verify replies.",
  warnings: [
    "certmonger has RSA keys only, and trusts only what it fetched: keep the agent and the whole chain in the answer.",
  ],
  wire: { contentEncryption: aes, digests: sha2, plainHttp: false },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    // `getcert resubmit` and `getcert rekey` renew whenever somebody says so.
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
  },
};
