/** What the clock asks of OCSP responders, every minute: whose third third has begun gets a successor. */
import type { Needs } from "./dependencies.ts";
import type { KnownAuthorities } from "./known-authorities.ts";
import { renewResponder } from "./ocsp-responders.ts";
import type { MakingNeeds } from "./responder-making.ts";

/** A key takes a fraction of a second; whoever is left is the first of the next minute. */
const renewedAtOnce = 10;
const forgottenAtOnce = 100;

export async function keepUpResponders(
  dependencies: MakingNeeds & Needs<"log">,
  knownAuthorities: KnownAuthorities,
): Promise<void> {
  const { ocspResponders, clock } = dependencies;
  for (const id of await ocspResponders.listDueAuthorities(clock.now(), renewedAtOnce)) {
    const authority = await knownAuthorities.find(id);
    if (authority) await renewResponder(dependencies, authority);
  }
  await ocspResponders.forgetEndedResponders(clock.now(), forgottenAtOnce);
}
