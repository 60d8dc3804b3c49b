/** Counts what somebody does; approximate, one count for each location. Nothing that must be exact relies on it. */
export interface RateLimiter {
  /** Counts one, and tells whether that is still within the limit. */
  allows(key: string): Promise<boolean>;
}
