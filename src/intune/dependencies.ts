/** What intune/ stands on, and its stated figures. Everything that waits or draws lots is a parameter. */
import type { Clock } from "../ports/clock.ts";
import type { KeyWrapping } from "../ports/key-wrapping.ts";

/** The part of a KV namespace that is used. */
export interface OctetCache {
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: Uint8Array, options: { readonly expirationTtl: number }): Promise<void>;
}

export interface Figures {
  /** One call to the login or Graph host. */
  readonly directoryCallMilliseconds: number;
  /** One call to Intune's own services. */
  readonly serviceCallMilliseconds: number;
  /** An access token is kept for `expires_in` less five minutes, and never longer than this. */
  readonly tokenSecondsAtMost: number;
}

export const defaultFigures: Figures = {
  directoryCallMilliseconds: 5000,
  serviceCallMilliseconds: 10_000,
  tokenSecondsAtMost: 30 * 60,
};

export interface IntuneDependencies {
  readonly keyWrapping: KeyWrapping;
  /** Access tokens and service locations, encrypted. May be lost, stale or lying. */
  readonly cache: OctetCache;
  readonly clock: Clock;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Custom clouds, and http, are for development alone. */
  readonly development: boolean;
  readonly figures: Figures;
}
