/** Before every test file in workerd: its D1 database gets the tables. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, vi } from "vitest";

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

// What a suite did to the clock and to functions belongs to that suite.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
