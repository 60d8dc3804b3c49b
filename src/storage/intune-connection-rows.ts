/** Intune connections as rows: with the configuration they validate for, and as what asks Microsoft needs them. */
import { desc, eq, getTableColumns, type SQL } from "drizzle-orm";
import type { IntuneConnection, IntuneCredential } from "../ports/intune-connection.ts";
import type { Database } from "./database.ts";
import { intuneConnections, intuneCredentials, scepConfigurations } from "./schema.ts";

export type ConnectionRow = typeof intuneConnections.$inferSelect;
export type CredentialRow = typeof intuneCredentials.$inferSelect;

/** @param wanted tells the configuration */
export const connectionOfConfiguration = (db: Database, wanted: SQL | undefined) =>
  db
    .select(getTableColumns(intuneConnections))
    .from(intuneConnections)
    .innerJoin(scepConfigurations, eq(scepConfigurations.intuneConnectionId, intuneConnections.id))
    .where(wanted);

/** Newest first. */
export const credentialsOfConfiguration = (db: Database, wanted: SQL | undefined) =>
  db
    .select(getTableColumns(intuneCredentials))
    .from(intuneCredentials)
    .innerJoin(
      scepConfigurations,
      eq(scepConfigurations.intuneConnectionId, intuneCredentials.connectionId),
    )
    .where(wanted)
    .orderBy(desc(intuneCredentials.id));

/** Those that are in use: a retired one would only lengthen the time a rotation takes to hold. */
export function connectionOf(
  { id, tenantId, name, cloud, directoryId, clientId }: ConnectionRow,
  credentials: readonly CredentialRow[],
  now: Date,
): IntuneConnection {
  return {
    ...{ id, tenantId, name, cloud, directoryId, clientId },
    credentials: credentials
      .filter(({ retiresAt }) => retiresAt === null || retiresAt > now)
      .map(credentialOf),
  };
}

function credentialOf(row: CredentialRow): IntuneCredential {
  const { id, kind, wrapped, certificateDer } = row;
  const retiring = row.retiresAt && { retiresAt: row.retiresAt };
  return kind === "client-certificate" && certificateDer
    ? { kind, id, wrappedKey: wrapped, certificateDer, ...retiring }
    : { kind: "client-secret", id, wrappedSecret: wrapped, ...retiring };
}
