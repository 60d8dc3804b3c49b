/** The CRLs that this isolate has been asked for. They are made and signed in the CA's object. */
import type { CurrentCrl } from "../ports/certificate-revocation.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Needs } from "./dependencies.ts";
import type { KnownAuthority } from "./known-authorities.ts";

/** One of 100,000 entries has 4 MB. */
const rememberedOctets = 32 * 1024 * 1024;
const freshMilliseconds = 60_000;
/** With the isolate's minute, and the one that an object waits between two lists: well within a quarter of an hour. */
export const crlMaximumAgeSeconds = 300;

export interface PublishedCrls {
  /** Undefined when there is none that has not ended, and none can be made. */
  find(authority: KnownAuthority): Promise<CurrentCrl | undefined>;
}

export function createPublishedCrls({
  authorities,
  clock,
  log,
}: Needs<"authorities" | "clock" | "log">): PublishedCrls {
  const copies = new BoundedMap<{ readonly crl: CurrentCrl; readonly readAt: number }>(
    rememberedOctets,
    ({ crl }) => crl.der.length,
  );
  return {
    async find({ id }) {
      const copy = copies.get(id);
      const now = clock.now();
      const alive = copy && copy.crl.nextUpdate > now ? copy : undefined;
      if (alive && Math.abs(now.getTime() - alive.readAt) < freshMilliseconds) return alive.crl;
      try {
        const current = await authorities.get(id).currentCrl();
        if (!current.ok) return undefined;
        copies.set(id, { crl: current.value, readAt: now.getTime() });
        return current.value;
      } catch (error) {
        // While the object is out of reach nothing is revoked either.
        log.fault(id, error);
        return alive?.crl;
      }
    },
  };
}
