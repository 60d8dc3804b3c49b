/** The keys with which a CA's OCSP answers are signed (RFC 6960, section 4.2.2.2), and their certificates. */
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";

export type ResponderKeyAlgorithm = Extract<AuthorityKeyAlgorithm, "RSA-2048" | "P-256">;

export interface OcspResponder {
  readonly id: string;
  readonly certificateAuthorityId: string;
  /** The CA's; absent: shared. */
  readonly tenantId?: string;
  readonly keyAlgorithm: ResponderKeyAlgorithm;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** PKCS #8, wrapped with kind `ocsp-responder-key`, the CA's tenant or `shared`, and this row's id. */
  readonly wrappedKey: Uint8Array;
  /** Absent while its CA has not answered. The CA gives one key one certificate, so anybody may ask again. */
  readonly certificateDer?: Uint8Array;
  /** Until it has its certificate: what that is expected to say. */
  readonly notAfter: Date;
  /** When its successor is due; absent when it has one. */
  readonly renewAt?: Date;
  readonly createdAt: Date;
}

export interface OcspResponderStore {
  /** Newest first: those that have not ended, unfinished ones included. */
  listResponders(certificateAuthorityId: string, now: Date): Promise<readonly OcspResponder[]>;
  /** False when the CA has one that is not due yet at that moment, unfinished or not: of several callers one wins. */
  beginResponder(responder: OcspResponder, now: Date): Promise<boolean>;
  /** Gives it its certificate, once; it takes over from those before it. */
  completeResponder(
    responder: Pick<OcspResponder, "id" | "certificateAuthorityId">,
    certificate: { readonly der: Uint8Array; readonly notAfter: Date; readonly renewAt: Date },
  ): Promise<void>;
  /** Ids of CAs whose newest responder is due, most overdue first. */
  listDueAuthorities(now: Date, limit: number): Promise<readonly string[]>;
  /** It did not work: the CA's turn comes again then. */
  postponeResponders(certificateAuthorityId: string, until: Date): Promise<void>;
  /** Removes what nobody can use any more, at most so many. */
  forgetEndedResponders(now: Date, limit: number): Promise<void>;
}
