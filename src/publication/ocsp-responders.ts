/** The responders that this isolate signs with: their keys imported once, others taken when they are due. */
import { createSigner, type Signer } from "../ca/signer.ts";
import { keyIdentifier } from "../ca/end-entity.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { err, ok, type Result } from "../result.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Needs } from "./dependencies.ts";
import type { KnownAuthority } from "./known-authorities.ts";
import {
  type FinishedResponder,
  isDue,
  keyContextOf,
  listed,
  type MakingNeeds,
  provideResponder,
  type ResponderRefusal,
} from "./responder-making.ts";

export interface ReadyResponder {
  readonly certificateDer: Uint8Array;
  /** SHA-1 of its public key bits (RFC 6960, section 4.2.1). */
  readonly keyHash: Uint8Array;
  readonly signer: Signer;
}

/** Work that may go on after the answer. */
export type Defer = (work: Promise<unknown>) => void;

export interface OcspResponders {
  /** @param defer takes the making of a successor, while the one that there is goes on signing */
  find(authority: KnownAuthority, defer: Defer): Promise<Result<ReadyResponder, ResponderRefusal>>;
}

interface Kept extends ReadyResponder {
  readonly row: FinishedResponder;
  readonly checkedAt: number;
}

/** One that is due is looked up this often: its successor may have been made elsewhere. */
const checkMilliseconds = 60_000;
const remembered = 1000;

export function createOcspResponders(dependencies: MakingNeeds & Needs<"log">): OcspResponders {
  const kept = new BoundedMap<Kept>(remembered);

  async function load(
    authority: KnownAuthority,
    now: Date,
    defer: Defer,
  ): Promise<Result<Kept, ResponderRefusal>> {
    let { current } = await listed(dependencies, authority, now);
    if (!current) {
      const provided = await provideResponder(dependencies, authority);
      if (!provided.ok) return provided;
      current = provided.value;
    } else if (isDue(current, now)) {
      defer(renewResponder(dependencies, authority));
    }
    const known = kept.get(authority.id);
    return ok(
      known?.row.id === current.id
        ? { ...known, row: current, checkedAt: now.getTime() }
        : { ...(await ready(dependencies, current)), row: current, checkedAt: now.getTime() },
    );
  }

  return {
    async find(authority, defer) {
      const now = dependencies.clock.now();
      const known = kept.get(authority.id);
      const alive = known && known.row.notAfter > now ? known : undefined;
      if (alive && (!isDue(alive.row, now) || isRecent(alive, now))) return ok(alive);
      try {
        const loaded = await load(authority, now, defer);
        if (loaded.ok) kept.set(authority.id, loaded.value);
        return loaded;
      } catch (error) {
        // D1 or the CA is in trouble; the key that we have is good until its certificate ends.
        if (!alive) throw error;
        dependencies.log.fault(authority.id, error);
        return ok(alive);
      }
    },
  };
}

const isRecent = ({ checkedAt }: Kept, now: Date): boolean =>
  Math.abs(now.getTime() - checkedAt) < checkMilliseconds;

async function ready(
  { keyWrapping }: MakingNeeds,
  responder: FinishedResponder,
): Promise<ReadyResponder> {
  const { certificateDer, keyAlgorithm, wrappedKey } = responder;
  const pkcs8 = await keyWrapping.unwrap(wrappedKey, keyContextOf(responder));
  return {
    certificateDer,
    keyHash: await keyIdentifier(parseCertificate(certificateDer).publicKey.bits),
    signer: await createSigner(keyAlgorithm, pkcs8),
  };
}

const postponeMilliseconds = 15 * 60_000;

/** Never throws: the one that there is goes on, and its turn comes again. */
export async function renewResponder(
  dependencies: MakingNeeds & Needs<"log">,
  authority: KnownAuthority,
): Promise<void> {
  const { ocspResponders, clock, log } = dependencies;
  const renewed = await provideResponder(dependencies, authority).catch((error: unknown) =>
    err({ reason: error instanceof Error ? error.message : String(error) }),
  );
  if (renewed.ok) return;
  log.write({
    event: "alarm",
    alarm: "ocsp_responder_not_renewed",
    authority: authority.id,
    reason: renewed.error.reason,
    nextAttemptInSeconds: postponeMilliseconds / 1000,
  });
  const until = new Date(clock.now().getTime() + postponeMilliseconds);
  await ocspResponders
    .postponeResponders(authority.id, until)
    .catch((error: unknown) => log.fault(authority.id, error));
}
