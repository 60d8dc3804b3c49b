/** Lists that several presets are made of. */
import type { ContentEncryptionName, DigestName } from "../../pki/algorithms.ts";
import type { TemplateRules } from "../certificate-templates.ts";
import { defaultTemplateRules } from "./default-template.ts";
import type { ChainPreset, TemplateNeed } from "./preset.ts";

export const aes: readonly ContentEncryptionName[] = ["AES-256-CBC", "AES-192-CBC", "AES-128-CBC"];
export const aesAndTripleDes: readonly ContentEncryptionName[] = [...aes, "DES-EDE3-CBC"];
export const aesToDes: readonly ContentEncryptionName[] = [...aesAndTripleDes, "DES-CBC"];

export const sha2: readonly DigestName[] = ["SHA-256", "SHA-384", "SHA-512"];
export const sha2AndSha1: readonly DigestName[] = [...sha2, "SHA-1"];
export const sha2ToMd5: readonly DigestName[] = [...sha2AndSha1, "MD5"];

/** Agent, issuing CA, its parents, root. */
export const wholeChain: ChainPreset = { agentCopies: 1, root: true, singleCertificate: false };

const day = 24 * 3600;
export const renewalAtAnyTime = { graceSecondsAfterEnd: 0 };
/** For what may be switched off for a while, or stand on a shelf. */
export const renewalWithGrace = { graceSecondsAfterEnd: 7 * day };

/** What was asked for, within reason; clients that ask for nothing get signature and encipherment. */
export const requestedKeyUsage: TemplateRules["keyUsage"] = defaultTemplateRules.keyUsage;

export const compareFingerprint =
  "Over plain HTTP nothing proves that the CA's certificate is the right one: compare its fingerprint on the device.";
export const oldAlgorithms =
  "DES and MD5 can be broken by who listens: use it for devices that know nothing better, on networks of their own.";

const md5Refused =
  'The certificate template refuses requests that are signed with MD5, as these devices sign them: choose "Signature of the request: Must verify; MD5 is accepted" in the template.';

/** For clients that sign with MD5 whatever they are set to. */
export const md5InRequests: TemplateNeed = {
  isMet: ({ requestSignature }) => requestSignature !== "verify",
  warning: md5Refused,
};
/** For clients that can do better: where the messages may not have MD5, nobody counts on it. */
export const md5WhereAllowed: TemplateNeed = {
  ...md5InRequests,
  isMet: (template, wire) => !wire.digests.includes("MD5") || md5InRequests.isMet(template, wire),
};
