/** The runtime's rate limit binding behind the port. */
import type { RateLimiter } from "../ports/rate-limiter.ts";

export const createRateLimiter = (binding: RateLimit): RateLimiter => ({
  allows: async (key) => (await binding.limit({ key })).success,
});
