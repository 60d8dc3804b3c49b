/** What Microsoft asked to be left alone with: Retry-After holds for the whole isolate, by connection and hop. */
import type { Clock } from "../ports/clock.ts";
import type { IntuneHop } from "../ports/intune-service.ts";
import type { HttpAnswer, UnsentCall } from "./http-answer.ts";

/** Shorter ones are waited for where they came up. */
const shortestPauseSeconds = 5;
const connectionsAtMost = 2000;

export class CallPauses {
  readonly #until = new Map<string, { readonly at: number; readonly status: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is known instead of an answer while a pause lasts. */
  pause(connectionId: string, hop: IntuneHop): UnsentCall | undefined {
    const until = this.#until.get(`${connectionId} ${hop}`);
    const left = until ? Math.ceil((until.at - this.#clock.now().getTime()) / 1000) : 0;
    if (!until || left <= 0) return undefined;
    const detail = `not asked: Microsoft wants to be left alone for ${left} s more (HTTP ${until.status})`;
    return { kind: "no-answer", detail, unsent: true, retryAfterSeconds: left };
  }

  heard(connectionId: string, hop: IntuneHop, answer: HttpAnswer): void {
    if (answer.kind !== "answer" || (answer.status !== 429 && answer.status !== 503)) return;
    const seconds = answer.retryAfterSeconds ?? 0;
    if (seconds < shortestPauseSeconds) return;
    if (this.#until.size >= connectionsAtMost) this.#until.clear();
    const at = this.#clock.now().getTime() + 1000 * seconds;
    this.#until.set(`${connectionId} ${hop}`, { at, status: answer.status });
  }

  forget(connectionId: string): void {
    for (const key of this.#until.keys())
      if (key.startsWith(`${connectionId} `)) this.#until.delete(key);
  }
}
