/** The one way to a CA's key: the CA's own object. Only plain data crosses. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import type { EndEntityContent } from "../ca/end-entity.ts";
import type { DigestName } from "../pki/algorithms.ts";
import type { GeneralName } from "../pki/general-name.ts";
import type { KeyTransport } from "../pki/rsa-key-transport.ts";
import type { Result } from "../result.ts";

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
  /** For a client whose key cannot open a reply: kept, wrapped, while the request waits. */
  readonly wrappedReplyKey?: Uint8Array;
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
  | { readonly reason: "token_revoked" }
  | { readonly reason: "token_expired" }
  /** The template is not what it was when the request was made: the client must send it again. */
  | { readonly reason: "template_changed" }
  | { readonly reason: "request_rejected"; readonly decisionReason: string }
  | { readonly reason: "too_many_pending"; readonly limit: number }
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

export interface EnrolmentRequestRecord {
  readonly id: string;
  readonly configurationId: string;
  readonly transactionID: string;
  readonly subject: string;
  readonly subjectAltNames: readonly GeneralName[];
  /** SHA-256 of the SubjectPublicKeyInfo that asked, lower-case hexadecimal. */
  readonly requesterKeyDigestHex: string;
  /** Bits as in pki/key-usage.ts. */
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  readonly validitySeconds: number;
  /** The token that came along. */
  readonly tokenId?: string;
  readonly status: "pending" | "approved" | "rejected" | "issued" | "expired";
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly decidedBy?: string;
  readonly decisionReason?: string;
  readonly serialNumberHex?: string;
}

export interface EnrolmentRequestSearch {
  /** That one and no other. */
  readonly id?: string;
  readonly status?: EnrolmentRequestRecord["status"];
  /** A shared CA serves several tenants: only what came through these configurations. */
  readonly configurationIds: readonly string[];
  readonly cursor?: string;
  readonly limit: number;
}

export interface EnrolmentDecision {
  readonly id: string;
  readonly configurationIds: readonly string[];
  readonly approved: boolean;
  /** Who, as the audit log names them. */
  readonly by: string;
  readonly reason: string;
}

export type DecisionRefusal =
  | { readonly reason: "not_found" }
  | { readonly reason: "already_decided"; readonly status: EnrolmentRequestRecord["status"] };

export interface CreateAuthority {
  readonly id: string;
  /** Absent for a CA shared by several tenants. */
  readonly tenantId?: string;
  readonly subjectDer: Uint8Array;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  readonly validitySeconds: number;
  /** RSA only: the CA opens envelopes and signs replies itself, for clients that insist on one certificate. */
  readonly ownAgent?: boolean;
}

export interface AuthorityState {
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** Present once the CA has its certificate. */
  readonly certificateDer?: Uint8Array;
}

export interface SubordinateRequest {
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly validitySeconds: number;
  readonly ownAgent?: boolean;
}

export interface AgentRequest {
  readonly configurationId: string;
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly validitySeconds: number;
}

export interface CertificateRecord {
  readonly serialNumberHex: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `intended`: recorded, not yet known to be signed. `abandoned`: the object died in between; it may exist. */
  readonly status: "intended" | "issued" | "abandoned";
  readonly purpose: "end-entity" | "enrolment-agent" | "subordinate" | "root";
  readonly configurationId?: string;
  readonly transactionID?: string;
  readonly tokenId?: string;
  readonly certificateDer?: Uint8Array;
}

export interface CertificateSearch {
  /** Part of a subject, or the beginning of a serial number or transactionID. */
  readonly text?: string;
  /** Only what was issued through these configurations; a shared CA serves several tenants. */
  readonly configurationIds?: readonly string[];
  readonly cursor?: string;
  readonly limit: number;
}

export interface SearchPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

export interface CertificateAuthorityClient {
  /** Makes the key, and for a root (no parent) its certificate. Calling it again changes nothing. */
  create(request: CreateAuthority, as: "root" | "subordinate"): Promise<AuthorityState>;
  /** Gives a subordinate CA its certificate, signed by its parent. Refused when it is for another key. */
  install(
    certificateDer: Uint8Array,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>>;
  issue(request: IssueRequest): Promise<Result<IssuedCertificate | PendingRequest, IssueRefusal>>;
  /** CertPoll: what became of a transaction. Issues when it has been approved meanwhile. */
  poll(request: PollRequest): Promise<Result<PollAnswer, PollRefusal>>;
  /** Idempotent by public key: the same key again gives the same certificate. */
  issueSubordinate(request: SubordinateRequest): Promise<Result<IssuedCertificate, IssueRefusal>>;
  issueEnrolmentAgent(request: AgentRequest): Promise<Result<IssuedCertificate, IssueRefusal>>;
  /** Of a CA with `ownAgent`: a content key of the stated length and nothing else, a random one for a wrong envelope. */
  openContentKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    keyLength: number,
  ): Promise<Uint8Array>;
  /** Of a CA with `ownAgent`: signs the SET OF signed attributes of a CertRep; a fault for anything else. */
  signCertRep(digest: DigestName, signedAttrsDer: Uint8Array): Promise<Uint8Array>;
  /** Announces the CA that will take this one's place: its certificate and those above it. */
  stageSuccessor(certificatesDer: readonly Uint8Array[]): Promise<void>;
  /** The answer to GetNextCACert (RFC 8894, section 4.7.1), signed by this CA; undefined when none is staged. */
  nextCaCertificates(): Promise<Uint8Array | undefined>;
  /** The certificate revocation list, at most half its life old. */
  currentCrl(): Promise<Result<Uint8Array, IssueRefusal>>;
  /** Holds from the next call on. */
  revokeToken(tokenId: string): Promise<void>;
  countTokenUses(tokenId: string): Promise<number>;
  findCertificate(serialNumberHex: string): Promise<CertificateRecord | undefined>;
  searchCertificates(search: CertificateSearch): Promise<SearchPage<CertificateRecord>>;
  searchEnrolmentRequests(
    search: EnrolmentRequestSearch,
  ): Promise<SearchPage<EnrolmentRequestRecord>>;
  decideEnrolmentRequest(
    decision: EnrolmentDecision,
  ): Promise<Result<EnrolmentRequestRecord, DecisionRefusal>>;
}

export interface CertificateAuthorities {
  /** @param id the CA's id in the directory, which is its object's name. */
  get(id: string): CertificateAuthorityClient;
}
