/** What the public may know of a CA: nothing about its tenant, and what only we need to answer for it. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";

/** A certificate of the chain. */
export interface PublishedCertificate {
  /** The CA's id when it is hosted here, and so has a `/pki/` of its own. */
  readonly authorityId?: string;
  readonly der: Uint8Array;
}

export interface PublishedAuthority {
  readonly id: string;
  /** For unwrapping keys, never for the public; absent: shared. */
  readonly tenantId?: string;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  /** From the CA's own certificate up to the root. */
  readonly chain: readonly [PublishedCertificate, ...PublishedCertificate[]];
}

export interface PublishedAuthorityStore {
  /** Of any tenant: certificates of CAs are public. Undefined when there is none, or it has no certificate yet. */
  findPublishedAuthority(id: string): Promise<PublishedAuthority | undefined>;
}
