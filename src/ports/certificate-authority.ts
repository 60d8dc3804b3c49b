/** The one way to a CA's key: the CA's own object. Only plain data crosses. */
import type { DigestName } from "../pki/algorithms.ts";
import type { KeyTransport } from "../pki/rsa-key-transport.ts";
import type { AuthorityHierarchy } from "./authority-hierarchy.ts";
import type { Jurisdiction, LocationHint } from "./authority-placement.ts";
import type { AuthoritySuccession } from "./authority-succession.ts";
import type { AuthorityUpkeep } from "./authority-upkeep.ts";
import type { CertificateDelivery } from "./certificate-delivery.ts";
import type { CertificateInventory } from "./certificate-inventory.ts";
import type { CertificateIssuing } from "./certificate-issuing.ts";
import type { CertificateRevocation } from "./certificate-revocation.ts";
import type { IssuedCertificates } from "./issued-certificates.ts";
import type { EnrolmentRequests } from "./enrolment-requests.ts";

export interface CertificateAuthorityClient
  extends
    CertificateIssuing,
    CertificateDelivery,
    EnrolmentRequests,
    AuthorityHierarchy,
    AuthoritySuccession,
    CertificateInventory,
    CertificateRevocation,
    AuthorityUpkeep,
    IssuedCertificates {
  /** Of a CA with `ownAgent`: a content key of the stated length and nothing else, a random one for a wrong envelope. */
  openContentKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    keyLength: number,
  ): Promise<Uint8Array>;
  /** Of a CA with `ownAgent`: signs the SET OF signed attributes of a CertRep; a fault for anything else. */
  signCertRep(digest: DigestName, signedAttrsDer: Uint8Array): Promise<Uint8Array>;
  /** Holds from the next call on. */
  revokeToken(tokenId: string): Promise<void>;
  countTokenUses(tokenId: string): Promise<number>;
  /** In the order of the tokens. */
  countUsesOfTokens(tokenIds: readonly string[]): Promise<readonly number[]>;
}

export interface CertificateAuthorities {
  /**
   * No look-up: the id says where the object is.
   * @param id the CA's id in the directory, which is its object's name
   * @param locationHint counts when the object is made, and never again
   */
  get(id: string, locationHint?: LocationHint): CertificateAuthorityClient;
  /** Whether this runtime can keep objects in it. */
  supports(jurisdiction: Jurisdiction): boolean;
}
