/** SCEP routes of Intune configurations over the real stores and objects, with Microsoft behind its port. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { createFetchCounter } from "../../src/enrolment/certificate-fetches.ts";
import { createServedConfigurations } from "../../src/enrolment/served-configuration.ts";
import { createKnownTokens } from "../../src/enrolment/policies/token.ts";
import { readEnvironment } from "../../src/env.ts";
import { createScepRoutes } from "../../src/http/scep-routes.ts";
import { noLimits } from "../../src/http/scep-limits.ts";
import { createAuthorityClient } from "../../src/platform/authority-client.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import { eventLog } from "../../src/platform/event-log.ts";
import type {
  CertificateAuthorities,
  CertificateAuthorityClient,
} from "../../src/ports/certificate-authority.ts";
import type { IntuneConnection } from "../../src/ports/intune-connection.ts";
import type { TransactionEvent } from "../../src/ports/transaction-log.ts";
import { createStores } from "../../src/storage/stores.ts";
import { lastingClient } from "./authorities.ts";
import type { Tenant } from "./deployment.ts";
import type { MicrosoftDouble } from "./microsoft.ts";
import {
  type CertRep,
  type PkiMessage,
  postPkiOperation,
  verifyCertRep,
} from "./scep-client/index.ts";

export interface DeviceAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Of a CertRep. */
  readonly reply?: CertRep;
}

export const connectionOf = (tenantId: string): IntuneConnection => ({
  id: `connection of ${tenantId}`,
  tenantId,
  name: "Fleet",
  cloud: {
    name: "public",
    loginOrigin: "https://login.microsoftonline.com",
    graphOrigin: "https://graph.microsoft.com",
    intuneResource: "https://api.manage.microsoft.com/",
    serviceHosts: ["manage.microsoft.com"],
  },
  directoryId: crypto.randomUUID(),
  clientId: crypto.randomUUID(),
  credentials: [],
});

type Intercept = Partial<CertificateAuthorityClient>;

export function createIntuneDeployment(microsoft: MicrosoftDouble) {
  const clock = { now: () => new Date() };
  const stores = createStores(env.DB);
  const keyWrapping = createKeyWrapping(readEnvironment(env).masterKeys);
  const connections = new Map<string, IntuneConnection>();
  /** Methods of the CA's object that behave otherwise than they should. */
  const broken: { methods: Intercept } = { methods: {} };
  const calls: string[] = [];
  const events: TransactionEvent[] = [];
  const authorities: CertificateAuthorities = {
    ...createAuthorityClient(env.CERTIFICATE_AUTHORITY),
    get: (id: string): CertificateAuthorityClient =>
      new Proxy(lastingClient(id), {
        get(target, name: keyof CertificateAuthorityClient) {
          calls.push(name);
          return broken.methods[name] ?? target[name];
        },
      }),
  };
  const configurations = createServedConfigurations(
    {
      async findEnrolmentConfiguration(kind, tenantId, name) {
        const found = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
          kind,
          tenantId,
          name,
        );
        if (!found) return undefined;
        const { intuneConnection: _, ...unconnected } = found;
        const intuneConnection = connections.get(tenantId);
        return { ...unconnected, ...(intuneConnection && { intuneConnection }) };
      },
    },
    { keyWrapping, authorities, clock },
  );
  const routes = createScepRoutes({
    environment: readEnvironment(env),
    configurations,
    authorities,
    tokens: createKnownTokens(stores.tokensByChallenge, clock),
    intune: microsoft,
    keyWrapping,
    clock,
    log: eventLog,
    limits: noLimits,
    fetches: createFetchCounter(stores.successions, clock),
    transactions: { record: (event) => void events.push(event), takeLost: () => 0 },
  });
  const fetchRoutes = async (request: Request): Promise<Response> => {
    const context = createExecutionContext();
    const response = await routes.fetch(request, env, context);
    after.push(waitOnExecutionContext(context));
    return response;
  };
  const after: Promise<void>[] = [];

  return {
    broken,
    /** Names of the methods of CAs' objects that were called. */
    calls,
    /** The entries of transactions' timelines. */
    events,
    fetch: fetchRoutes,
    connect(tenant: Tenant): IntuneConnection {
      const connection = connectionOf(tenant.id);
      connections.set(tenant.id, connection);
      return connection;
    },
    /** What was left to do after the answers is done. */
    async settle(): Promise<void> {
      await Promise.all(after.splice(0));
    },
    /** What a device gets. A certificate that Microsoft has not accepted by then is a violation (invariant I10). */
    async send(url: string, message: PkiMessage): Promise<DeviceAnswer> {
      const response = await fetchRoutes(postPkiOperation(url, message.der));
      const octets = new Uint8Array(await response.arrayBuffer());
      const { status } = response;
      const retryAfter = response.headers.get("retry-after");
      if (status !== 200) return { status, retryAfter };
      const reply = verifyCertRep(octets, message);
      if (reply.pkiStatus === "SUCCESS") {
        const thumbprint = createHash("sha1").update(reply.certificate.der).digest("hex");
        if (!microsoft.accepted.has(thumbprint))
          microsoft.violations.push("a certificate left before its notification was accepted");
      }
      return { status, retryAfter, reply };
    },
  };
}

export type IntuneDeployment = ReturnType<typeof createIntuneDeployment>;
