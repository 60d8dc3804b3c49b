/** Which CAs there are. Their keys and certificates live in their own objects; this is the copy that is read everywhere. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";

export interface CertificateAuthorityEntry {
  /** Also the name of the CA's object. */
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
  /** `creating`: the object may not have its certificate yet; making the CA again under the same name goes on. */
  readonly state: "creating" | "ready";
  /** Present once `ready`. */
  readonly certificate?: { readonly der: Uint8Array; readonly notAfter: Date };
  readonly createdAt: Date;
}

/** Whose CA it is: a tenant's, or the deployment's. */
export type AuthorityOwner = { readonly tenantId: string } | "shared";

/** Every method that takes a tenant sees that tenant's CAs and the shared ones, and no other tenant's. */
export interface CertificateAuthorityDirectory {
  /** False when the owner has a CA of this name already. */
  createAuthority(entry: CertificateAuthorityEntry, event: AuditEvent): Promise<boolean>;
  /** Records the certificate, once. */
  completeAuthority(
    id: string,
    certificate: { readonly der: Uint8Array; readonly notAfter: Date },
    event: AuditEvent,
  ): Promise<void>;
  findOwnAuthority(
    owner: AuthorityOwner,
    name: string,
  ): Promise<CertificateAuthorityEntry | undefined>;
  /** By id, or by name; a tenant's own name goes before a shared one. */
  findAuthority(tenantId: string, idOrName: string): Promise<CertificateAuthorityEntry | undefined>;
  listAuthorities(tenantId: string, page: PageRequest): Promise<Page<CertificateAuthorityEntry>>;
  /** Ids of every tenant's CAs and the shared ones: for what is done for all of them by the clock. */
  listAllAuthorityIds(page: PageRequest): Promise<Page<{ readonly id: string }>>;
}
