/** What CAs' objects had to tell, where everybody can read it. */
import type { AuthorityEvent } from "./authority-upkeep.ts";
import type { Page, PageRequest } from "./page.ts";

/** An event that has arrived. */
export interface RecordedAuthorityEvent extends Omit<AuthorityEvent, "id"> {
  readonly id: string;
  readonly certificateAuthorityId: string;
}

/** As it arrived, and whom it concerns. */
export interface CarriedAuthorityEvent extends AuthorityEvent {
  readonly certificateAuthorityId: string;
  /** Absent: the operator's. */
  readonly tenantId?: string;
}

export interface AuthorityEventStore {
  /**
   * Idempotent by (CA, id). Each goes to the tenant that owns the CA; of a shared CA to the tenant of the configuration
   * that it is about (`details.configurationId`), and what is about neither is the operator's. Answers with all of them,
   * those that were there before included.
   */
  recordAuthorityEvents(
    certificateAuthorityId: string,
    events: readonly AuthorityEvent[],
  ): Promise<readonly CarriedAuthorityEvent[]>;
  /** Newest first; only what is that tenant's. */
  listAuthorityEvents(tenantId: string, page: PageRequest): Promise<Page<RecordedAuthorityEvent>>;
}
