/**
 * Values that Microsoft gave, kept in the isolate and, encrypted, in KV. KV may be empty, stale or lying: what does not
 * open under its own name is no value, and what is older than the moment it was found useless is not read again.
 *
 * When several requests want the same missing value, one asks Microsoft and the others look again every few milliseconds.
 * They do not wait for its promise: the runtime cancels a request whose client hangs up, and its promise never settles.
 */
import { sha256 } from "../pki/digest.ts";
import { toHex } from "../pki/bytes.ts";
import type { WrappingContext } from "../ports/key-wrapping.ts";
import type { IntuneDependencies } from "./dependencies.ts";

export interface Kept<Value> {
  readonly value: Value;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly expiresAt: number;
}

export interface CacheName {
  /** Tenant that the value belongs to. */
  readonly tenantId: string;
  readonly kind: WrappingContext["kind"];
  /** All that the value depends on; two lists that differ are two values. */
  readonly parts: readonly string[];
}

const entriesAtMost = 5000;
/** KV is near; when it is not, Microsoft is asked. */
const cacheMilliseconds = 1000;
/** KV keeps nothing for less. */
const shortestCacheSeconds = 60;
const lookAgainMilliseconds = 25;
/** Then a request that waits for another's answer asks for itself. */
const patienceMilliseconds = 2000;
/** Longer than one answer of Microsoft may take: then somebody else asks. */
const askingMilliseconds = 6000;

export class SealedCache<Value> {
  readonly #kept = new Map<string, Kept<Value>>();
  /** What was made before is not believed. */
  readonly #uselessBefore = new Map<string, number>();
  readonly #asking = new Map<string, number>();
  readonly #dependencies: IntuneDependencies;
  /** Whether an entry of KV is a value; what was sealed by an earlier deployment may not be. */
  readonly #isValue: (value: unknown) => value is Value;

  constructor(dependencies: IntuneDependencies, isValue: (value: unknown) => value is Value) {
    this.#dependencies = dependencies;
    this.#isValue = isValue;
  }

  /** What this isolate or KV holds and still believes. */
  async find(name: CacheName): Promise<Value | undefined> {
    const key = await keyOf(name);
    const remembered = this.#good(this.#kept.get(key));
    if (remembered) return remembered.value;
    const stored = this.#good(await this.#read(key, name));
    if (!stored || stored.madeAt <= (this.#uselessBefore.get(key) ?? 0)) return undefined;
    this.#remember(key, stored);
    return stored.value;
  }

  /** What this isolate holds; asks nobody. */
  async remembered(name: CacheName): Promise<Value | undefined> {
    return this.#good(this.#kept.get(await keyOf(name)))?.value;
  }

  /**
   * True: the caller is to ask Microsoft, and calls `asked` afterwards. False: another request has asked meanwhile.
   * @param remainingMilliseconds how much time the caller has: while Microsoft is in trouble, those who ask one after the
   * other would wait for each other's trouble
   */
  async mayAsk(name: CacheName, remainingMilliseconds: number): Promise<boolean> {
    const key = await keyOf(name);
    const { clock, sleep } = this.#dependencies;
    const looksAtMost =
      Math.min(remainingMilliseconds / 2, patienceMilliseconds) / lookAgainMilliseconds;
    let waited = false;
    for (let looks = 0; looks < looksAtMost; looks++) {
      const since = this.#asking.get(key);
      const isBusy =
        since !== undefined && Math.abs(clock.now().getTime() - since) < askingMilliseconds;
      if (!isBusy) break;
      waited = true;
      await sleep(lookAgainMilliseconds);
    }
    if (waited && this.#good(this.#kept.get(key))) return false;
    this.#asking.set(key, clock.now().getTime());
    return true;
  }

  async asked(name: CacheName): Promise<void> {
    this.#asking.delete(await keyOf(name));
  }

  async keep(name: CacheName, value: Value, seconds: number): Promise<void> {
    const key = await keyOf(name);
    if (seconds <= 0) {
      this.#kept.delete(key);
      return;
    }
    const madeAt = this.#now();
    const kept = { value, madeAt, expiresAt: madeAt + 1000 * seconds };
    this.#remember(key, kept);
    await this.#write(key, name, kept, seconds);
  }

  /** The value turned out useless: neither this isolate nor KV gives it again. */
  async drop(name: CacheName): Promise<void> {
    const key = await keyOf(name);
    this.#kept.delete(key);
    if (this.#uselessBefore.size >= entriesAtMost) this.#uselessBefore.clear();
    this.#uselessBefore.set(key, this.#now());
  }

  #now(): number {
    return this.#dependencies.clock.now().getTime();
  }

  #good(kept: Kept<Value> | undefined): Kept<Value> | undefined {
    const now = this.#now();
    return kept !== undefined && kept.madeAt <= now && now < kept.expiresAt ? kept : undefined;
  }

  #remember(key: string, kept: Kept<Value>): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= entriesAtMost && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, kept);
  }

  async #read(key: string, { tenantId, kind }: CacheName): Promise<Kept<Value> | undefined> {
    const { cache, keyWrapping } = this.#dependencies;
    try {
      const sealed = await briefly(cache.get(`${kind}:${key}`, "arrayBuffer"));
      if (!sealed) return undefined;
      const context = { tenant: tenantId, kind, id: key };
      const octets = await keyWrapping.unwrap(new Uint8Array(sealed), context);
      const { value, madeAt, expiresAt } = JSON.parse(
        new TextDecoder().decode(octets),
      ) as Kept<unknown>;
      return this.#isValue(value) && typeof madeAt === "number" && typeof expiresAt === "number"
        ? { value, madeAt, expiresAt }
        : undefined;
    } catch {
      return undefined;
    }
  }

  async #write(key: string, { tenantId, kind }: CacheName, kept: Kept<Value>, seconds: number) {
    const { cache, keyWrapping } = this.#dependencies;
    try {
      const octets = new TextEncoder().encode(JSON.stringify(kept));
      const sealed = await keyWrapping.wrap(octets, { tenant: tenantId, kind, id: key });
      const expirationTtl = Math.max(shortestCacheSeconds, Math.ceil(seconds));
      await briefly(cache.put(`${kind}:${key}`, sealed, { expirationTtl }));
    } catch {
      // The isolate has it; other isolates ask for themselves.
    }
  }
}

const keyOf = async ({ tenantId, parts }: CacheName): Promise<string> =>
  toHex(await sha256(new TextEncoder().encode(JSON.stringify([tenantId, ...parts]))));

/** A result in time, or none; the work goes on by itself. */
async function briefly<Value>(work: Promise<Value>): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, cacheMilliseconds, undefined);
  });
  try {
    return await Promise.race([late, work]);
  } finally {
    clearTimeout(timer);
  }
}
