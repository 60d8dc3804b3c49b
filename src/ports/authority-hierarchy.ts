/** Making a CA, and the certificates for keys of our own: subordinates, enrolment agents, OCSP responders. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import type { RevocationReason } from "../pki/crl-reason.ts";
import type { Result } from "../result.ts";
import type { IssuedCertificate, IssueRefusal } from "./certificate-issuing.ts";

export interface CreateAuthority {
  readonly id: string;
  /** Absent for a CA shared by several tenants. */
  readonly tenantId?: string;
  readonly subjectDer: Uint8Array;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  readonly validitySeconds: number;
  /** RSA only: the CA opens envelopes and signs replies itself, for clients that insist on one certificate. */
  readonly ownAgent?: boolean;
  /** Where its certificates send relying parties, when not to the deployment's own origin. */
  readonly publicationOrigin?: string;
  /** How many CAs may stand between this one and an end entity; absent: as many as one likes. */
  readonly pathLength?: number;
  /** NameConstraints in DER, for the CA's own certificate. */
  readonly nameConstraintsDer?: Uint8Array;
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
  readonly pathLength?: number;
  readonly nameConstraintsDer?: Uint8Array;
}

/** Why a CA signs nothing new any more. */
export type ClosedBecause =
  | "retired"
  | "revoked"
  /** Another CA has taken its place, and issues for those who ask. */
  | "succeeded";

export interface AgentRequest {
  readonly configurationId: string;
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly validitySeconds: number;
}

/** A CA that was somewhere else before, with its key. */
export interface ImportAuthority extends CreateAuthority {
  /** In the clear, from the edge to the object and nowhere else; PKCS #8. */
  readonly privateKey: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly certificateDer: Uint8Array;
  /** The next CRL has a higher one. */
  readonly crlNumber: number;
  readonly revoked: readonly {
    readonly serialNumberHex: string;
    readonly revokedAt: Date;
    readonly reason: RevocationReason;
  }[];
}

export interface AuthorityHierarchy {
  /** Takes in key, certificate and revocations, once. Again: changes nothing; refused when the object has another key. */
  adopt(
    request: ImportAuthority,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>>;
  /** Makes the key, and for a root (no parent) its certificate. Calling it again changes nothing. */
  create(request: CreateAuthority, as: "root" | "subordinate"): Promise<AuthorityState>;
  /** PKCS #10 in DER, signed by the CA's key, for an issuer that is not hosted here. */
  certificationRequest(): Promise<Uint8Array>;
  /**
   * Gives a subordinate CA its certificate, once. Refused when it is for another key, or for another name.
   * @param mayRename the name is the certificate's from here on: outside CAs spell names in their own way
   */
  install(
    certificateDer: Uint8Array,
    mayRename?: boolean,
  ): Promise<Result<AuthorityState, { readonly reason: "key_mismatch" }>>;
  /** From here on nothing but CRLs and what OCSP needs is signed. The first reason stays, but for a revocation. */
  close(because: Exclude<ClosedBecause, "succeeded">): Promise<void>;
  /** Idempotent by public key: the same key again gives the same certificate. */
  issueSubordinate(request: SubordinateRequest): Promise<Result<IssuedCertificate, IssueRefusal>>;
  issueEnrolmentAgent(request: AgentRequest): Promise<Result<IssuedCertificate, IssueRefusal>>;
  /** A key that signs OCSP answers for this CA. Idempotent by public key. */
  issueOcspResponder(request: SubordinateRequest): Promise<Result<IssuedCertificate, IssueRefusal>>;
}
