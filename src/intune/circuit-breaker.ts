/**
 * What fails again and again is left alone for a while: devices are told at once to come back, and Microsoft is not
 * hammered. Kept in the isolate, one for each connection, so that no tenant waits for another's trouble, and for each hop,
 * so that good verdicts do not hide that notifications fail.
 */
import type { Clock } from "../ports/clock.ts";
import type { IntuneFailure, IntuneHop } from "../ports/intune-service.ts";

/** In a row; what an administrator must mend does not mend itself, so fewer of those are enough. */
const troubleInARow = 5;
const misconfiguredInARow = 3;
const openMilliseconds = 15_000;
const statesAtMost = 5000;

interface State {
  readonly failures: number;
  readonly last: IntuneFailure;
  /** Nobody is let through until then; the next one is the probe. */
  readonly openUntil: number;
  /** Who asks as the probe: it may have another hop to go before it gets here. */
  readonly probe?: string | undefined;
}

export class CircuitBreaker {
  readonly #states = new Map<string, State>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Undefined: go on. Otherwise what the last one heard, with the time that is left.
   * @param asker who may have been let through as the probe at an earlier hop
   */
  refusal(connectionId: string, hop: IntuneHop, asker?: string): IntuneFailure | undefined {
    const key = keyOf(connectionId, hop);
    const state = this.#states.get(key);
    const now = this.#clock.now().getTime();
    if (!state || state.openUntil === 0) return undefined;
    if (asker !== undefined && state.probe === asker) return undefined;
    if (now >= state.openUntil) {
      // One goes through and decides; the others wait for it.
      this.#states.set(key, { ...state, openUntil: now + openMilliseconds, probe: asker });
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

  heard(connectionId: string, hop: IntuneHop, failure: IntuneFailure | undefined): void {
    const key = keyOf(connectionId, hop);
    const isVerdict = failure === undefined || failure.kind === "refused";
    // One request that Microsoft does not understand says nothing about the next.
    const isOnlyThisRequest =
      failure?.kind === "misconfigured" && failure.problem === "request_malformed";
    if (isVerdict || isOnlyThisRequest) {
      this.#states.delete(key);
      return;
    }
    const failures = (this.#states.get(key)?.failures ?? 0) + 1;
    const limit = failure.kind === "misconfigured" ? misconfiguredInARow : troubleInARow;
    const openUntil = failures >= limit ? this.#clock.now().getTime() + openMilliseconds : 0;
    if (this.#states.size >= statesAtMost) this.#states.clear();
    this.#states.set(key, { failures, last: failure, openUntil });
  }

  forget(connectionId: string): void {
    for (const key of this.#states.keys())
      if (key.startsWith(`${connectionId} `)) this.#states.delete(key);
  }
}

const keyOf = (connectionId: string, hop: IntuneHop): string => `${connectionId} ${hop}`;
