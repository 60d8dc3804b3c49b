/**
 * Our own trouble, or somebody else's: nothing was decided about the device, which is to ask again. Never a FAILURE,
 * after which it would give up, and never PENDING, because nobody will decide while it waits.
 */
import type { PostponementReason } from "../ports/transaction-log.ts";
import type { Result } from "../result.ts";
import type { ScepRejection } from "../scep/rejection.ts";

export interface Postponement {
  readonly reason: PostponementReason;
  /** For the operator: what happened, and where it can be mended. */
  readonly detail: string;
  readonly retryAfterSeconds: number;
}

export const postpone = (
  reason: PostponementReason,
  detail: string,
  retryAfterSeconds: number,
): { readonly ok: false; readonly error: Postponement } => ({
  ok: false,
  error: { reason, detail, retryAfterSeconds },
});

/** Why a step does not go on: a verdict on the request, or none yet. */
export type Stop = ScepRejection | Postponement;

export type Stoppable<Value> = Result<Value, Stop>;

export const isPostponement = (stop: Stop): stop is Postponement => "retryAfterSeconds" in stop;
