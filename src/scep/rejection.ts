/**
 * Why a SCEP message is refused, what failInfo that is (RFC 8894, section 3.2.1.4), and the fixed sentence the device
 * gets. Adding a reason without both does not compile. Pure.
 */
import type { FailInfo } from "./message-types.ts";

export interface ScepRejection {
  readonly reason: RejectionReason;
  /** For the operator: the evidence and what to do. Never a challenge, a key or decrypted content. */
  readonly detail: string;
}

interface Answer {
  readonly failInfo: FailInfo;
  /** What the device may know. */
  readonly failInfoText: string;
}

const unverifiable: Answer = {
  failInfo: "badMessageCheck",
  failInfoText: "The message could not be verified or decrypted.",
};

const answers = {
  message_type_unsupported: {
    failInfo: "badRequest",
    failInfoText: "This messageType is not served here.",
  },
  request_malformed: { failInfo: "badRequest", failInfoText: "The message is not well formed." },
  digest_not_allowed: {
    failInfo: "badAlg",
    failInfoText: "The digest algorithm is not allowed here.",
  },
  content_encryption_not_allowed: {
    failInfo: "badAlg",
    failInfoText: "The content encryption algorithm is not allowed here.",
  },
  key_transport_not_allowed: {
    failInfo: "badAlg",
    failInfoText: "The key transport algorithm is not allowed here.",
  },
  key_not_allowed: {
    failInfo: "badAlg",
    failInfoText: "This kind or size of key is not allowed here.",
  },
  key_too_weak: { failInfo: "badAlg", failInfoText: "The key is too weak." },
  signature_algorithm_not_allowed: {
    failInfo: "badAlg",
    failInfoText: "The signature algorithm is not allowed here.",
  },
  signature_invalid: unverifiable,
  // One answer for every way of failing to open an envelope, a request that is rubbish once opened included:
  // to tell them apart would let others decrypt what they have recorded.
  envelope_not_opened: unverifiable,
  proof_of_possession_invalid: unverifiable,
  signer_not_requester: unverifiable,
  signer_not_ours: unverifiable,
  signer_not_valid: {
    failInfo: "badRequest",
    failInfoText: "The certificate that signed the message is not valid for this.",
  },
  renewal_too_early: {
    failInfo: "badRequest",
    failInfoText: "It is too early to renew this certificate.",
  },
  key_cannot_decrypt: {
    failInfo: "badAlg",
    failInfoText: "A reply to this kind of key needs a challengePassword.",
  },
  certificate_unknown: { failInfo: "badCertId", failInfoText: "There is no such certificate." },
  transaction_unknown: { failInfo: "badCertId", failInfoText: "There is no such transaction." },
  request_rejected: { failInfo: "badRequest", failInfoText: "The request was rejected." },
  template_changed: {
    failInfo: "badRequest",
    failInfoText: "What is issued here has changed; send the request again.",
  },
  too_many_pending: {
    failInfo: "badRequest",
    failInfoText: "Too many requests wait for approval; try again later.",
  },
  challenge_invalid: {
    failInfo: "badRequest",
    failInfoText: "The challengePassword is not valid here.",
  },
  token_expired: {
    failInfo: "badRequest",
    failInfoText: "The challengePassword is not valid here.",
  },
  token_revoked: {
    failInfo: "badRequest",
    failInfoText: "The challengePassword is not valid here.",
  },
  token_used_up: {
    failInfo: "badRequest",
    failInfoText: "The challengePassword is not valid here.",
  },
  subject_not_allowed: { failInfo: "badRequest", failInfoText: "The subject is not allowed here." },
  subject_alt_name_not_allowed: {
    failInfo: "badRequest",
    failInfoText: "A subjectAltName is not allowed here.",
  },
  required_domain_missing: {
    failInfo: "badRequest",
    failInfoText: "The names lack the domain that is required here.",
  },
  extension_not_allowed: {
    failInfo: "badRequest",
    failInfoText: "A requested extension is not allowed here.",
  },
  transaction_conflict: {
    failInfo: "badRequest",
    failInfoText: "This transactionID belongs to another request; start a new transaction.",
  },
  authority_closed: { failInfo: "badRequest", failInfoText: "Enrolment is closed here." },
  intune_challenge_missing: {
    failInfo: "badRequest",
    failInfoText: "The request has no challengePassword.",
  },
  intune_refused: {
    failInfo: "badRequest",
    failInfoText: "Microsoft Intune did not validate the request.",
  },
  intune_delivery_refused: {
    failInfo: "badRequest",
    failInfoText: "Microsoft Intune did not accept the certificate; make a new request.",
  },
  authority_not_ready: {
    failInfo: "badRequest",
    failInfoText: "The certification authority cannot issue at present.",
  },
} as const satisfies Record<string, Answer>;

export type RejectionReason = keyof typeof answers;

export const failInfoOf = (rejection: ScepRejection): FailInfo =>
  answers[rejection.reason].failInfo;
export const failInfoTextOf = (rejection: ScepRejection): string =>
  answers[rejection.reason].failInfoText;

export const reject = (
  reason: RejectionReason,
  detail: string,
): { readonly ok: false; readonly error: ScepRejection } => ({
  ok: false,
  error: { reason, detail },
});
