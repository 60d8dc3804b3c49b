/** The fake on a loopback port, with a control port under `/__fake/`: JSON in, JSON out. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { FakeMicrosoft, type FakeTenant, type Injection } from "./index.ts";
import type { FakeTenantPlan } from "./tenants.ts";

export interface FakeServerPlan {
  readonly port: number;
  readonly tenants: readonly FakeTenantPlan[];
}

type Json = Readonly<Record<string, unknown>>;

export async function startFakeMicrosoft({ port, tenants }: FakeServerPlan): Promise<Server> {
  const origin = `http://127.0.0.1:${port}`;
  const fake = new FakeMicrosoft({
    ...{ loginOrigin: origin, graphOrigin: origin, serviceOrigin: origin },
  });
  for (const plan of tenants) fake.tenant(plan);
  const server = createServer((incoming, outgoing) => {
    void answer(fake, origin, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(port, "127.0.0.1", listening);
  });
  return server;
}

async function answer(
  fake: FakeMicrosoft,
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const path = incoming.url ?? "/";
  if (path.startsWith("/__fake/")) {
    const found = control(fake, path.slice("/__fake/".length), body.toString());
    outgoing.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(found ?? { error: "no such control" }));
    return;
  }
  const method = incoming.method ?? "GET";
  const headers = new Headers(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as [string, string]] : [],
    ),
  );
  const response = await fake.fetch(
    new Request(`${origin}${path}`, { method, headers, ...(body.length > 0 && { body }) }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const part of response.body ?? []) outgoing.write(part);
  outgoing.end();
}

function control(fake: FakeMicrosoft, what: string, body: string): unknown {
  const wishes = (body === "" ? {} : JSON.parse(body)) as Json;
  const tenant = fake.tenants.find(({ directoryId }) => directoryId === wishes["directoryId"]);
  switch (what) {
    case "health":
      return { tenants: fake.tenants.map(({ directoryId }) => directoryId) };
    case "log":
      return { calls: fake.log.map(withoutSecrets), violations: fake.violations };
    case "inject":
      fake.inject(wishes as unknown as Injection);
      return { done: true };
    case "force":
      fake.force(wishes as unknown as Parameters<FakeMicrosoft["force"]>[0]);
      return { done: true };
    case "calm":
      fake.calm();
      return { done: true };
    case "challenge":
      return tenant && { challenge: fake.challenge(tenant, wishes["expected"] ?? {}) };
    case "tenant":
      return tenant && change(tenant, (wishes["change"] ?? {}) as Json);
    case "revoke":
      return tenant && { waiting: fake.revoke(tenant, (wishes["item"] ?? {}) as Json) };
    default:
      return undefined;
  }
}

/** Plain fields of a tenant and its app, for example `{ hasIntune: false }` or `{ app: { intuneRoles: [] } }`. */
function change(tenant: FakeTenant, { app, ...fields }: Json): unknown {
  Object.assign(tenant.app, app);
  Object.assign(tenant, fields);
  return { done: true };
}

const withoutSecrets = ({ hop, method, url, headers, status }: FakeMicrosoft["log"][number]) => ({
  ...{ hop, method, url, status },
  activityId: headers["client-request-id"],
});
