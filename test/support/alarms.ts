/** The clock that CAs see, and their alarms. For the suites that run in workerd. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";
import { inObject, stubOf } from "./authorities.ts";

/** @param time milliseconds; in the future of the real clock, so that the runtime itself rings no alarm */
export const setClock = (time: number): void => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(time);
};

/** Milliseconds since 1970; null: none is armed. */
export const armedAt = (id: string): Promise<number | null> =>
  inObject(id, (_, { storage }) => storage.getAlarm());

export const loseAlarm = (id: string): Promise<void> =>
  inObject(id, (_, { storage }) => storage.deleteAlarm());

/** What the runtime does when the time has come. @returns whether an alarm was armed at all */
export const ring = (id: string): Promise<boolean> => runDurableObjectAlarm(stubOf(id));

/** Rings one alarm after the other; not every one is for the job that a test waits for. */
export async function ringUntil(id: string, happened: () => Promise<boolean>): Promise<number> {
  for (let alarm = 0; alarm < 30; alarm++) {
    const time = await ringNext(id);
    if (await happened()) return time;
  }
  throw new Error("thirty alarms, and it has not happened");
}

/** Sleeps until the alarm, and rings it. @returns the time that it is then */
export async function ringNext(id: string): Promise<number> {
  const armed = await armedAt(id);
  if (armed === null) throw new Error("no alarm is armed");
  setClock(Math.max(armed, Date.now()));
  await ring(id);
  return Date.now();
}
