/**
 * What is stored and what is said (threats 44, 45 and the planted canaries): secrets are in no log line, no answer,
 * no table and no object, and a ciphertext opens in its own row only.
 */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTenant, fetchWorker, operatorApi, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const said: string[] = [];
const methods = ["debug", "log", "info", "warn", "error", "trace"] as const;
const spies = methods.map((method) =>
  vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
    said.push(
      words
        .map((word) =>
          word instanceof Error
            ? `${word.stack}`
            : typeof word === "string"
              ? word
              : JSON.stringify(word),
        )
        .join(" "),
    );
  }),
);
afterAll(() => spies.forEach((spy) => spy.mockRestore()));

let tenant: Tenant;
let client: scep.ScepClient;
/** Name -> the secret itself. */
const canaries = new Map<string, string>();
const answers: string[] = [];
const key = scep.rsaKeyPair();

/** Every answer of these is searched; the API's and the redeem page's lawfully show a secret once. */
const watched: scep.Fetch = async (request) => {
  const response = await fetchWorker(request);
  const body = Buffer.from(await response.clone().arrayBuffer()).toString("latin1");
  answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${body}`);
  return response;
};

async function driveEverything(): Promise<void> {
  const { challenge, redeemUrl } = await tenant.token("devices");
  canaries.set("challenge", challenge);
  canaries.set("link", redeemUrl.split("/").at(-1) ?? "");
  const wrong = "wrong-challenge-canary-7Hq2";
  canaries.set("wrong challenge", wrong);
  canaries.set(
    "device key",
    Buffer.from(key.pkcs8 ?? [])
      .toString("latin1")
      .slice(320, 380),
  );

  const plans: readonly Partial<Omit<scep.PkiMessagePlan, "recipient">>[] = [
    {},
    { request: { key, challenge: wrong } },
    { request: { key, challenge, subject: scep.name("O=Other", "CN=x") } },
    { request: { key, challenge, subject: scep.name("O=Demo", "CN=a\nb") } },
    { request: { key, challenge: [scep.characterString(challenge), scep.characterString(wrong)] } },
    { request: { key, challenge, editSignature: () => scep.bytes([1]) } },
    { messageType: "18" },
    { messageType: "17" },
    { envelope: { cipher: "DES-CBC" } },
    { payload: scep.text(`not a request, with ${challenge} inside`) },
    { signedData: { digest: "MD5" } },
    { signedData: { editSignature: () => scep.bytes([]) } },
    { recipientPlan: { encryptedKey: () => scep.bytes([1]) } },
  ];
  for (const plan of plans) {
    const message = await client.build({ request: { key, challenge }, ...plan });
    await watched(scep.postPkiOperation(client.url, message.der));
    await watched(scep.getPkiOperation(client.url, message.der));
    canaries.set(
      `message ${plans.indexOf(plan)}`,
      Buffer.from(message.der).toString("base64").slice(400, 460),
    );
  }
  for (const query of [
    "",
    "?operation=x",
    "?operation=GetCACaps",
    "?operation=GetCACert",
    `?operation=PKIOperation&message=${wrong}`,
  ]) {
    await watched(new Request(client.url + query));
  }
  await watched(new Request(client.url, { method: "POST", body: `rubbish ${challenge}` }));
  await watched(new Request(redeemUrl, { method: "POST" }));
  await watched(new Request(redeemUrl));
  await watched(
    new Request("https://scep.example.test/api/v1/tenants", {
      headers: { authorization: "Bearer wrong-key-canary-55Tz" },
    }),
  );
  canaries.set("wrong API key", "wrong-key-canary-55Tz");
}

beforeAll(async () => {
  tenant = await createTenant("Canaries");
  client = await tenant.configuration("devices");
  canaries.set("operator key", (await operatorApi()).key);
  const { MASTER_KEYS = "", BOOTSTRAP_OPERATOR_KEY = "" } = env as {
    MASTER_KEYS?: string;
    BOOTSTRAP_OPERATOR_KEY?: string;
  };
  canaries.set("master key", MASTER_KEYS.split(":")[1] ?? "");
  canaries.set("bootstrap key", BOOTSTRAP_OPERATOR_KEY);
  const tenantKey = await tenant.api.request("POST", tenant.path("api-keys"), { name: "canary" });
  canaries.set("tenant key", (await tenantKey.json<{ key: string }>()).key);
  await driveEverything();
  await driveIdempotently();
});

/** The same creation twice under one Idempotency-Key: whatever is kept for the second answer is kept in the database. */
async function driveIdempotently(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const response = await fetchWorker(
      new Request(`https://scep.example.test/api/v1/${tenant.path("api-keys")}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${tenant.api.key}`,
          "content-type": "application/json",
          "idempotency-key": "canary-1",
        },
        body: JSON.stringify({ name: "twice" }),
      }),
    );
    const { key: made } = await response.json<{ key?: string }>();
    if (made !== undefined) canaries.set(`idempotent key ${round}`, made);
  }
}

/** Octets as text that contains every form in which a canary could lie there. */
const searchable = (value: unknown): string => {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("latin1");
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  if (Array.isArray(value)) return Buffer.from(value as number[]).toString("latin1");
  return String(value);
};
const rowsText = (rows: readonly Readonly<Record<string, unknown>>[]): string =>
  rows.map((row) => Object.values(row).map(searchable).join("\u0001")).join("\u0002");

function forms(secret: string): string[] {
  const octets = Buffer.from(secret, "latin1");
  const base64 = octets.toString("base64").replaceAll("=", "");
  return [
    secret,
    octets.toString("hex"),
    base64,
    octets.toString("base64url").replaceAll("=", ""),
    encodeURIComponent(secret),
  ];
}

const found = (haystack: string): string[] =>
  [...canaries]
    .filter(([, secret]) => forms(secret).some((form) => haystack.includes(form)))
    .map(([name]) => name);

async function databaseText(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  ).all<{ name: string }>();
  let text = "";
  for (const { name } of results)
    text += rowsText((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results);
  return text;
}

async function objectsText(): Promise<string> {
  let text = "";
  for (const id of await listDurableObjectIds(env.CERTIFICATE_AUTHORITY)) {
    const stub: DurableObjectStub = env.CERTIFICATE_AUTHORITY.get(id);
    text += await runInDurableObject(stub, (_instance: unknown, state: DurableObjectState) => {
      const tables = state.storage.sql
        .exec<{ name: string }>(
          // An index table cannot be read as a whole; the tables under it can.
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf_%' AND sql NOT LIKE 'CREATE VIRTUAL%'",
        )
        .toArray();
      return tables
        .map(({ name }) => rowsText(state.storage.sql.exec(`SELECT * FROM "${name}"`).toArray()))
        .join("");
    });
  }
  return text;
}

/** PKCS #8 of an RSA or EC key begins like this, and so does its PEM. */
const privateKeyMarks = [
  "PRIVATE KEY",
  ...[
    "020100300d06092a864886f70d0101010500",
    "020100301306072a8648ce3d020106082a8648ce3d030107",
    "020100301006072a8648ce3d020106052b81040022",
  ].map((mark) => Buffer.from(mark, "hex").toString("latin1")),
];
const hasPrivateKey = (haystack: string): boolean =>
  privateKeyMarks.some((mark) => haystack.includes(mark));

describe("planted canaries", () => {
  it("the search finds what it should: a canary and a private key in a text are hits", () => {
    for (const [name, secret] of canaries) {
      for (const form of forms(secret)) expect(found(`before ${form} after`)).toContain(name);
    }
    expect(hasPrivateKey(Buffer.from(key.pkcs8 ?? []).toString("latin1"))).toBe(true);
    expect(hasPrivateKey(Buffer.from(scep.ecKeyPair().pkcs8 ?? []).toString("latin1"))).toBe(true);
    expect(canaries.size).toBeGreaterThan(15);
  });

  it("no log line has one, and every line is one JSON object", () => {
    const scepEvents = said.filter((line) => line.includes('"event":"scep"'));
    expect(scepEvents.length).toBeGreaterThan(25);
    expect(found(said.join("\n"))).toEqual([]);
    for (const line of scepEvents) {
      expect(line).not.toContain("\n");
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
    expect(hasPrivateKey(said.join("\n"))).toBe(false);
  });

  it("no SCEP answer, error answer or used-up page has one", () => {
    expect(answers.length).toBeGreaterThan(30);
    expect(found(answers.join("\n"))).toEqual([]);
    expect(hasPrivateKey(answers.join("\n"))).toBe(false);
  });
});

describe("threat 44: a stolen copy of the database is worth nothing", () => {
  it("D1 holds no challenge, link, API key or private key in the clear", async () => {
    const dump = await databaseText();
    expect(dump.length).toBeGreaterThan(5000);
    expect(found(dump)).toEqual([]);
    expect(hasPrivateKey(dump)).toBe(false);
  });

  it("neither does the storage of the CAs' objects", async () => {
    const dump = await objectsText();
    expect(dump).toContain("Canaries Root");
    expect(found(dump)).toEqual([]);
    expect(hasPrivateKey(dump)).toBe(false);
  });
});

describe("threat 45: a ciphertext opens in its own row and tenant only", () => {
  interface Agent {
    readonly id: string;
    readonly wrapped_key: ArrayBuffer | number[];
  }
  const agentOf = async (owner: Tenant): Promise<Agent> => {
    const agent = await env.DB.prepare(
      "SELECT id, wrapped_key FROM enrolment_agents WHERE tenant_id = ? ORDER BY id DESC",
    )
      .bind(owner.id)
      .first<Agent>();
    if (agent === null) throw new Error("the tenant has no agent");
    return agent;
  };
  const store = (id: string, wrappedKey: ArrayBuffer | number[]) =>
    env.DB.prepare("UPDATE enrolment_agents SET wrapped_key = ? WHERE id = ?")
      .bind(new Uint8Array(wrappedKey as ArrayBuffer), id)
      .run();

  it("another tenant's agent key in one's row: 503, nothing issued, others unaffected; put back, it serves", async () => {
    const [one, other] = [await createTenant("Row A"), await createTenant("Row B")];
    const mine = await one.configuration("devices");
    const theirs = await other.configuration("devices");
    const token = await one.token("devices");
    const theirToken = await other.token("devices");
    const [mineAgent, theirAgent] = [await agentOf(one), await agentOf(other)];

    await store(mineAgent.id, theirAgent.wrapped_key);
    const chain = (
      await one.api.get<{ items: { certificate?: string }[] }>(
        one.path("scep-configurations/devices/chain"),
      )
    ).items;
    expect(chain.length).toBeGreaterThan(0);
    const refused = await fetchWorker(new Request(`${mine.url}?operation=GetCACert`));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.text()).not.toMatch(/AES|decrypt|wrap|OperationError/i);
    expectSuccess(await theirs.enrol({ request: { key, challenge: theirToken.challenge } }));
    expect(await one.certificates("CN=device")).toHaveLength(0);

    await store(mineAgent.id, mineAgent.wrapped_key);
    expectSuccess(await mine.enrol({ request: { key, challenge: token.challenge } }));
  });

  it("one altered octet in a wrapped key: 503, and the alarm in the log names the key", async () => {
    const altered = await createTenant("Row C");
    const { url } = await altered.configuration("devices");
    const agent = await agentOf(altered);
    const octets = new Uint8Array(agent.wrapped_key as ArrayBuffer);
    await store(agent.id, [
      ...octets.map((octet, index) => (index === octets.length - 1 ? octet ^ 1 : octet)),
    ]);
    const before = said.length;
    expect((await fetchWorker(new Request(`${url}?operation=GetCACert`))).status).toBe(503);
    expect(said.slice(before).join("\n")).toContain(agent.id);
  });
});
