/** Rate limits of the SCEP routes. All of them are asked before a private key is used. */
import { toHex } from "../pki/bytes.ts";
import { parseIpAddress } from "../pki/ip-address.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { HttpError } from "./http-error.ts";

export interface ScepLimits {
  /** Throws 429 for a source that asks too much. */
  checkSource(source: string): Promise<void>;
  /** Throws 503 for a configuration that is flooded, 429 for a source that guesses its challenges. */
  checkConfiguration(source: string, configurationId: string): Promise<void>;
  /** Counts a wrong challenge. */
  challengeFailed(source: string, configurationId: string): Promise<void>;
}

export interface ScepLimiters {
  readonly source: RateLimiter;
  readonly configuration: RateLimiter;
  readonly challengeFailure: RateLimiter;
}

/** The window of the limits in wrangler.toml. */
const windowSeconds = 60;
const maximumLockedOut = 10_000;
const retryAfter = { "retry-after": String(windowSeconds) };

export function createScepLimits(limiters: ScepLimiters, log: EventLog): ScepLimits {
  /** `configuration|source` -> until when. Other isolates lock out at that source's next wrong challenge. */
  const lockedOut = new Map<string, number>();
  return {
    async checkSource(source) {
      if (!(await limiters.source.allows(source))) {
        throw new HttpError(
          429,
          "Too many requests from this address; try again in a minute.",
          retryAfter,
        );
      }
    },
    async checkConfiguration(source, configurationId) {
      if ((lockedOut.get(`${configurationId}|${source}`) ?? 0) > Date.now()) {
        throw new HttpError(
          429,
          "Too many wrong challenges from this address; try again in a minute.",
          retryAfter,
        );
      }
      if (!(await limiters.configuration.allows(configurationId))) {
        throw new HttpError(503, "Too many enrolments at once; try again in a minute.", retryAfter);
      }
    },
    async challengeFailed(source, configurationId) {
      const key = `${configurationId}|${source}`;
      if (await limiters.challengeFailure.allows(key)) return;
      // The oldest goes, so that nobody frees all the others by being locked out often enough.
      const [oldest] = lockedOut.keys();
      if (lockedOut.size >= maximumLockedOut && oldest !== undefined) lockedOut.delete(oldest);
      lockedOut.delete(key);
      lockedOut.set(key, Date.now() + windowSeconds * 1000);
      log.write({
        event: "alarm",
        alarm: "challenge_guessing",
        configurationId,
        source,
        lockedOutSeconds: windowSeconds,
      });
    },
  };
}

/** Who asks, as limits see them. An IPv6 site has 2^64 addresses, so only the network part counts. */
export function sourceOf(request: Request): string {
  const address = request.headers.get("cf-connecting-ip") ?? "unknown";
  if (!address.includes(":")) return address;
  try {
    return toHex(parseIpAddress(address).subarray(0, 8));
  } catch {
    return address;
  }
}

/** For loopback in development. */
export const noLimits: ScepLimits = {
  checkSource: () => Promise.resolve(),
  checkConfiguration: () => Promise.resolve(),
  challengeFailed: () => Promise.resolve(),
};
