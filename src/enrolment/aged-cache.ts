/**
 * What an isolate may remember of D1, and for how long. Only what was found is kept: something that comes into being is
 * seen at once, something that is switched off is seen within `maximumAgeMilliseconds`, also while D1 is in trouble.
 */
import type { Clock } from "../ports/clock.ts";
import { within } from "./deadline.ts";

/** A copy this young is used without asking. */
export const freshMilliseconds = 30_000;
/** A copy this old is never used. In between it serves only when D1 does not answer. */
export const maximumAgeMilliseconds = 60_000;

interface Copy<Value> {
  readonly value: Value;
  readonly loadedAt: number;
}

/** D1 answers in milliseconds; one that takes this long is in trouble. */
const loadMilliseconds = 5000;

export class AgedCache<Value> {
  readonly #copies = new Map<string, Copy<Value>>();
  readonly #clock: Clock;
  readonly #capacity: number;
  /** Counts what was forgotten: a load that began before may bring what was before. */
  #forgotten = 0;

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /**
   * Every request loads for itself, also when another is loading the same: the runtime cancels a request whose client
   * hangs up, and whoever waited for its promise would wait for ever.
   */
  async find(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const copy = this.#copies.get(key);
    const elapsed = copy ? this.#clock.now().getTime() - copy.loadedAt : -1;
    // A clock that went back says nothing about how old a copy is.
    const age = elapsed >= 0 ? elapsed : Number.POSITIVE_INFINITY;
    if (copy && age < freshMilliseconds) return copy.value;
    const forgotten = this.#forgotten;
    try {
      const value = await within(loadMilliseconds, load());
      if (forgotten === this.#forgotten) this.#keep(key, value);
      return value;
    } catch (error) {
      if (copy && age < maximumAgeMilliseconds) return copy.value;
      throw error;
    }
  }

  forget(matches: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#copies) if (matches(value)) this.#copies.delete(key);
    this.#forgotten++;
  }

  #keep(key: string, value: Value | undefined): void {
    this.#copies.delete(key);
    if (value === undefined) return;
    const [oldest] = this.#copies.keys();
    if (this.#copies.size >= this.#capacity && oldest !== undefined) this.#copies.delete(oldest);
    this.#copies.set(key, { value, loadedAt: this.#clock.now().getTime() });
  }
}
