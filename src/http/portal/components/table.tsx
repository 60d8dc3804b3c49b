/** Tables that scroll inside themselves on a phone, what stands there when nothing does, and the way to the next page. */
import type { Child, FC } from "hono/jsx";
import type { Page } from "../../../ports/page.ts";
import { texts } from "../texts/texts.ts";
import type { Visit } from "../visit.ts";

export interface Column<Item> {
  readonly label: string;
  readonly cell: (item: Item) => Child;
  /** Buttons: aligned to the right, and the label only heard. */
  readonly actions?: boolean;
}

/** The first column names the row. */
export const Table = <Item,>({
  label,
  columns,
  items,
}: {
  label: string;
  columns: readonly Column<Item>[];
  items: readonly Item[];
}) => (
  <div class="table" role="region" aria-label={label} tabindex={0}>
    <table>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">
              {column.actions ? <span class="visually-hidden">{column.label}</span> : column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr>
            {columns.map((column, index) =>
              index === 0 ? (
                <th scope="row">{column.cell(item)}</th>
              ) : (
                <td class={column.actions ? "actions" : undefined}>{column.cell(item)}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** What to do next where there is nothing yet. */
export const EmptyState: FC<{ title: string; hint: Child; action?: Child }> = ({
  title,
  hint,
  action,
}) => (
  <div class="card empty">
    <p>
      <strong>{title}</strong>
    </p>
    <p>{hint}</p>
    {action && <p>{action}</p>}
  </div>
);

/** By cursor: forward, and back to the beginning. The other parts of the query stay. */
export const Pagination: FC<{
  visit: Visit;
  page: Page<unknown>;
  /** The cursor's name in the query, where a page has several lists. */
  cursor?: string;
}> = ({ visit, page, cursor: name = "cursor" }) => {
  const here = new URL(visit.context.req.url);
  here.searchParams.delete("notice");
  const at = (cursor: string | undefined) => {
    if (cursor === undefined) here.searchParams.delete(name);
    else here.searchParams.set(name, cursor);
    return `${here.pathname}${here.search}`;
  };
  const isFirst = visit.query(name) === undefined;
  if (isFirst && page.nextCursor === undefined) return null;
  return (
    <nav class="pages" aria-label={texts.common.pages}>
      {!isFirst && (
        <a class="button" href={at(undefined)}>
          {texts.common.firstPage}
        </a>
      )}
      {page.nextCursor !== undefined && (
        <a class="button" rel="next" href={at(page.nextCursor)}>
          {texts.common.nextPage}
        </a>
      )}
    </nav>
  );
};
