/** Lists are read page by page, ordered by id; ids begin with their time of making, so that is oldest first. */
export interface PageRequest {
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** For lists that people read, who want to see what came last. */
export interface OrderedPageRequest extends PageRequest {
  /** Absent: oldest first. */
  readonly newestFirst?: boolean;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}
