/** What a CA has issued, as people ask about it: found, counted, told. Behind it the index that makes it quick. */
import type {
  CertificateRecord,
  CertificateSearch,
  CertificateStory,
  CountedDays,
  DailyCount,
  SearchPage,
} from "../ports/certificate-inventory.ts";
import { CertificateCounts } from "./certificate-counts.ts";
import type { CertificateLedger } from "./certificate-ledger.ts";
import { CertificateSearching } from "./certificate-search.ts";
import { CertificateStories } from "./certificate-story.ts";
import { InventoryIndex } from "./inventory-index.ts";

const longTail = 500;

export class Inventory {
  /** A job for the object's alarm. */
  readonly index: InventoryIndex;
  readonly #searching: CertificateSearching;
  readonly #counts: CertificateCounts;
  readonly #stories: CertificateStories;

  constructor(storage: DurableObjectStorage, ledger: CertificateLedger) {
    const { sql } = storage;
    this.index = new InventoryIndex(storage);
    this.#searching = new CertificateSearching(sql, ledger, this.index);
    this.#counts = new CertificateCounts(sql, this.index);
    this.#stories = new CertificateStories(sql, ledger);
  }

  /** Each question goes through what is not indexed yet: this much of it is felt. */
  get isBehind(): boolean {
    return this.index.tail > longTail;
  }

  search(search: CertificateSearch, now: number): SearchPage<CertificateRecord> {
    return this.#searching.search(search, now);
  }

  count(days: CountedDays): readonly DailyCount[] {
    return this.#counts.count(days);
  }

  tell(serialNumberHex: string): CertificateStory | undefined {
    return this.#stories.tell(serialNumberHex);
  }
}
