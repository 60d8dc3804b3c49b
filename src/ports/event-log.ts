/** Where wide events go: one JSON line for each. Never a challenge, a token, a key or a whole message. */
export interface EventLog {
  write(event: { readonly event: string; readonly [field: string]: unknown }): void;
  /** Our own trouble: what an operator must look at. */
  fault(requestId: string, error: unknown): void;
}
