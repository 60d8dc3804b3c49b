/**
 * The codes that Intune's SCEP validation answers with. Microsoft publishes their names and not their meanings: these are
 * what implementers have seen. Unknown codes refuse like all others; they just have no entry here.
 */
import type { Explanation } from "./explanations.ts";

const sync =
  "Sync the device, so that Intune delivers the profile again with a new challenge; if it repeats, give the activity id to Microsoft's support.";
const notIntune =
  "Make sure that the request comes from a device with Intune's SCEP profile and of this very Entra tenant; then sync the device.";
const profile = (what: string): Explanation => ({
  meaning: `The ${what} of the request is not what the SCEP profile says.`,
  remedy: `Compare the ${what} in Intune's SCEP profile with what the device asks for (this entry); after a change of the profile the device needs a sync.`,
});

export const intuneCodes: Readonly<Record<string, Explanation>> = {
  CertificateRequestDecodingFailed: {
    meaning: "Microsoft could not read the certification request.",
    remedy: "Report it to us with this entry: the request is sent on octet by octet.",
  },
  ChallengePasswordMissing: {
    meaning: "The request has no challenge.",
    remedy: notIntune,
  },
  ChallengeDecodingError: {
    meaning: "The challenge is none of Intune's, or is damaged.",
    remedy: notIntune,
  },
  ChallengeDeserializationError: {
    meaning: "The challenge does not have the content that Intune puts into one.",
    remedy: notIntune,
  },
  ChallengeDecryptionError: {
    meaning: "Microsoft cannot decrypt the challenge: it is forged, or of another environment.",
    remedy: notIntune,
  },
  SignatureValidationFailed: {
    meaning: "Intune's signature on the challenge is not genuine.",
    remedy: `Somebody may have altered a challenge. ${notIntune}`,
  },
  ChallengeInvalidTimestamp: {
    meaning: "The challenge's time cannot be read or lies in the future.",
    remedy: sync,
  },
  ChallengeExpired: {
    meaning: "The challenge is older than its 60 minutes.",
    remedy: `The device came late: look for a slow network, or trouble here in the hour before. ${sync}`,
  },
  SubjectNameMissing: profile("subject name"),
  SubjectNameMismatch: {
    meaning: "The subject of the request is not what the SCEP profile says.",
    remedy:
      "Compare the subject name format in Intune's SCEP profile with this entry; characters such as + , ; = in a common name are a known cause.",
  },
  SubjectAltNameMissing: profile("subject alternative name"),
  SubjectAltNameMismatch: profile("subject alternative name"),
  KeyUsageMismatch: profile("key usage"),
  KeyLengthMismatch: profile("key size"),
  EnhancedKeyUsageMissing: profile("extended key usage"),
  EnhancedKeyUsageMismatch: profile("extended key usage"),
  AadKeyIdentifierListMissing: {
    meaning: "Microsoft expected a list of Entra key identifiers and found none.",
    remedy: "Make sure that the device is joined to Entra and enrolled in Intune; then sync it.",
  },
  RegisteredKeyMismatch: {
    meaning: "The key is not the one that is registered for the device.",
    remedy: "Make sure that the device is joined to Entra and enrolled in Intune; then sync it.",
  },
  SigningCertThumbprintMismatch: {
    meaning: "The challenge was signed by another party than Microsoft expected.",
    remedy: notIntune,
  },
  ScepProfileNoLongerTargetedToTheClient: {
    meaning: "The SCEP profile is not assigned to this device or user any more.",
    remedy:
      "Assign the profile in Intune if the device should have a certificate; otherwise nothing.",
  },
  BadCertificateRequestIdInChallenge: {
    meaning: "The challenge's request id is not usable.",
    remedy: sync,
  },
  BadDeviceIdInChallenge: {
    meaning: "Intune does not know the challenge's device, or not as it is.",
    remedy: `The device may have been removed from Intune. ${sync}`,
  },
  BadUserIdInChallenge: {
    meaning: "Intune does not know the challenge's user, or not as it is.",
    remedy: `The user may have been removed or changed. ${sync}`,
  },
  BadTenantIdInChallenge: {
    meaning: "The challenge was made for another Entra tenant than the Intune connection is for.",
    remedy:
      "The SCEP URL in the profile, or the app registration of the connection, belongs to another Entra tenant: correct the one that is wrong.",
  },
  Unknown: { meaning: "Microsoft refused without saying why.", remedy: sync },
};
