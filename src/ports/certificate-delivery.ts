/**
 * Certificates that somebody outside must agree to: before one is signed, and again before it is delivered. The object
 * knows who works on a request and what became of its certificate; it asks nobody itself.
 */
import { longestRetryAfterSeconds } from "./intune-service.ts";
import type { Result } from "../result.ts";
import type {
  ConsentLease,
  IssuedCertificate,
  IssueRefusal,
  IssueRequest,
} from "./certificate-issuing.ts";

/** One request in the sense of invariant I3. */
export type RequestIdentity = Pick<
  IssueRequest,
  "configurationId" | "transactionID" | "requestDigest" | "signer"
>;

export interface ConsentRequest extends RequestIdentity {
  readonly consent: ConsentLease;
}

export type ConsentState =
  /** Nothing was issued for it. The lease is the asker's: it is to be validated and issued. */
  | { readonly status: "leased" }
  /** Signed and not delivered. The lease is the asker's: it is to go on at the notification. */
  | {
      readonly status: "undelivered";
      readonly certificate: IssuedCertificate;
      /** False: these octets are not those that were validated, though the request is the same. */
      readonly sameOctets: boolean;
    }
  | { readonly status: "delivered"; readonly certificate: IssuedCertificate }
  /** Somebody else works on it. */
  | { readonly status: "busy" };

export type ConsentRefusal =
  | Extract<
      IssueRefusal,
      { readonly reason: "transaction_conflict" | "authority_not_ready" | "authority_closed" }
    >
  /** Its certificate was refused at the notification, and is revoked. */
  | { readonly reason: "delivery_refused"; readonly serialNumberHex: string };

export interface CertificateDelivery {
  /** Finds what there is for a request, or leases it to the asker for `leaseSeconds`. */
  beginConsent(request: ConsentRequest): Promise<Result<ConsentState, ConsentRefusal>>;
  /** Gives the lease back: the next one need not wait for its end. */
  endConsent(request: ConsentRequest): Promise<void>;
  /** The other side agreed to the delivery. False when the certificate was given up before. Repeating it is harmless. */
  recordDelivery(serialNumberHex: string): Promise<boolean>;
  /** The other side refused the delivery: the certificate is withheld and revoked at once. @param code the other side's */
  refuseDelivery(serialNumberHex: string, code: string): Promise<void>;
}

/** Longer than a PKIOperation may take: whoever holds a lease to its end is dead. */
export const leaseSeconds = 25;
/**
 * How long an undelivered certificate waits for its device, and is then revoked: a device that comes back when it was told
 * to must still find it.
 */
export const undeliveredSeconds = longestRetryAfterSeconds + 1800;
