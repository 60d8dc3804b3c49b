/** All of a list that is known to be short, for a select. */
import type { Page, PageRequest } from "../../ports/page.ts";

const itemsOfPage = 100;
/** Nobody looks through more in a select; a page of its own has them all. */
const mostItems = 500;

export async function everyItem<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Item> = await list({ cursor, limit: itemsOfPage });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && items.length < mostItems);
  return items;
}
