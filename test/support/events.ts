/** The wide events of SCEP requests, read from the console as `wrangler tail` reads them. */
import { vi } from "vitest";

export type ScepEvent = Readonly<Record<string, unknown>>;

/** What was logged while the callback ran. */
export async function scepEvents(callback: () => Promise<unknown>): Promise<ScepEvent[]> {
  const events: ScepEvent[] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((line: unknown) => {
    const event = JSON.parse(String(line)) as ScepEvent;
    if (event["event"] === "scep") events.push(event);
  });
  try {
    await callback();
  } finally {
    spy.mockRestore();
  }
  return events;
}
