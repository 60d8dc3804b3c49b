/** The adapter to Microsoft before a fake cloud, with a clock that stands still and a KV that may misbehave. */
import { defaultFigures, type Figures } from "../../src/intune/dependencies.ts";
import { createIntuneService } from "../../src/intune/intune-client.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import type { IntuneConnection, IntuneCredential } from "../../src/ports/intune-connection.ts";
import { FakeMicrosoft, type FakeTenant } from "./fake-microsoft/index.ts";
import { buildCertificationRequest, ecKeyPair, extensions, name } from "./scep-client/index.ts";

const keyWrapping = createKeyWrapping([{ version: 1, octets: new Uint8Array(32).fill(7) }]);

/** KV in memory: counts, and lies when told to. */
export class FakeKv {
  readonly entries = new Map<string, ArrayBuffer>();
  reads = 0;
  writes = 0;
  mode: "good" | "down" | "frozen" = "good";

  async get(key: string): Promise<ArrayBuffer | null> {
    this.reads++;
    if (this.mode === "down") throw new Error("KV is down");
    return this.entries.get(key) ?? null;
  }

  /** Frozen: what is written is not seen, as elsewhere for a minute. */
  async put(key: string, value: Uint8Array): Promise<void> {
    this.writes++;
    if (this.mode === "down") throw new Error("KV is down");
    if (this.mode === "good") this.entries.set(key, value.slice().buffer);
  }
}

export interface Laboratory {
  readonly fake: FakeMicrosoft;
  readonly kv: FakeKv;
  readonly clock: { milliseconds: number; now(): Date };
  /** Milliseconds that were slept, each. */
  readonly pauses: number[];
  /** Another isolate: the same KV and the same clock, nothing else. */
  isolate(
    figures?: Partial<Figures>,
    development?: boolean,
  ): ReturnType<typeof createIntuneService>;
  deadline(): Date;
}

export function laboratory(): Laboratory {
  const clock = {
    milliseconds: Date.parse("2026-11-27T10:00:00Z"),
    now: () => new Date(clock.milliseconds),
  };
  const fake = new FakeMicrosoft({ now: clock.now });
  const kv = new FakeKv();
  const pauses: number[] = [];
  return {
    ...{ fake, kv, clock, pauses },
    isolate: (figures = {}, development = false) =>
      createIntuneService({
        ...{ keyWrapping, clock, cache: kv, development },
        fetch: (url, init) => fake.fetch(new Request(url, init)),
        sleep: async (milliseconds) => {
          pauses.push(milliseconds);
          await new Promise((resolve) => {
            setTimeout(resolve, 0);
          });
        },
        random: () => 0.5,
        figures: { ...defaultFigures, ...figures },
      }),
    deadline: () => new Date(clock.milliseconds + 20_000),
  };
}

export async function clientSecret(
  tenantId: string,
  value: string,
  id: string = crypto.randomUUID(),
): Promise<IntuneCredential> {
  const context = { tenant: tenantId, kind: "intune-client-secret", id } as const;
  const wrappedSecret = await keyWrapping.wrap(new TextEncoder().encode(value), context);
  return { kind: "client-secret", id, wrappedSecret };
}

/** A connection of a tenant of ours to a tenant of Microsoft's. */
export async function connectionTo(
  tenant: FakeTenant,
  changes: Partial<IntuneConnection> = {},
): Promise<IntuneConnection> {
  const tenantId = changes.tenantId ?? crypto.randomUUID();
  return {
    ...{ id: crypto.randomUUID(), tenantId, name: "microsoft" },
    cloud: {
      name: "public",
      loginOrigin: "https://login.microsoftonline.com",
      graphOrigin: "https://graph.microsoft.com",
      intuneResource: "https://api.manage.microsoft.com/",
      serviceHosts: ["manage.microsoft.com"],
    },
    ...{ directoryId: tenant.directoryId, clientId: tenant.app.clientId },
    credentials: [await clientSecret(tenantId, tenant.secret)],
    ...changes,
  };
}

const deviceKey = ecKeyPair();

/** What a device of the tenant asks for; the fake's profile wants exactly this. */
export function deviceRequest(fake: FakeMicrosoft, tenant: FakeTenant, wishes = {}) {
  const subject = `CN=${crypto.randomUUID()}`;
  const challenge = fake.challenge(tenant, {
    subject: [subject],
    keyUsage: ["digitalSignature", "keyEncipherment"],
    keyBits: 256,
    ...wishes,
  });
  return {
    transactionID: crypto.randomUUID().replaceAll("-", ""),
    certificationRequestDer: buildCertificationRequest({
      key: deviceKey,
      subject: name(subject),
      challenge,
      extensions: [extensions.keyUsage("digitalSignature", "keyEncipherment")],
    }),
  };
}
