/** What Intune's clients send on all its platforms: AES or 3DES, SHA-2 or SHA-1. */
import {
  aesAndTripleDes,
  renewalAtAnyTime,
  requestedKeyUsage,
  sha2AndSha1,
  wholeChain,
} from "./parts.ts";
import type { Preset, TemplateNeed } from "./preset.ts";

/** A device in Autopilot has the clock of its maker's time zone: up to nine hours late, and it trusts nothing newer. */
const lateClockSeconds = 9 * 3600;

/** What a SCEP profile of Intune can ask for. */
const profileKeyUsages = ["digitalSignature", "keyEncipherment"] as const;

export const profileKeyUsage: TemplateNeed = {
  isMet: ({ keyUsage: { source, allowed } }) =>
    source === "request" && profileKeyUsages.every((name) => allowed.includes(name)),
  warning:
    'Intune reports an error when a certificate lacks the key usage of its profile: choose "Key usage: What is asked for, within what is allowed" in the certificate template, and allow digitalSignature and keyEncipherment.',
};
export const autopilotClock: TemplateNeed = {
  isMet: ({ backdateSeconds }) => backdateSeconds >= lateClockSeconds,
  warning: `The clock of a Windows device in Autopilot may be nine hours late, and it takes no certificate that begins later: set "Minutes that it begins earlier" to ${lateClockSeconds / 60} in the certificate template.`,
};
export const androidWarning =
  "Android needs a trusted certificate profile for every CA of the chain, and a subjectAltName in the SCEP profile.";

export const intune: Preset = {
  label: "Intune",
  purpose:
    "For Windows, Apple and Android devices under Microsoft Intune with one configuration: they take what GetCACaps offers, and want the whole chain up to the root that their trusted certificate profile names.",
  warnings: [androidWarning],
  wire: { contentEncryption: aesAndTripleDes, digests: sha2AndSha1, plainHttp: false },
  chain: wholeChain,
  legacyAlgorithms: false,
  template: {
    requestSignature: "verify",
    // Near its end a certificate is asked for anew, with a challenge that Microsoft validates.
    renewal: renewalAtAnyTime,
    keyUsage: requestedKeyUsage,
    backdateSeconds: lateClockSeconds,
    // Windows and Android write the profile's validity into their requests, Android with name and value swapped.
    requestedValidity: { honour: true },
  },
  needs: [profileKeyUsage, autopilotClock],
};
