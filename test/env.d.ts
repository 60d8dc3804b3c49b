/** What vitest.config.ts adds to the Worker's bindings. */
declare namespace Cloudflare {
  interface Env {
    DEPLOYMENT?: string;
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
