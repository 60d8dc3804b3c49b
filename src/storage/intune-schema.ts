/** The tables of Intune connections. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { IntuneCloud, IntuneCredential } from "../ports/intune-connection.ts";
import type { RevocationErrorCode } from "../ports/intune-service.ts";
import { bytes, json } from "./columns.ts";
import { id, tenantId, time } from "./tenant-schema.ts";

export const intuneConnections = sqliteTable(
  "intune_connections",
  {
    id: id(),
    tenantId: tenantId(),
    name: text("name").notNull(),
    cloud: json<IntuneCloud>("cloud").notNull(),
    directoryId: text("directory_id").notNull(),
    clientId: text("client_id").notNull(),
    revocationEnabled: integer("revocation_enabled", { mode: "boolean" }).notNull(),
    /** The queue's next turn; moved on before it begins, so that one poller takes it. Null: never. */
    revocationDueAt: time("revocation_due_at"),
    /** Microsoft hands out nothing for an hour afterwards. */
    revocationDownloadedAt: time("revocation_downloaded_at"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("intune_connections_tenant_name").on(table.tenantId, table.name),
    index("intune_connections_revocation_due").on(table.revocationDueAt),
  ],
);

export const intuneCredentials = sqliteTable(
  "intune_credentials",
  {
    id: id(),
    tenantId: tenantId(),
    connectionId: text("connection_id")
      .notNull()
      .references(() => intuneConnections.id),
    kind: text("kind").$type<IntuneCredential["kind"]>().notNull(),
    /** Additional data: tenant, `intune-client-secret` or `intune-client-key`, id. */
    wrapped: bytes("wrapped").notNull(),
    certificateDer: bytes("certificate_der"),
    expiresAt: time("expires_at"),
    retiresAt: time("retires_at"),
    /** How many days before its end it was last told that it ends. */
    toldDays: integer("told_days"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [index("intune_credentials_connection").on(table.connectionId)],
);

/** What Intune asked to revoke: written before it is acted on, removed when Intune has recorded the result. */
export const intuneRevocations = sqliteTable(
  "intune_revocations",
  {
    id: id(),
    tenantId: tenantId(),
    connectionId: text("connection_id")
      .notNull()
      .references(() => intuneConnections.id),
    requestContext: text("request_context").notNull(),
    serialNumber: text("serial_number").notNull(),
    issuerName: text("issuer_name"),
    caConfiguration: text("ca_configuration"),
    /** Null until it was acted on. */
    errorCode: text("error_code").$type<RevocationErrorCode>(),
    errorMessage: text("error_message"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("intune_revocations_context").on(table.connectionId, table.requestContext),
  ],
);
