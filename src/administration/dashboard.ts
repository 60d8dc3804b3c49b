/** What a tenant's first page shows, each from a bounded question. */
import { parseCertificate } from "../pki/certificate.ts";
import type { IntuneConnectionEntry } from "../ports/intune-connection-directory.ts";
import type { RefusalCount } from "../ports/transaction-log.ts";
import type { TenantAccess } from "./access.ts";
import { listConfigurationOverviews } from "./configuration-overview.ts";
import type { Needs } from "./dependencies.ts";
import { explain, type Explanation } from "./explanations.ts";

const dayMilliseconds = 86_400_000;
/** More than any chart needs, and few enough to be read at once. */
const mostRefusals = 20_000;
const mostContacts = 2000;
const mostLooked = 50;

export type ExplainedRefusals = RefusalCount & { readonly explanation?: Explanation };

/** The most frequent reason first. */
export async function countRefusals(
  { transactionDirectory, clock }: Needs<"transactionDirectory" | "clock">,
  { tenantId }: TenantAccess<"transaction.read">,
  days: number,
): Promise<readonly ExplainedRefusals[]> {
  const from = new Date(clock.now().getTime() - days * dayMilliseconds);
  const counts = await transactionDirectory.countRefusals(tenantId, from, mostRefusals);
  return counts.map((count) => {
    const explanation = explain(count.reason, undefined);
    return explanation ? { ...count, explanation } : count;
  });
}

export interface Ending {
  readonly what: "authority" | "enrolment-agent" | "secret";
  /** Of what its page shows: a CA's or a connection's id, a configuration's name. */
  readonly id: string;
  readonly name: string;
  readonly endsAt: Date;
}

/** CAs, agents and, for whoever may see them, Intune's secrets: what ends first is first. */
export async function listEndings(
  dependencies: Needs<"authorityDirectory" | "configurations" | "agents" | "tenants">,
  access: TenantAccess<"authority.read" | "configuration.read">,
  connections: readonly IntuneConnectionEntry[],
): Promise<readonly Ending[]> {
  const page = { limit: mostLooked };
  const [authorities, configurations] = await Promise.all([
    dependencies.authorityDirectory.listAuthorities(access.tenantId, page),
    listConfigurationOverviews(dependencies, access, page),
  ]);
  const endings: readonly Ending[] = [
    ...authorities.items.flatMap(({ id, name, state, certificate }) =>
      certificate && state === "ready"
        ? [{ what: "authority" as const, id, name, endsAt: certificate.notAfter }]
        : [],
    ),
    ...configurations.items.flatMap(({ name, enabled, agentNotAfter }) =>
      agentNotAfter && enabled
        ? [{ what: "enrolment-agent" as const, id: name, name, endsAt: agentNotAfter }]
        : [],
    ),
    ...connections.flatMap(secretOf),
  ];
  return endings.toSorted((one, other) => one.endsAt.getTime() - other.endsAt.getTime());
}

/** Of the newest credential: those before it are on their way out. */
function secretOf({ id, name, credentials }: IntuneConnectionEntry): Ending[] {
  const [newest] = credentials;
  const certificate = newest?.certificateDer && parseCertificate(newest.certificateDer);
  const endsAt = newest?.expiresAt ?? certificate?.notAfter;
  return endsAt ? [{ what: "secret", id, name, endsAt }] : [];
}

export interface ConnectionHealth {
  readonly connection: IntuneConnectionEntry;
  /** The last time Microsoft gave an answer about a device. */
  readonly answeredAt?: Date;
  readonly failedAt?: Date;
  readonly failure?: string;
}

export async function readConnectionHealth(
  { intuneConnections, transactionDirectory }: Needs<"intuneConnections" | "transactionDirectory">,
  { tenantId }: TenantAccess<"intune.read" | "transaction.read">,
): Promise<readonly ConnectionHealth[]> {
  const { items } = await intuneConnections.listConnections(tenantId, { limit: mostLooked });
  return Promise.all(
    items.map(async (connection) => {
      const ids = await intuneConnections.listConfigurationIds(tenantId, connection.id);
      const contacts =
        ids.length === 0
          ? []
          : await transactionDirectory.findIntuneContacts(tenantId, ids, mostContacts);
      const newest = (failed: boolean) =>
        contacts
          .filter((contact) => contact.failed === failed)
          .toSorted((one, other) => other.at.getTime() - one.at.getTime())[0];
      const [answered, failed] = [newest(false), newest(true)];
      return {
        connection,
        ...(answered && { answeredAt: answered.at }),
        ...(failed && { failedAt: failed.at, failure: failed.detail ?? "" }),
      };
    }),
  );
}
