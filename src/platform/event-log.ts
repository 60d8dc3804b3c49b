/** Events as JSON lines on the console, which `wrangler tail` and Workers Logs read. */
import type { EventLog } from "../ports/event-log.ts";

export const eventLog: EventLog = {
  write(event) {
    // oxlint-disable-next-line no-console -- the one place where events leave the Worker
    console.log(JSON.stringify({ at: new Date().toISOString(), ...event }));
  },
  fault(requestId, error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    eventLog.write({
      event: "fault",
      requestId,
      name,
      message,
      stack: stack?.split("\n").slice(1, 6).join("\n"),
    });
  },
};
