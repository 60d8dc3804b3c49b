/** `waitUntil` of the request that is being answered. */
import { waitUntil } from "cloudflare:workers";
import type { Background } from "../ports/background.ts";
import type { EventLog } from "../ports/event-log.ts";

export const createBackground = (log: EventLog): Background => ({
  run(work) {
    waitUntil(work().catch((error: unknown) => log.fault(crypto.randomUUID(), error)));
  },
});
