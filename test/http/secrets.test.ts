/** Secrets are in the one answer that shows them, in no other, and nowhere in D1. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { toBase64, toHex } from "../../src/pki/bytes.ts";
import {
  app,
  bootstrapOperatorKey,
  call,
  challengeIn,
  createApprovedToken,
  createReadyTenant,
  dependencies,
  must,
  stores,
  useOperatorKey,
} from "../support/api.ts";

/** All of D1 as text, octets in hexadecimal. */
async function dumpDatabase(): Promise<string> {
  const tables = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\'",
  ).all<{ name: string }>();
  const dump: string[] = [];
  for (const { name } of tables.results) {
    const { results } = await env.DB.prepare(`select * from "${name}"`).all();
    for (const row of results) {
      for (const value of Object.values(row))
        dump.push(Array.isArray(value) ? toHex(Uint8Array.from(value)) : String(value));
    }
  }
  return dump.join("\n");
}

it("challenge, keys and links are found in no other answer and in no row", async () => {
  const operator = await useOperatorKey();
  const tenant = await createReadyTenant();
  const idempotencyKey = { "idempotency-key": "secrets" };
  const replayed = await call(
    tenant.key,
    "POST",
    `${tenant.path}/api-keys`,
    { name: "replayed" },
    idempotencyKey,
  );
  const { redeemUrl, tokenId } = await createApprovedToken(tenant);
  const page = await (await app.request(redeemUrl, { method: "POST" })).text();
  const challenge = challengeIn(page) ?? "";

  const enrolment = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
    "simple",
    tenant.id,
    "devices",
  );
  const [agent] = enrolment?.agents ?? [];
  if (!agent) throw new Error("the configuration has no agent");
  const context = { tenant: tenant.id, kind: "enrolment-agent-key", id: agent.id } as const;
  const pkcs8 = await dependencies.keyWrapping.unwrap(agent.wrappedKey, context);
  // The private exponent and primes, past the algorithm identifier that every such key has.
  const privatePart = pkcs8.subarray(400, 800);

  const secrets = {
    challenge,
    "API key": tenant.key,
    "operator key": operator,
    "replayed key": replayed.body.key,
    "bootstrap key": bootstrapOperatorKey,
    "one-time link": redeemUrl.split("/").at(-1),
    "agent key": toHex(privatePart),
    "agent key in base64": toBase64(privatePart).slice(4, -4),
  };
  const answers = [
    (
      await call(
        tenant.key,
        "POST",
        `${tenant.path}/api-keys`,
        { name: "replayed" },
        idempotencyKey,
      )
    ).text,
  ];
  const lists = [
    "",
    "/certificate-authorities",
    "/certificate-templates",
    "/scep-configurations",
    "/scep-configurations/devices",
    "/scep-configurations/devices/chain",
    "/scep-configurations/devices/enrolment-agent",
    "/token-requests",
    "/tokens",
    `/tokens/${tokenId}`,
    "/certificates",
    "/api-keys",
    "/audit-events",
  ];
  for (const list of lists)
    answers.push(JSON.stringify(await must(tenant.key, "GET", tenant.path + list)));
  answers.push(
    (await call(operator, "GET", "/api-keys")).text,
    await (await app.request(redeemUrl)).text(),
  );

  const dump = await dumpDatabase();
  expect(dump).toContain(tenant.id);
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret?.length, name).toBeGreaterThan(20);
    expect(dump.includes(secret), `${name} in D1`).toBe(false);
    expect(
      answers.some((answer) => answer.includes(secret)),
      `${name} in an answer`,
    ).toBe(false);
  }
  expect(answers.some((answer) => answer.includes(toBase64(agent.wrappedKey).slice(0, 40)))).toBe(
    false,
  );
});

it("a wrapped agent key does not open in another row or for another tenant", async () => {
  const [one, other] = [await createReadyTenant(), await createReadyTenant()];
  const enrolment = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
    "simple",
    one.id,
    "devices",
  );
  const [agent] = enrolment?.agents ?? [];
  if (!agent) throw new Error("the configuration has no agent");
  const context = { tenant: one.id, kind: "enrolment-agent-key", id: agent.id } as const;
  expect((await dependencies.keyWrapping.unwrap(agent.wrappedKey, context)).length).toBeGreaterThan(
    1000,
  );
  await expect(
    dependencies.keyWrapping.unwrap(agent.wrappedKey, { ...context, tenant: other.id }),
  ).rejects.toThrow();
  await expect(
    dependencies.keyWrapping.unwrap(agent.wrappedKey, { ...context, id: crypto.randomUUID() }),
  ).rejects.toThrow();
});
