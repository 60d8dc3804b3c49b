/** Asking a CA's object for certificates. Only plain data crosses. */
import type { EndEntityContent } from "../ca/end-entity.ts";
import type { GeneralName } from "../pki/general-name.ts";
import type { Result } from "../result.ts";
import type { ClosedBecause } from "./authority-hierarchy.ts";

/** Why the object may sign: recorded before it does. */
export type Authorisation =
  | {
      readonly kind: "token";
      readonly tokenId: string;
      readonly maxUses?: number;
      readonly expiresAtSeconds: number;
    }
  /** Possession of a certificate of this CA (RFC 8894, section 2.3). */
  | { readonly kind: "renewal"; readonly serialNumberHex: string }
  /** Microsoft validated this very request (the activity id is that of the call); it must agree again before delivery. */
  | { readonly kind: "intune"; readonly connectionId: string; readonly activityId: string }
  /** A person decides; the object asks for nothing more than that decision. A token that came along is spent then. */
  | { readonly kind: "approval"; readonly token?: WaitingToken };

/** Must still be good when the decision is carried out. */
export interface WaitingToken {
  readonly id: string;
  readonly maxUses?: number;
  readonly expiresAtSeconds: number;
}

export interface IssueRequest {
  readonly configurationId: string;
  readonly transactionID: string;
  /** SHA-256 of the PKCS #10's CertificationRequestInfo: an EC client that asks again signs it anew, with other octets. */
  readonly requestDigest: Uint8Array;
  /** SHA-256 of the SubjectPublicKeyInfo that signed the message: who may poll. */
  readonly requesterKeyDigest: Uint8Array;
  /** `self-signed`, or the serial number (hex) of the certificate that signed the message. */
  readonly signer: string;
  readonly authorisation: Authorisation;
  readonly templateId: string;
  readonly templateVersion: number;
  readonly content: EndEntityContent;
  /** For people: what the inventory shows and searches. */
  readonly subjectText: string;
  /** For people: what a decision is also about. The certificate's are in `content`. */
  readonly subjectAltNames: readonly GeneralName[];
  /** Of a request that somebody outside validates: who works on it. */
  readonly consent?: ConsentLease;
  /** For a client whose key cannot open a reply: kept, wrapped, while the request waits. */
  readonly wrappedReplyKey?: Uint8Array;
  /** Whose configuration it is: the reply key is wrapped for it. */
  readonly tenantId?: string;
}

/** The right to work on one request: given to one worker at a time, for a stated time. */
export interface ConsentLease {
  /** Random; whoever asks for the lease chooses it. */
  readonly holder: string;
  /** SHA-256 of the whole PKCS #10 that is shown outside: an EC client that asks again sends other octets. */
  readonly octetsDigest: Uint8Array;
}

export interface IssuedCertificate {
  readonly status: "issued";
  readonly serialNumberHex: string;
  readonly certificateDer: Uint8Array;
  /** True when this request had been answered before and nothing new was signed. */
  readonly repeated: boolean;
}

export interface PendingRequest {
  readonly status: "pending";
  readonly enrolmentRequestId: string;
}

export type IssueRefusal =
  | { readonly reason: "transaction_conflict"; readonly serialNumberHex?: string }
  | { readonly reason: "token_used_up"; readonly maxUses: number }
  /** The certificate that signed the request is revoked or on hold. */
  | { readonly reason: "signer_revoked"; readonly serialNumberHex: string }
  | { readonly reason: "token_revoked" }
  | { readonly reason: "token_expired" }
  /** The template is not what it was when the request was made: the client must send it again. */
  | { readonly reason: "template_changed" }
  | { readonly reason: "request_rejected"; readonly decisionReason: string }
  | { readonly reason: "too_many_pending"; readonly limit: number }
  /** A CA of another path length was asked to certify one below it. */
  | { readonly reason: "path_length_exceeded" }
  | { readonly reason: "authority_closed"; readonly because: ClosedBecause }
  /** Another worker has the request by now, because this one took too long. */
  | { readonly reason: "lease_lost" }
  | { readonly reason: "authority_not_ready" };

export interface PollRequest {
  readonly configurationId: string;
  readonly transactionID: string;
  /** The poll is signed with the key that asked; another key's transaction does not exist for it. */
  readonly requesterKeyDigest: Uint8Array;
  /** What is issued by now: a waiting request made under another version is not carried out by a poll. */
  readonly templateId: string;
  readonly templateVersion: number;
}

export type PollAnswer =
  | (IssuedCertificate & { readonly wrappedReplyKey?: Uint8Array })
  | PendingRequest;

export type PollRefusal = IssueRefusal | { readonly reason: "transaction_unknown" };

export interface CertificateIssuing {
  issue(request: IssueRequest): Promise<Result<IssuedCertificate | PendingRequest, IssueRefusal>>;
  /** CertPoll: what became of a transaction. Issues when it has been approved meanwhile. */
  poll(request: PollRequest): Promise<Result<PollAnswer, PollRefusal>>;
}
