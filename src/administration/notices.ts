/** What the CAs' objects tell: carried to where it can be read, and shown to those whom it concerns. */
import type { RecordedAuthorityEvent } from "../ports/authority-event-store.ts";
import type { AuthorityUpkeep } from "../ports/authority-upkeep.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { TenantAccess } from "./access.ts";
import { type TellingNeeds, tellOfAuthorityEvents } from "./authority-news.ts";
import type { Needs } from "./dependencies.ts";

const eventsAtOnce = 50;
/** A CA that has more to tell goes on in the next minute, so that the others get their turn. */
const roundsAtMost = 20;

/**
 * Written first, told to mails and webhooks then, confirmed at last: dying in between, all of it is done again, which
 * changes nothing. What is not confirmed stays in the object.
 */
export async function carryAuthorityEvents(
  dependencies: TellingNeeds & Needs<"authorityEvents">,
  certificateAuthorityId: string,
  authority: Pick<AuthorityUpkeep, "readOutbox" | "confirmOutbox">,
): Promise<void> {
  for (let round = 0; round < roundsAtMost; round++) {
    const events = await authority.readOutbox(eventsAtOnce);
    const last = events.at(-1);
    if (!last) return;
    const carried = await dependencies.authorityEvents.recordAuthorityEvents(
      certificateAuthorityId,
      events,
    );
    await tellOfAuthorityEvents(dependencies, carried);
    await authority.confirmOutbox(last.id);
    if (events.length < eventsAtOnce) return;
  }
}

/** Newest first: of the tenant's own CAs, and of shared ones what is about its own configurations. */
export const listNotices = (
  { authorityEvents }: Needs<"authorityEvents">,
  access: TenantAccess<"certificate.read">,
  page: PageRequest,
): Promise<Page<RecordedAuthorityEvent>> =>
  authorityEvents.listAuthorityEvents(access.tenantId, page);
