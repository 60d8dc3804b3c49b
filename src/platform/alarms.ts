/**
 * What a CA does by itself, on the one alarm that its object has. When a job is due follows from what is stored and the
 * clock, and from nothing else, so an alarm that fires twice does nothing twice, and one that was lost loses nothing: whoever
 * wakes the object arms it again.
 */
import { eventLog } from "./event-log.ts";

export interface Job {
  readonly name: string;
  /** Seconds since 1970, in the past when overdue; undefined: there is nothing to do. */
  due(nowSeconds: number): number | undefined;
  /** Afterwards `due` must have moved on; one that throws is tried again a little later. */
  run(nowSeconds: number): Promise<void>;
}

const firstPauseSeconds = 30;
const longestPauseSeconds = 3600;

export class Alarms {
  readonly #storage: DurableObjectStorage;
  readonly #authorityId: () => string | undefined;
  readonly #jobs: readonly Job[];
  /** Failures in a row by job. Forgotten with the object, which only means that it is tried sooner. */
  readonly #failures = new Map<string, { readonly count: number; readonly notBefore: number }>();

  constructor(
    storage: DurableObjectStorage,
    authorityId: () => string | undefined,
    jobs: readonly Job[],
  ) {
    this.#storage = storage;
    this.#authorityId = authorityId;
    this.#jobs = jobs;
  }

  /** Runs what is due. Never throws: the platform stops ringing after a few failures. */
  async ring(nowSeconds: number): Promise<void> {
    for (const job of this.#jobs) {
      const due = this.#dueOf(job, nowSeconds);
      if (due !== undefined && due <= nowSeconds) await this.#run(job, nowSeconds);
    }
    await this.arm(nowSeconds);
  }

  /** Sets the alarm to when the next job is due. Call it after a change that makes one due earlier. */
  async arm(nowSeconds: number): Promise<void> {
    const times = this.#jobs
      .map((job) => this.#dueOf(job, nowSeconds))
      .filter((due): due is number => due !== undefined);
    if (times.length === 0) return;
    const next = Math.max(Math.min(...times), nowSeconds + 1) * 1000;
    const armed = await this.#storage.getAlarm();
    if (armed === null || armed > next || armed < nowSeconds * 1000)
      await this.#storage.setAlarm(next);
  }

  #dueOf(job: Job, nowSeconds: number): number | undefined {
    const due = job.due(nowSeconds);
    const notBefore = this.#failures.get(job.name)?.notBefore;
    return due === undefined || notBefore === undefined ? due : Math.max(due, notBefore);
  }

  async #run(job: Job, nowSeconds: number): Promise<void> {
    try {
      await job.run(nowSeconds);
      this.#failures.delete(job.name);
    } catch (error) {
      const count = (this.#failures.get(job.name)?.count ?? 0) + 1;
      const pause = Math.min(firstPauseSeconds * 2 ** (count - 1), longestPauseSeconds);
      this.#failures.set(job.name, { count, notBefore: nowSeconds + pause });
      eventLog.write({
        event: "alarm",
        alarm: "job_failed",
        job: job.name,
        authority: this.#authorityId(),
        failures: count,
        nextAttemptInSeconds: pause,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
