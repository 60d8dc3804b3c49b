/** What Microsoft asked to be left alone with: Retry-After holds for the whole isolate, by connection and hop. */
import type { Clock } from "../ports/clock.ts";
import type { IntuneHop } from "../ports/intune-service.ts";
import type { HttpAnswer } from "./http-answer.ts";

/** Shorter ones are waited for where they came up. */
const shortestPauseSeconds = 5;
const connectionsAtMost = 2000;

export class CallPauses {
  readonly #until = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  secondsLeft(connectionId: string, hop: IntuneHop): number {
    const until = this.#until.get(`${connectionId} ${hop}`) ?? 0;
    return Math.max(0, Math.ceil((until - this.#clock.now().getTime()) / 1000));
  }

  heard(connectionId: string, hop: IntuneHop, answer: HttpAnswer): void {
    if (answer.kind !== "answer" || (answer.status !== 429 && answer.status !== 503)) return;
    const seconds = answer.retryAfterSeconds ?? 0;
    if (seconds < shortestPauseSeconds) return;
    if (this.#until.size >= connectionsAtMost) this.#until.clear();
    this.#until.set(`${connectionId} ${hop}`, this.#clock.now().getTime() + 1000 * seconds);
  }

  forget(connectionId: string): void {
    for (const key of this.#until.keys())
      if (key.startsWith(`${connectionId} `)) this.#until.delete(key);
  }
}
