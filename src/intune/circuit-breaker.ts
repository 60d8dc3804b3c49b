/**
 * A connection that fails again and again is left alone for a while: its devices are told at once to come back, and
 * Microsoft is not hammered. Kept in the isolate, one for each connection, so that no tenant waits for another's trouble.
 */
import type { Clock } from "../ports/clock.ts";
import type { IntuneFailure } from "../ports/intune-service.ts";

/** In a row; what an administrator must mend does not mend itself, so fewer of those are enough. */
const troubleInARow = 5;
const misconfiguredInARow = 3;
const openMilliseconds = 15_000;
const connectionsAtMost = 5000;

interface State {
  readonly failures: number;
  readonly last: IntuneFailure;
  /** Nobody is let through until then; the next one is the probe. */
  readonly openUntil: number;
}

export class CircuitBreaker {
  readonly #states = new Map<string, State>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined: go on. Otherwise what the last one heard, with the time that is left. */
  refusal(connectionId: string): IntuneFailure | undefined {
    const state = this.#states.get(connectionId);
    const now = this.#clock.now().getTime();
    if (!state || state.openUntil === 0) return undefined;
    if (now >= state.openUntil) {
      // One goes through and decides; the others wait for it.
      this.#states.set(connectionId, { ...state, openUntil: now + openMilliseconds });
      return undefined;
    }
    const left = Math.ceil((state.openUntil - now) / 1000);
    const { last } = state;
    return last.kind === "refused"
      ? undefined
      : {
          ...last,
          detail: `${last.detail} (not asked again for ${left} s)`,
          retryAfterSeconds: left,
        };
  }

  heard(connectionId: string, failure: IntuneFailure | undefined): void {
    const isVerdict = failure === undefined || failure.kind === "refused";
    // One request that Microsoft does not understand says nothing about the next.
    const isOnlyThisRequest =
      failure?.kind === "misconfigured" && failure.problem === "request_malformed";
    if (isVerdict || isOnlyThisRequest) {
      this.#states.delete(connectionId);
      return;
    }
    const failures = (this.#states.get(connectionId)?.failures ?? 0) + 1;
    const limit = failure.kind === "misconfigured" ? misconfiguredInARow : troubleInARow;
    const openUntil = failures >= limit ? this.#clock.now().getTime() + openMilliseconds : 0;
    if (this.#states.size >= connectionsAtMost) this.#states.clear();
    this.#states.set(connectionId, { failures, last: failure, openUntil });
  }
}
