/** Which CAs there are. Their keys and certificates live in their own objects; this is the copy that is read everywhere. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import type { NameConstraints } from "../pki/name-constraints.ts";
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";

/**
 * `creating`: the object may not have its certificate yet; making the CA again under the same name goes on.
 * `awaiting-certificate`: its key is made, an outside CA has to sign. `ready`: it issues.
 * `succeeded`: another CA has taken its place and issues; its CRL and OCSP go on until its last certificate ends, and
 * then it is `retired`.
 * `retired`, `revoked`: it issues nothing any more, its CRL and OCSP go on.
 */
export const authorityStates = [
  "creating",
  "awaiting-certificate",
  "ready",
  "succeeded",
  "retired",
  "revoked",
] as const;
export type AuthorityStateName = (typeof authorityStates)[number];

/** `hosted`: a root, or below a parent that is hosted here. `external`: signed by an outside CA. `imported`: with its key. */
export const authorityOrigins = ["hosted", "external", "imported"] as const;
export type AuthorityOrigin = (typeof authorityOrigins)[number];

export interface CertificateAuthorityEntry {
  /** Also the name of the CA's object; begins with its jurisdiction, when it has one. */
  readonly id: string;
  /** Absent for a CA shared by all tenants. */
  readonly tenantId?: string;
  readonly name: string;
  readonly parentId?: string;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  /** RFC 4514. */
  readonly subject: string;
  readonly validitySeconds: number;
  /** It opens envelopes and signs replies itself: its configurations need no enrolment agent. */
  readonly ownAgent: boolean;
  /** Where its certificates send relying parties; absent: the deployment's own origin. */
  readonly publicationOrigin?: string;
  readonly origin: AuthorityOrigin;
  /** As it was wished for; what holds is in the certificate and in those above it. */
  readonly pathLength?: number;
  readonly nameConstraints?: NameConstraints;
  readonly state: AuthorityStateName;
  /** Present from `ready` on. */
  readonly certificate?: { readonly der: Uint8Array; readonly notAfter: Date };
  /** Certificates above it that are not hosted here: its issuer first, the self-signed one last. */
  readonly externalChain?: readonly Uint8Array[];
  /** The CA whose place it takes, or has taken. */
  readonly predecessorId?: string;
  /** When it is to take that place by itself; absent: when somebody says so. */
  readonly promoteAt?: Date;
  /** Since when the predecessor announces it. */
  readonly stagedAt?: Date;
  /** When it began to take that place: since then it is not withdrawn, retired or revoked before it has. */
  readonly promotionBegunAt?: Date;
  /** When it took that place. */
  readonly promotedAt?: Date;
  /** Of a `succeeded` CA: when its last certificate ends. */
  readonly retireAt?: Date;
  readonly createdAt: Date;
}

/** What a CA has once it has been certified. */
export interface AuthorityCompletion {
  readonly der: Uint8Array;
  readonly notAfter: Date;
  readonly externalChain?: readonly Uint8Array[];
  /** RFC 4514, when an outside CA has spelled the name in another way. */
  readonly subject?: string;
}

/** Whose CA it is: a tenant's, or the deployment's. */
export type AuthorityOwner = { readonly tenantId: string } | "shared";

/** Every method that takes a tenant sees that tenant's CAs and the shared ones, and no other tenant's. */
export interface CertificateAuthorityDirectory {
  /** False when the owner has a CA of this name already. */
  createAuthority(entry: CertificateAuthorityEntry, event: AuditEvent): Promise<boolean>;
  /** From `creating` to `awaiting-certificate`. */
  awaitCertificate(id: string, event: AuditEvent): Promise<void>;
  /** Records the certificate, once. */
  completeAuthority(id: string, completion: AuthorityCompletion, event: AuditEvent): Promise<void>;
  /**
   * From `ready` to `retired`; false when it is not `ready`, an enabled configuration issues through it or is to move to
   * it, or it is staged as a successor.
   */
  retireAuthority(id: string, event: AuditEvent): Promise<boolean>;
  /** From any state with a certificate to `revoked`. Its audit event has gone before: the objects act first. */
  markRevoked(id: string): Promise<void>;
  /** Enabled configurations of all tenants that issue through it, or are to move to it. */
  listEnabledConfigurations(
    id: string,
  ): Promise<readonly { readonly tenantId: string; readonly name: string }[]>;
  /**
   * The CA's certificate and all those above it, hosted here or not, up to the self-signed one; undefined while it has
   * none. Of no tenant: certificates of CAs are public.
   */
  findChain(id: string): Promise<readonly Uint8Array[] | undefined>;
  findOwnAuthority(
    owner: AuthorityOwner,
    name: string,
  ): Promise<CertificateAuthorityEntry | undefined>;
  /** By id, or by name; a tenant's own name goes before a shared one. */
  findAuthority(tenantId: string, idOrName: string): Promise<CertificateAuthorityEntry | undefined>;
  listAuthorities(tenantId: string, page: PageRequest): Promise<Page<CertificateAuthorityEntry>>;
  /** Ids of every tenant's CAs and the shared ones: for what is done for all of them by the clock. */
  listAllAuthorityIds(
    page: PageRequest,
  ): Promise<Page<{ readonly id: string; readonly keyVersions?: readonly number[] }>>;
  /** Which versions of MASTER_KEYS the CA's object has said that it needs. */
  noteKeyVersions(id: string, versions: readonly number[]): Promise<void>;
  /** How many CAs need which version, and how many have not said. */
  countKeyVersions(): Promise<{
    readonly versions: readonly { readonly version: number; readonly count: number }[];
    readonly unheard: number;
  }>;
}
