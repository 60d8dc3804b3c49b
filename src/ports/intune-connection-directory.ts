/** Intune connections as their administrators see them. Secrets go in and never come out again. */
import type { AuditEvent } from "./audit-log.ts";
import type { IntuneCloud, IntuneConnection, IntuneCredential } from "./intune-connection.ts";
import type { Page, PageRequest } from "./page.ts";

export interface IntuneConnectionEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly cloud: IntuneCloud;
  readonly directoryId: string;
  readonly clientId: string;
  /** Whether Intune's revocation requests are fetched. */
  readonly revocationEnabled: boolean;
  /** Newest first. */
  readonly credentials: readonly IntuneCredentialEntry[];
  readonly createdAt: Date;
}

/** A credential without what is secret in it. */
export interface IntuneCredentialEntry {
  readonly id: string;
  readonly kind: IntuneCredential["kind"];
  /** Of kind `client-certificate`: what is uploaded to the app registration. */
  readonly certificateDer?: Uint8Array;
  /** As the administrator said, or as the certificate says. */
  readonly expiresAt?: Date;
  /** Not used any more from then on: a newer one took its place. */
  readonly retiresAt?: Date;
  readonly createdAt: Date;
}

export type NewIntuneCredential = IntuneCredential &
  Pick<IntuneCredentialEntry, "expiresAt" | "createdAt">;

export type IntuneConnectionChange = Partial<
  Pick<IntuneConnectionEntry, "name" | "cloud" | "directoryId" | "clientId" | "revocationEnabled">
>;

/** One that nothing takes the place of yet. */
export interface EndingCredential {
  readonly id: string;
  readonly tenantId: string;
  readonly connectionName: string;
  readonly expiresAt: Date;
}

export interface IntuneConnectionDirectory {
  /** False when the tenant has a connection of this name. */
  createConnection(
    entry: Omit<IntuneConnectionEntry, "credentials">,
    credential: NewIntuneCredential | undefined,
    event: AuditEvent,
  ): Promise<boolean>;
  /** False when the new name is taken. */
  changeConnection(
    tenantId: string,
    id: string,
    change: IntuneConnectionChange,
    event: AuditEvent,
  ): Promise<boolean>;
  /** @param othersRetireAt when the connection's other credentials of this kind stop being used */
  addCredential(
    tenantId: string,
    connectionId: string,
    credential: NewIntuneCredential,
    othersRetireAt: Date,
    event: AuditEvent,
  ): Promise<void>;
  /** False when there is no such credential. */
  removeCredential(
    tenantId: string,
    connectionId: string,
    credentialId: string,
    event: AuditEvent,
  ): Promise<boolean>;
  /** False when a configuration uses it. */
  deleteConnection(tenantId: string, id: string, event: AuditEvent): Promise<boolean>;
  /** By name; also by id. */
  findConnection(tenantId: string, nameOrId: string): Promise<IntuneConnectionEntry | undefined>;
  listConnections(tenantId: string, page: PageRequest): Promise<Page<IntuneConnectionEntry>>;
  /** With its wrapped credentials, those that are in use at `now`. */
  loadConnection(tenantId: string, id: string, now: Date): Promise<IntuneConnection | undefined>;
  /** Of all tenants: end within so many days of `now`, and were not told of at this number of days or fewer. */
  listEndingCredentials(
    now: Date,
    days: number,
    limit: number,
  ): Promise<readonly EndingCredential[]>;
  markCredentialTold(id: string, days: number): Promise<void>;
  /** Of the configurations that it validates for. */
  listConfigurationIds(tenantId: string, id: string): Promise<readonly string[]>;
}
