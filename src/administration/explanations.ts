/** Why a request came to nothing, for people: one entry for every reason there is. Adding a reason without one does not compile. */
import type { PostponementReason } from "../ports/transaction-log.ts";
import type { RejectionReason } from "../scep/rejection.ts";
import { intuneCodes } from "./intune-codes.ts";

export interface Explanation {
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** What to do about it, and where. */
  readonly remedy: string;
}

const sendAnew = "The device must make a new request; most do so by themselves at their next try.";
const clientFault =
  "The client's software made this message: look for an update, and report it with the time and transaction of this entry.";
const wrongKey =
  "Have the client fetch the CA certificates again (GetCACert): it may have encrypted to an agent that has ended, or something on the way altered the message.";
const template =
  "Change the certificate template of the configuration, or what the device asks for.";
const token =
  "Ask for a new token (token requests), have it approved, and give its challenge to the device.";

export const explanations: Readonly<Record<RejectionReason | PostponementReason, Explanation>> = {
  message_type_unsupported: {
    meaning: "The message is of a kind that SCEP clients do not send.",
    remedy: clientFault,
  },
  request_malformed: { meaning: "The message is not built as SCEP wants it.", remedy: clientFault },
  digest_not_allowed: {
    meaning: "The client signed with a digest that the configuration does not allow.",
    remedy:
      "Let the client use SHA-256, or allow its digest in the configuration (for MD5: a preset for old appliances).",
  },
  content_encryption_not_allowed: {
    meaning: "The client encrypted with a cipher that the configuration does not allow.",
    remedy:
      "Let the client use AES, or allow its cipher in the configuration (for DES: a preset for old appliances).",
  },
  key_transport_not_allowed: {
    meaning: "The client encrypted the message key in a way that is not served.",
    remedy: "Let the client use RSA with PKCS #1 v1.5 or OAEP.",
  },
  key_not_allowed: {
    meaning: "The template does not allow this kind or size of key.",
    remedy: template,
  },
  key_too_weak: {
    meaning: "The key is too short, or of a kind that is known to be broken.",
    remedy:
      "Let the device make a longer key (RSA with 2048 bits or more); a broken key generator needs an update.",
  },
  signature_algorithm_not_allowed: {
    meaning: "The request is signed with an algorithm that is not allowed here.",
    remedy: "Let the client sign with SHA-256, or take a preset that allows what it uses.",
  },
  signature_invalid: {
    meaning: "The message's signature does not verify: it was altered, or the client is broken.",
    remedy: wrongKey,
  },
  envelope_not_opened: {
    meaning: "The envelope could not be opened: it is for another key, or was altered.",
    remedy: wrongKey,
  },
  proof_of_possession_invalid: {
    meaning: "The request is not signed with the key that it wants certified.",
    remedy: clientFault,
  },
  signer_not_requester: {
    meaning: "The message is signed with another key than the one to be certified.",
    remedy: clientFault,
  },
  signer_not_ours: {
    meaning:
      "The message is signed with a certificate that is not of this CA, tenant and kind of configuration.",
    remedy:
      "Let the device enrol anew, with a key of its own and a challenge, at the configuration meant for it.",
  },
  signer_not_valid: {
    meaning: "The certificate that signed the request has ended, has not begun, or is revoked.",
    remedy:
      "Let the device enrol anew with a challenge; a template can allow some grace after the end.",
  },
  renewal_too_early: {
    meaning: "The template does not allow renewal so long before the end.",
    remedy: "Wait, or change the template's renewal rule.",
  },
  key_cannot_decrypt: {
    meaning:
      "The device's key can sign and not decrypt, and there is no challenge to seal the answer with.",
    remedy: "Let the device use an RSA key, or send a challengePassword.",
  },
  certificate_unknown: {
    meaning: "The client asked for a certificate that was not issued here to this tenant.",
    remedy: "Nothing, unless it should exist: then look at issuer and serial number.",
  },
  transaction_unknown: {
    meaning: "The client asked what became of a request that this key never made here.",
    remedy: sendAnew,
  },
  transaction_conflict: {
    meaning: "The transactionID belongs to another request of the same configuration.",
    remedy:
      "The device must start a new transaction, usually with a new key; revoke the earlier certificate if it is of no use.",
  },
  request_rejected: {
    meaning: "A person rejected the request.",
    remedy: "See the reason given with the decision; the device may ask again.",
  },
  template_changed: {
    meaning: "The template was changed while the request waited.",
    remedy: sendAnew,
  },
  too_many_pending: {
    meaning: "Too many requests of this configuration wait for approval.",
    remedy:
      "Approve or reject some; hand out tokens, so that strangers' requests do not fill the list.",
  },
  challenge_invalid: {
    meaning: "There is no challenge, or none of this configuration's tokens has it.",
    remedy: `Compare the URL and the challenge on the device. ${token}`,
  },
  token_expired: { meaning: "The token has ended.", remedy: token },
  token_revoked: { meaning: "The token was revoked.", remedy: token },
  token_used_up: { meaning: "The token's uses are spent.", remedy: token },
  subject_not_allowed: {
    meaning:
      "The subject is not one that the token, the template or the renewed certificate allows.",
    remedy: "Correct the subject on the device, or ask for a token that allows it.",
  },
  subject_alt_name_not_allowed: {
    meaning:
      "A subjectAltName is not one that the token, the template or the renewed certificate allows.",
    remedy: "Correct the names on the device, or ask for a token and a template that allow them.",
  },
  required_domain_missing: {
    meaning: "The request does not carry the domain that the template requires.",
    remedy: "Let the device ask for a name in that domain, or change the template.",
  },
  extension_not_allowed: {
    meaning: "The request asks for an extension that device certificates do not get.",
    remedy: template,
  },
  authority_closed: {
    meaning:
      "The configuration's certification authority was retired or revoked and issues nothing any more.",
    remedy: "Make a configuration with another CA, and give its URL to the devices.",
  },
  intune_challenge_missing: {
    meaning: "The request has no challenge, so it did not come by an Intune SCEP profile.",
    remedy:
      "Give this URL to Intune's SCEP profile only; other devices need a configuration of kind simple.",
  },
  intune_refused: {
    meaning: "Microsoft Intune did not validate the request.",
    remedy:
      "Look at Microsoft's code in the entry; the activity id is what Microsoft's support asks for.",
  },
  intune_delivery_refused: {
    meaning:
      "Microsoft Intune refused the finished certificate, which was therefore not delivered and is revoked.",
    remedy:
      "Let Intune deliver the SCEP profile again (sync the device); if it repeats, give the activity id to Microsoft's support.",
  },
  authority_not_ready: {
    meaning: "The certification authority has no valid certificate.",
    remedy: "Install the CA's certificate, or put a new CA in its place.",
  },
  intune_trouble: {
    meaning:
      "Microsoft's service did not answer as it should; nothing was decided, and the device was asked to come again.",
    remedy:
      "Nothing at first: devices retry by themselves. If it lasts, look at Microsoft's service health, with the activity id at hand.",
  },
  intune_misconfigured: {
    meaning:
      "The Intune connection is not set up rightly; nothing was decided, and the device was asked to come again.",
    remedy: 'Do what the entry says; "Validate Configuration" of the connection shows each step.',
  },
  intune_connection_missing: {
    meaning: "The configuration has no Intune connection, so it issues nothing.",
    remedy: "Choose an Intune connection in the SCEP configuration.",
  },
  enrolment_under_way: {
    meaning: "The device sent the same request again while it was being worked on.",
    remedy: "Nothing: its next try gets the certificate.",
  },
  authority_succeeded: {
    meaning: "The configuration was just being moved to the CA that takes its CA's place.",
    remedy: "Nothing: the device asks again. If it lasts, look at the successor of the CA.",
  },
  service_trouble: {
    meaning:
      "The service had trouble of its own; nothing was decided, and the device was asked to come again.",
    remedy:
      "Nothing at first: devices retry by themselves. The operator's log has a fault with this request's id.",
  },
};

/** @param code Microsoft's, when it refused: it says more than the reason */
export function explain(
  reason: string | undefined,
  code: string | undefined,
): Explanation | undefined {
  if (reason === undefined) return undefined;
  const byCode = code === undefined ? undefined : new Map(Object.entries(intuneCodes)).get(code);
  return byCode ?? new Map<string, Explanation>(Object.entries(explanations)).get(reason);
}
