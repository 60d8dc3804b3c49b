/** What is stored in D1 under MASTER_KEYS, of whatever kind: for wrapping it anew, and for knowing what still needs which version. */
import type { WrappingContext } from "./key-wrapping.ts";

export interface WrappedSecret {
  readonly context: WrappingContext;
  readonly wrapped: Uint8Array;
}

export interface MasterKeyUse {
  readonly kind: WrappingContext["kind"];
  readonly version: number;
  readonly count: number;
}

export interface WrappedSecrets {
  /** Some that name another version, at random: one that does not open must not keep the others waiting. */
  listOutdated(version: number, limit: number): Promise<readonly WrappedSecret[]>;
  /** Compare and set: false when the row has changed, or is gone. */
  replace(secret: WrappedSecret, wrapped: Uint8Array): Promise<boolean>;
  countUses(): Promise<readonly MasterKeyUse[]>;
}
