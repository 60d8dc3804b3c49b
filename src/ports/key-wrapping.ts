/**
 * Wraps what must not be stored in the clear under `MASTER_KEYS` (AES-256-GCM).
 * The context is the additional data, so a ciphertext moved to another row or tenant does not open.
 */
export interface WrappingContext {
  /** Tenant id, or `shared` for what belongs to the deployment. */
  readonly tenant: string;
  readonly kind:
    | "certificate-authority-key"
    | "enrolment-agent-key"
    | "ocsp-responder-key"
    | "reply-key"
    | "intune-client-secret"
    | "intune-client-key"
    | "intune-access-token"
    | "intune-service-addresses"
    | "mail-link"
    | "webhook-secret"
    | "sign-in-secret"
    | "audit-head"
    | "cookie";
  /** The id of the row that holds the ciphertext. */
  readonly id: string;
}

export interface KeyWrapping {
  /** The version that wraps. */
  readonly version: number;
  /** All that can be unwrapped. */
  readonly versions: readonly number[];
  /** The result names the master key version it needs: `version(1) | nonce(12) | ciphertext and tag`. */
  wrap(plaintext: Uint8Array, context: WrappingContext): Promise<Uint8Array>;
  /** Throws a fault when the key version is unknown or the ciphertext belongs elsewhere. */
  unwrap(wrapped: Uint8Array, context: WrappingContext): Promise<Uint8Array>;
  /** The same secret under the version that wraps; what is under it already comes back as it is. Throws as `unwrap`. */
  rewrap(wrapped: Uint8Array, context: WrappingContext): Promise<Uint8Array>;
}
