/** The clock's round of all CAs. */
import type { TellingNeeds } from "./authority-news.ts";
import type { Needs } from "./dependencies.ts";
import { carryAuthorityEvents } from "./notices.ts";

const pageSize = 100;
/** Workers hold six connections at a time. */
const atOnce = 6;
/** Each is asked two or three times, and a turn of the clock has 10,000 calls. */
const mostAtOneTurn = 2000;

type WakingNeeds = TellingNeeds &
  Needs<"authorityDirectory" | "authorities" | "authorityEvents" | "platformRecord" | "log">;

/** One CA's trouble is logged and keeps no other waiting; those that a turn does not come to are the next turn's first. */
export async function wakeAuthorities(
  dependencies: WakingNeeds,
  most = mostAtOneTurn,
): Promise<void> {
  const { authorityDirectory, platformRecord } = dependencies;
  const before = await platformRecord.findRound("authorities");
  let cursor = before;
  for (let woken = 0; woken < most;) {
    const limit = Math.min(pageSize, most - woken);
    const page = await authorityDirectory.listAllAuthorityIds({ cursor, limit });
    const waiting = [...page.items];
    woken += waiting.length;
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await wake(dependencies, next);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  if (cursor !== before) await platformRecord.noteRound("authorities", cursor);
}

async function wake(
  dependencies: WakingNeeds,
  { id, keyVersions }: { readonly id: string; readonly keyVersions?: readonly number[] },
): Promise<void> {
  const { authorityDirectory, authorities, log } = dependencies;
  try {
    const authority = authorities.get(id);
    const needs = await authority.wake();
    if (needs.keyVersions.join() !== keyVersions?.join())
      await authorityDirectory.noteKeyVersions(id, needs.keyVersions);
    await carryAuthorityEvents(dependencies, id, authority);
  } catch (error) {
    log.fault(id, error);
  }
}
