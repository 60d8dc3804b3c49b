/** One cheap question to each store. */
import type { Health } from "../ports/health.ts";

export function createHealth(database: D1Database, cache: KVNamespace): Health {
  const answers = async (question: () => Promise<unknown>): Promise<"ok" | "failing"> => {
    try {
      await question();
      return "ok";
    } catch {
      return "failing";
    }
  };
  return {
    async check() {
      const [d1, kv] = await Promise.all([
        answers(() => database.prepare("SELECT 1 FROM tenants LIMIT 1").all()),
        answers(() => cache.get("health")),
      ]);
      return { database: d1, cache: kv };
    },
  };
}
