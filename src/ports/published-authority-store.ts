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
  /** The CA that will take its place, once that is announced, or has taken it. */
  readonly successor?: PublishedSuccessor;
}

export interface PublishedSuccessor {
  readonly id: string;
  readonly chain: readonly [PublishedCertificate, ...PublishedCertificate[]];
  /** When it takes over by itself; absent: that is not fixed yet. */
  readonly promoteAt?: Date;
  /** When it took over. */
  readonly promotedAt?: Date;
}

export interface PublishedAuthorityStore {
  /** Of any tenant: certificates of CAs are public. Undefined when there is none, or it has no certificate yet. */
  findPublishedAuthority(id: string): Promise<PublishedAuthority | undefined>;
}
