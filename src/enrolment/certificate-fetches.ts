/**
 * Who has fetched certificates since a successor was staged: so that its operators see which configurations have not
 * noticed. Counted in the isolate and written once a minute at most, after the answer; what an isolate had not written
 * when it ended is lost, so the counts are lower bounds.
 */
import type {
  AuthoritySuccessionStore,
  FetchOperation,
} from "../ports/authority-succession-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { AfterAnswer } from "./operation.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

const writtenEveryMilliseconds = 60_000;
const remembered = 5000;

export interface FetchCounter {
  fetched(served: ServedConfiguration, operation: FetchOperation, afterAnswer: AfterAnswer): void;
}

export function createFetchCounter(
  { recordFetches }: Pick<AuthoritySuccessionStore, "recordFetches">,
  clock: Clock,
): FetchCounter {
  const counted = new Map<string, { count: number; writtenAt: number }>();
  return {
    fetched({ configuration, successionOf }, operation, afterAnswer) {
      if (successionOf === undefined) return;
      const key = `${successionOf}/${configuration.id}/${operation}`;
      const lastAt = clock.now();
      const known = counted.get(key) ?? { count: 0, writtenAt: 0 };
      if (!counted.has(key) && counted.size >= remembered) counted.clear();
      counted.set(key, known);
      known.count++;
      if (lastAt.getTime() - known.writtenAt < writtenEveryMilliseconds) return;
      const { count } = known;
      counted.set(key, { count: 0, writtenAt: lastAt.getTime() });
      afterAnswer(
        recordFetches(
          { configurationId: configuration.id, operation, count, lastAt },
          successionOf,
        ),
      );
    },
  };
}
