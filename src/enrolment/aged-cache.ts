/**
 * What an isolate may remember of D1, and for how long. Only what was found is kept: something that comes into being is
 * seen at once, something that is switched off is seen within `maximumAgeMilliseconds`, also while D1 is in trouble.
 */
import type { Clock } from "../ports/clock.ts";

/** A copy this young is used without asking. */
export const freshMilliseconds = 30_000;
/** A copy this old is never used. In between it serves only when D1 does not answer. */
export const maximumAgeMilliseconds = 60_000;

interface Copy<Value> {
  readonly value: Value;
  readonly loadedAt: number;
}

export class AgedCache<Value> {
  readonly #copies = new Map<string, Copy<Value>>();
  readonly #loading = new Map<string, Promise<Value | undefined>>();
  readonly #clock: Clock;
  readonly #capacity: number;

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  async find(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const copy = this.#copies.get(key);
    const age = copy ? this.#ageOf(copy) : Number.POSITIVE_INFINITY;
    if (copy && age < freshMilliseconds) return copy.value;
    try {
      return await this.#load(key, load);
    } catch (error) {
      if (copy && age < maximumAgeMilliseconds) return copy.value;
      throw error;
    }
  }

  forget(matches: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#copies) if (matches(value)) this.#copies.delete(key);
    // A load that began before the change may bring what was before it.
    this.#loading.clear();
  }

  #ageOf({ loadedAt }: Copy<Value>): number {
    const age = this.#clock.now().getTime() - loadedAt;
    // The clock went back: the copy may be of any age.
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  }

  #load(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const underWay = this.#loading.get(key);
    if (underWay) return underWay;
    const loading: Promise<Value | undefined> = load()
      .then((value) => {
        if (this.#loading.get(key) === loading) this.#keep(key, value);
        return value;
      })
      .finally(() => {
        if (this.#loading.get(key) === loading) this.#loading.delete(key);
      });
    this.#loading.set(key, loading);
    return loading;
  }

  #keep(key: string, value: Value | undefined): void {
    this.#copies.delete(key);
    if (value === undefined) return;
    const [oldest] = this.#copies.keys();
    if (this.#copies.size >= this.#capacity && oldest !== undefined) this.#copies.delete(oldest);
    this.#copies.set(key, { value, loadedAt: this.#clock.now().getTime() });
  }
}
