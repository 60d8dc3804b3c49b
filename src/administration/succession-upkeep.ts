/**
 * What the clock asks of successions, every minute: what somebody began is finished, agents are made ready, what is due
 * is promoted, and a CA whose last certificate has ended is retired. Each part is bounded, and one in trouble keeps no
 * other waiting.
 */
import { auditEvent, systemOf } from "./audit-events.ts";
import {
  announce,
  moveConfigurations,
  prepareAgent,
  promote,
  type SuccessionNeeds,
} from "./succession-steps.ts";

const announcedAtOnce = 5;
/** A key takes a fraction of a second. */
const preparedAtOnce = 5;
const promotedAtOnce = 2;
const retiredAtOnce = 5;

export async function keepUpSuccessions(dependencies: SuccessionNeeds): Promise<void> {
  const { successions, clock, log } = dependencies;
  const each = async <Item>(
    items: readonly Item[],
    idOf: (item: Item) => string,
    work: (item: Item) => Promise<unknown>,
  ): Promise<void> => {
    for (const item of items) {
      try {
        await work(item);
      } catch (error) {
        log.fault(idOf(item), error);
      }
    }
  };
  await each(
    await successions.listUnannounced(announcedAtOnce),
    ({ successor }) => successor.id,
    (succession) => announce(dependencies, succession, systemOf(succession.successor.tenantId)),
  );
  await each(
    await successions.listUnprepared(preparedAtOnce),
    ({ configuration }) => configuration.id,
    (waiting) => prepareAgent(dependencies, waiting),
  );
  await each(
    await successions.listDuePromotions(clock.now(), promotedAtOnce),
    ({ successor }) => successor.id,
    (succession) => promote(dependencies, succession, 0),
  );
  await moveConfigurations(dependencies);
  await each(
    await successions.listDueRetirements(clock.now(), retiredAtOnce),
    ({ id }) => id,
    ({ id }) => retire(dependencies, id),
  );
}

/** It may have issued since: requests that waited for a person are finished where they were made. */
async function retire(
  { authorities, successions, clock }: SuccessionNeeds,
  id: string,
): Promise<void> {
  const authority = authorities.get(id);
  const end = await authority.lastCertificateEnd();
  const now = clock.now();
  if (end && end > now) return await successions.postponeRetirement(id, end);
  await authority.close("retired");
  const event = auditEvent(systemOf(undefined), now, "certificate-authority.retired", id, {});
  await successions.markRetired(id, event);
}
