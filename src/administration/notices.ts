/** What the CAs' objects tell: carried to where it can be read, and shown to those whom it concerns. */
import type { RecordedAuthorityEvent } from "../ports/authority-event-store.ts";
import type { AuthorityUpkeep } from "../ports/authority-upkeep.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";

const eventsAtOnce = 50;
/** A CA that has more to tell goes on in the next minute, so that the others get their turn. */
const roundsAtMost = 20;

/**
 * Written first, confirmed then: dying in between, it is written again, which changes nothing. What is not confirmed
 * stays in the object.
 */
export async function carryAuthorityEvents(
  { authorityEvents }: Needs<"authorityEvents">,
  certificateAuthorityId: string,
  authority: Pick<AuthorityUpkeep, "readOutbox" | "confirmOutbox">,
): Promise<void> {
  for (let round = 0; round < roundsAtMost; round++) {
    const events = await authority.readOutbox(eventsAtOnce);
    const last = events.at(-1);
    if (!last) return;
    await authorityEvents.recordAuthorityEvents(certificateAuthorityId, events);
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
