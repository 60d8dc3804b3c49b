/** What the CA's object refuses, as the rejection that the device and the operator get. */
import type { ConsentRefusal } from "../ports/certificate-delivery.ts";
import type { PollRefusal } from "../ports/certificate-issuing.ts";
import type { CrlRefusal } from "../ports/certificate-revocation.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import type { Stop } from "./postponement.ts";

/** As `rejectionOf`; a CA that another one has just followed is no verdict on the device. */
export const stopOfAuthority = (refusal: PollRefusal | ConsentRefusal): Stop =>
  refusal.reason === "authority_closed" && refusal.because === "succeeded"
    ? {
        reason: "authority_succeeded",
        detail:
          "Another CA takes the place of the configuration's own; the configuration is about to move.",
        retryAfterSeconds: 5,
      }
    : rejectionOf(refusal);

export function rejectionOf(refusal: PollRefusal | ConsentRefusal | CrlRefusal): ScepRejection {
  switch (refusal.reason) {
    case "transaction_conflict":
      return {
        reason: "transaction_conflict",
        detail: refusal.serialNumberHex
          ? `Certificate ${refusal.serialNumberHex} was issued to another request under this transactionID.`
          : "Another request under this transactionID waits for approval.",
      };
    case "token_used_up":
      return { reason: "token_used_up", detail: `The token's ${refusal.maxUses} uses are spent.` };
    case "signer_revoked":
      return {
        reason: "signer_not_valid",
        detail: `Certificate ${refusal.serialNumberHex}, which signed the request, is revoked or on hold; the device must enrol anew.`,
      };
    case "token_revoked":
      return { reason: "token_revoked", detail: "The token was revoked." };
    case "token_expired":
      return { reason: "token_expired", detail: "The token ended while the request waited." };
    case "template_changed":
      return {
        reason: "template_changed",
        detail:
          "The template was changed after the request was made: the client must send its request again.",
      };
    case "request_rejected":
      return {
        reason: "request_rejected",
        detail: refusal.decisionReason
          ? `The request was rejected: ${refusal.decisionReason}`
          : "The request was rejected; no reason was given.",
      };
    case "too_many_pending":
      return {
        reason: "too_many_pending",
        detail: `${refusal.limit} requests of this configuration wait for approval; decide some of them.`,
      };
    case "delivery_refused":
      return {
        reason: "intune_delivery_refused",
        detail: `Microsoft refused the delivery of certificate ${refusal.serialNumberHex}, which is revoked; the device must make a new request.`,
      };
    case "transaction_unknown":
      return { reason: "transaction_unknown", detail: "This key has no such transaction here." };
    case "lease_lost":
      throw new Error("A request that nobody outside validates has no lease to lose.");
    case "authority_closed":
      return {
        reason: "authority_closed",
        detail: `The configuration's CA was ${refusal.because}: it issues nothing any more. Make a configuration with another CA.`,
      };
    case "path_length_exceeded":
    case "authority_not_ready":
      throw new Error("The CA has no certificate, or it has ended.");
    case "crl_unavailable":
      throw new Error("The CA has no revocation list that is still valid.");
  }
}
