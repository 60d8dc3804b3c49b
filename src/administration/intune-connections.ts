/** Intune connections: a tenant's app registration in Entra, through which Microsoft validates the tenant's requests. */
import type { IntuneCloudName } from "../ports/intune-connection.ts";
import type { IntuneConnectionEntry } from "../ports/intune-connection-directory.ts";
import type { IntuneCall, IntuneDiagnosis } from "../ports/intune-service.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { createId, hasFormOfId, nameLikeId } from "./identifier.ts";
import { cloudOf, type Endpoints } from "./intune-clouds.ts";
import { defaultOverlapHours, secretCredential, tellConfigurations } from "./intune-credentials.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";

interface SecretWishes {
  /** The secret's value. Goes in and never comes out. */
  readonly clientSecret?: string | undefined;
  /** As Entra shows it, so that there can be a warning in time. */
  readonly clientSecretExpiresAt?: Date | undefined;
}

export interface NewConnection extends SecretWishes {
  readonly name: string;
  readonly cloud: IntuneCloudName;
  readonly directoryId: string;
  readonly clientId: string;
  readonly endpoints?: Endpoints | undefined;
  readonly revocationEnabled?: boolean | undefined;
}

export interface ConnectionPatch extends SecretWishes {
  readonly name?: string | undefined;
  readonly cloud?: IntuneCloudName | undefined;
  readonly directoryId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly endpoints?: Endpoints | undefined;
  readonly revocationEnabled?: boolean | undefined;
  /** How long the secret before the new one still serves. */
  readonly overlapHours?: number | undefined;
}

type ConnectionNeeds = Needs<
  "intuneConnections" | "keyWrapping" | "configurationChanges" | "development" | "clock"
>;

export async function createConnection(
  dependencies: ConnectionNeeds,
  access: TenantAccess<"intune.manage">,
  input: NewConnection,
): Promise<Outcome<IntuneConnectionEntry>> {
  const { intuneConnections, development, clock } = dependencies;
  const { tenantId } = access;
  const createdAt = clock.now();
  if (hasFormOfId(input.name)) return invalid("name", nameLikeId);
  const cloud = cloudOf(input.cloud, input.endpoints ?? {}, development);
  if (!cloud.ok) return cloud;
  const secret = checkSecret(input, createdAt);
  if (!secret.ok) return secret;
  const { clientSecret, clientSecretExpiresAt } = input;
  const credential =
    clientSecret === undefined
      ? undefined
      : await secretCredential(
          dependencies,
          tenantId,
          clientSecret,
          clientSecretExpiresAt,
          createdAt,
        );
  const entry = {
    id: createId(createdAt),
    tenantId,
    name: input.name,
    cloud: cloud.value,
    directoryId: input.directoryId.toLowerCase(),
    clientId: input.clientId.toLowerCase(),
    revocationEnabled: input.revocationEnabled ?? false,
    createdAt,
  };
  const { id, name, directoryId, clientId } = entry;
  const details = { name, cloud: cloud.value, directoryId, clientId, secret: credential?.id };
  const event = auditEvent(access, createdAt, "intune-connection.created", id, details);
  const created = await intuneConnections.createConnection(entry, credential, event);
  if (!created) return conflict(`There is an Intune connection named "${name}" already.`);
  return find(dependencies, access, id);
}

export async function changeConnection(
  dependencies: ConnectionNeeds,
  access: TenantAccess<"intune.manage">,
  connectionName: string,
  patch: ConnectionPatch,
): Promise<Outcome<IntuneConnectionEntry>> {
  const { intuneConnections, development, clock } = dependencies;
  const current = await intuneConnections.findConnection(access.tenantId, connectionName);
  if (!current) return notFound("Intune connection");
  if (patch.name !== undefined && hasFormOfId(patch.name)) return invalid("name", nameLikeId);
  const now = clock.now();
  const secret = checkSecret(patch, now);
  if (!secret.ok) return secret;
  const cloud =
    patch.cloud === undefined && patch.endpoints === undefined
      ? undefined
      : cloudOf(patch.cloud ?? current.cloud.name, patch.endpoints ?? {}, development);
  if (cloud && !cloud.ok) return cloud;
  const change = definedFields({
    name: patch.name,
    cloud: cloud?.value,
    directoryId: patch.directoryId?.toLowerCase(),
    clientId: patch.clientId?.toLowerCase(),
    revocationEnabled: patch.revocationEnabled,
  });
  if (Object.keys(change).length > 0) {
    const before = Object.fromEntries(
      Object.keys(change).map((field) => [field, current[field as keyof typeof current]]),
    );
    const event = auditEvent(access, now, "intune-connection.changed", current.id, {
      name: current.name,
      before,
      after: change,
    });
    const { tenantId } = access;
    if (!(await intuneConnections.changeConnection(tenantId, current.id, change, event)))
      return conflict(`There is an Intune connection named "${patch.name}" already.`);
  }
  if (patch.clientSecret !== undefined)
    await replaceSecret(dependencies, access, current, patch.clientSecret, patch);
  await tellConfigurations(dependencies, access, current.id);
  return find(dependencies, access, current.id);
}

async function replaceSecret(
  dependencies: ConnectionNeeds,
  access: TenantAccess<"intune.manage">,
  { id, name }: IntuneConnectionEntry,
  secret: string,
  { clientSecretExpiresAt, overlapHours = defaultOverlapHours }: ConnectionPatch,
): Promise<void> {
  const { intuneConnections, clock } = dependencies;
  const now = clock.now();
  const { tenantId } = access;
  const credential = await secretCredential(
    dependencies,
    tenantId,
    secret,
    clientSecretExpiresAt,
    now,
  );
  const othersRetireAt = new Date(now.getTime() + overlapHours * 3600_000);
  const event = auditEvent(access, now, "intune-connection.secret-replaced", id, {
    ...{ name, credential: credential.id, othersRetireAt },
    expiresAt: clientSecretExpiresAt,
  });
  await intuneConnections.addCredential(tenantId, id, credential, othersRetireAt, event);
}

const guid = /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;

/** Entra lists a secret's id beside its value, and goes on to show it when the value is gone; no value is a GUID. */
function checkSecret(
  { clientSecret, clientSecretExpiresAt }: SecretWishes,
  now: Date,
): Outcome<undefined> {
  if (clientSecret !== undefined && guid.test(clientSecret)) {
    return invalid(
      "clientSecret",
      "This is a GUID, so it is the Secret ID or another id: the secret's Value is needed, which Entra shows once, when the secret is made.",
    );
  }
  return checkExpiry({ clientSecret, clientSecretExpiresAt }, now);
}

function checkExpiry(
  { clientSecret, clientSecretExpiresAt }: SecretWishes,
  now: Date,
): Outcome<undefined> {
  if (clientSecretExpiresAt === undefined) return ok(undefined);
  if (clientSecret === undefined)
    return invalid("clientSecretExpiresAt", "It goes with clientSecret, which is missing.");
  return clientSecretExpiresAt > now
    ? ok(undefined)
    : invalid("clientSecretExpiresAt", "The secret would have expired already.");
}

export async function deleteConnection(
  { intuneConnections, clock }: Needs<"intuneConnections" | "clock">,
  access: TenantAccess<"intune.manage">,
  connectionName: string,
): Promise<Outcome<undefined>> {
  const current = await intuneConnections.findConnection(access.tenantId, connectionName);
  if (!current) return notFound("Intune connection");
  const { id, name } = current;
  const event = auditEvent(access, clock.now(), "intune-connection.deleted", id, { name });
  return (await intuneConnections.deleteConnection(access.tenantId, id, event))
    ? ok(undefined)
    : conflict("SCEP configurations use this connection: give them another one first.");
}

export const findConnection = (
  dependencies: Needs<"intuneConnections">,
  access: TenantAccess<"intune.read">,
  nameOrId: string,
): Promise<Outcome<IntuneConnectionEntry>> => find(dependencies, access, nameOrId);

async function find(
  { intuneConnections }: Needs<"intuneConnections">,
  { tenantId }: TenantAccess,
  nameOrId: string,
): Promise<Outcome<IntuneConnectionEntry>> {
  const entry = await intuneConnections.findConnection(tenantId, nameOrId);
  return entry ? ok(entry) : notFound("Intune connection");
}

export const listConnections = (
  { intuneConnections }: Needs<"intuneConnections">,
  access: TenantAccess<"intune.read">,
  page: PageRequest,
): Promise<Page<IntuneConnectionEntry>> => intuneConnections.listConnections(access.tenantId, page);

export interface ConnectionReport {
  /** Every hop is as it should be. */
  readonly valid: boolean;
  readonly steps: readonly IntuneDiagnosis[];
  readonly calls: readonly IntuneCall[];
}

const diagnosisMilliseconds = 30_000;

/** "Validate Configuration": a real round trip, past every cache. */
export async function validateConnection(
  {
    intuneConnections,
    intune,
    clock,
    auditLog,
  }: Needs<"intuneConnections" | "intune" | "clock" | "auditLog">,
  access: TenantAccess<"intune.manage">,
  connectionName: string,
): Promise<Outcome<ConnectionReport>> {
  const entry = await intuneConnections.findConnection(access.tenantId, connectionName);
  const now = clock.now();
  const connection =
    entry && (await intuneConnections.loadConnection(access.tenantId, entry.id, now));
  if (!connection) return notFound("Intune connection");
  const deadline = new Date(now.getTime() + diagnosisMilliseconds);
  const { steps, calls } = await intune.diagnose(connection, entry.revocationEnabled, deadline);
  const valid = steps.every(({ outcome }) => outcome === "ok");
  const problems = steps.flatMap(({ problem }) => problem ?? []);
  const details = { name: connection.name, valid, problems };
  await auditLog.recordAuditEvent(
    auditEvent(access, now, "intune-connection.validated", connection.id, details),
  );
  return ok({ valid, steps, calls });
}

const warningDays = 30;
/** What an administrator should know about a connection now. */
export function connectionWarnings({ credentials }: IntuneConnectionEntry, now: Date): string[] {
  const used = credentials.filter(({ retiresAt }) => !retiresAt || retiresAt > now);
  if (used.length === 0)
    return ["It has neither a client secret nor a certificate: nothing can be validated."];
  const [current] = used;
  if (!current?.expiresAt) return [];
  const what = current.kind === "client-secret" ? "The client secret" : "The client certificate";
  const left = Math.ceil((current.expiresAt.getTime() - now.getTime()) / (24 * 3600_000));
  if (left <= 0) return [`${what} has expired: no device can enrol until there is a new one.`];
  return left <= warningDays
    ? [`${what} expires in ${left} day(s): replace it before, or no device can enrol.`]
    : [];
}
