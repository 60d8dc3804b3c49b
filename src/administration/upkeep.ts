/** What the clock asks for, every minute: each CA's object is woken, so that a lost alarm is armed again. */
import type { EventLog } from "../ports/event-log.ts";
import type { Needs } from "./dependencies.ts";

const pageSize = 100;
/** Workers hold six connections at a time. */
const atOnce = 6;

/** One CA's trouble is logged and keeps no other CA waiting. */
export async function keepUp(
  { authorityDirectory, authorities }: Needs<"authorityDirectory" | "authorities">,
  log: EventLog,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await authorityDirectory.listAllAuthorityIds({ cursor, limit: pageSize });
    const waiting = page.items.map(({ id }) => id);
    const worker = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          await authorities.get(id).wake();
        } catch (error) {
          log.fault(id, error);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
