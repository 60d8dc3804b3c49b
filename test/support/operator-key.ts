/** An operator's API key. Suites share a worker's database, where the bootstrap key works only until the first key is made. */
import { env } from "cloudflare:workers";
import { accessAsOperator } from "../../src/administration/access.ts";
import { createApiKey } from "../../src/administration/api-keys.ts";
import { createStores } from "../../src/storage/stores.ts";

let made: Promise<string> | undefined;

export function operatorKey(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  const actor = { kind: "api-key", id: "tests", rank: "operator" } as const;
  const access = accessAsOperator(actor, "operator.manage");
  if (!access.ok) throw new Error("an operator is no operator");
  const { apiKeys } = createStores(env.DB);
  const clock = { now: () => new Date() };
  return (await createApiKey({ apiKeys, clock }, access.value, { name: "tests" })).secret;
}
