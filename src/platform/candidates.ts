/** Streams of certificates that may be an answer, each in the order of the answer, put together to one page. */
import type { Order, Position } from "./search-conditions.ts";

export interface Candidate extends Position {
  readonly fits: boolean;
}

/**
 * The first that fit, of all streams together, and where the next page begins.
 * @param budget how many are looked at in each stream; a page may come out short by it
 */
export function firstOf(
  streams: readonly Iterable<Candidate>[],
  { compare }: Pick<Order, "compare">,
  limit: number,
  budget: number,
): { page: Position[]; next: Position | undefined } {
  const found = new Map<number, Position>();
  let horizon: Position | undefined;
  for (const stream of streams) {
    let [looked, fitting] = [0, 0];
    for (const { fits, ...position } of stream) {
      if (fits) {
        found.set(position.id, position);
        if (++fitting > limit) break;
      }
      if (++looked < budget) continue;
      if (!horizon || compare(position, horizon) < 0) horizon = position;
      break;
    }
  }
  const reached = horizon;
  const inOrder = [...found.values()]
    .filter((position) => !reached || compare(position, reached) <= 0)
    .toSorted(compare);
  const page = inOrder.slice(0, limit);
  return { page, next: inOrder.length > limit ? page.at(-1) : reached };
}
