/** Answers to creations that carried an `Idempotency-Key`, kept for a day. Never a secret. */
export interface IdempotencyClaim {
  /** Who asked, and the key they chose. */
  readonly actorId: string;
  readonly key: string;
  /** SHA-256 of method, path and body. */
  readonly requestHash: Uint8Array;
  readonly at: Date;
}

export interface RecordedAnswer {
  readonly status: number;
  readonly body: string;
}

export type ClaimOutcome =
  | { readonly state: "claimed" }
  | { readonly state: "in-progress" }
  | { readonly state: "other-request" }
  | { readonly state: "answered"; readonly answer: RecordedAnswer };

export interface IdempotencyStore {
  /** Takes the key for this request, unless it was taken. */
  claim(claim: IdempotencyClaim): Promise<ClaimOutcome>;
  recordAnswer(claim: IdempotencyClaim, answer: RecordedAnswer): Promise<void>;
  /** Nothing was created: the key is free again. */
  release(claim: IdempotencyClaim): Promise<void>;
}
