/** Everything in D1 that MASTER_KEYS wraps. A new kind joins by one line. */
import { and, eq, isNotNull, ne, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { WrappingContext } from "../ports/key-wrapping.ts";
import type { MasterKeyUse, WrappedSecret, WrappedSecrets } from "../ports/wrapped-secrets.ts";
import { auditHeads } from "./audit-schema.ts";
import { type Database, wrote } from "./database.ts";
import { intuneCredentials } from "./intune-schema.ts";
import { mailOutbox, webhooks } from "./outbox-schema.ts";
import {
  begunEnrolmentAgents,
  enrolmentAgents,
  ocspResponders,
  signInProviders,
} from "./schema.ts";

interface WrappedColumn {
  readonly kind: WrappingContext["kind"];
  readonly table: SQLiteTable;
  /** As the additional data names it. */
  readonly id: SQLiteColumn;
  /** NULL: shared. */
  readonly tenantId: SQLiteColumn;
  /** NULL where there is nothing (any more). */
  readonly wrapped: SQLiteColumn;
  /** Which rows are of this kind, where a table has several. */
  readonly only?: SQL;
}

function rowsOf(
  table: SQLiteTable & { readonly id: SQLiteColumn; readonly tenantId: SQLiteColumn },
): Pick<WrappedColumn, "table" | "id" | "tenantId"> {
  return { table, id: table.id, tenantId: table.tenantId };
}

const wrappedColumns: readonly WrappedColumn[] = [
  { kind: "enrolment-agent-key", ...rowsOf(enrolmentAgents), wrapped: enrolmentAgents.wrappedKey },
  {
    kind: "enrolment-agent-key",
    ...rowsOf(begunEnrolmentAgents),
    wrapped: begunEnrolmentAgents.wrappedKey,
  },
  { kind: "ocsp-responder-key", ...rowsOf(ocspResponders), wrapped: ocspResponders.wrappedKey },
  { kind: "webhook-secret", ...rowsOf(webhooks), wrapped: webhooks.wrappedSecret },
  { kind: "webhook-secret", ...rowsOf(webhooks), wrapped: webhooks.previousSecret },
  {
    kind: "intune-client-secret",
    ...rowsOf(intuneCredentials),
    wrapped: intuneCredentials.wrapped,
    only: eq(intuneCredentials.kind, "client-secret"),
  },
  {
    kind: "intune-client-key",
    ...rowsOf(intuneCredentials),
    wrapped: intuneCredentials.wrapped,
    only: eq(intuneCredentials.kind, "client-certificate"),
  },
  { kind: "audit-head", ...rowsOf(auditHeads), wrapped: auditHeads.wrappedHead },
  { kind: "mail-link", ...rowsOf(mailOutbox), wrapped: mailOutbox.wrappedLink },
  {
    kind: "sign-in-secret",
    table: signInProviders,
    id: signInProviders.tenantId,
    tenantId: signInProviders.tenantId,
    wrapped: signInProviders.wrappedSecret,
  },
];

/** The first octet, as two hexadecimal digits: SQLite compares no numbers with octets. */
const versionOf = ({ wrapped }: WrappedColumn) => sql<string>`hex(substr(${wrapped}, 1, 1))`;
const hexOf = (version: number): string => version.toString(16).toUpperCase().padStart(2, "0");

export function createWrappedSecrets(db: Database): WrappedSecrets {
  return {
    async listOutdated(version, limit) {
      const found: WrappedSecret[] = [];
      for (const column of wrappedColumns) {
        const { kind, table, wrapped } = column;
        const rows = await db
          .select({
            id: sql<string>`${column.id}`,
            tenantId: sql<string | null>`${column.tenantId}`,
            wrapped: sql`${wrapped}`.mapWith(
              (value: ArrayBuffer | number[]) => new Uint8Array(value),
            ),
          })
          .from(table)
          // hex(NULL) is an empty text, which is another version too.
          .where(and(isNotNull(wrapped), ne(versionOf(column), hexOf(version)), column.only))
          .orderBy(sql`random()`)
          .limit(limit - found.length);
        found.push(
          ...rows.map(({ id, tenantId, wrapped: octets }) => ({
            context: { tenant: tenantId ?? "shared", kind, id },
            wrapped: octets,
          })),
        );
        if (found.length >= limit) break;
      }
      return found;
    },

    async replace({ context, wrapped: before }, after) {
      // Of two tables of one kind, the row is in one.
      for (const { kind, table, id, wrapped } of wrappedColumns) {
        if (kind !== context.kind) continue;
        const changed = await db.run(
          sql`update ${table} set ${sql.identifier(wrapped.name)} = ${sql.param(after, wrapped)}
              where ${and(eq(id, context.id), eq(wrapped, before))}`,
        );
        if (wrote(changed)) return true;
      }
      return false;
    },

    async countUses() {
      const uses: MasterKeyUse[] = [];
      for (const column of wrappedColumns) {
        const version = versionOf(column);
        const rows = await db
          .select({ version, count: sql<number>`count(*)` })
          .from(column.table)
          .where(and(isNotNull(column.wrapped), column.only))
          .groupBy(version);
        uses.push(
          ...rows.map(({ version: hex, count }) => ({
            kind: column.kind,
            version: Number.parseInt(hex, 16),
            count,
          })),
        );
      }
      return uses;
    },
  };
}
