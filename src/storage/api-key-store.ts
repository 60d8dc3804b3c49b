/** API keys in D1, by the hash of their secret. */
import { and, eq, exists, isNotNull, isNull, ne, or, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { ApiKey, ApiKeyOwner, ApiKeyStore } from "../ports/api-key-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, withoutNulls } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { apiKeys } from "./schema.ts";

/** All but the secret's hash. */
const shownColumns = {
  id: apiKeys.id,
  name: apiKeys.name,
  tenantId: apiKeys.tenantId,
  role: apiKeys.role,
  createdAt: apiKeys.createdAt,
  revokedAt: apiKeys.revokedAt,
};

type ShownRow = Pick<typeof apiKeys.$inferSelect, keyof typeof shownColumns>;

const toApiKey = (row: ShownRow): ApiKey => ({
  ...withoutNulls(row),
  role: row.role ?? (row.tenantId === null ? "operator" : "tenant-administrator"),
});

const ownedBy = (owner: ApiKeyOwner): SQL =>
  owner === "operators" ? isNull(apiKeys.tenantId) : eq(apiKeys.tenantId, owner.tenantId);

export function createApiKeyStore(db: Database): ApiKeyStore {
  const findApiKey = async (owner: ApiKeyOwner, id: string) => {
    const row = await db
      .select(shownColumns)
      .from(apiKeys)
      .where(and(ownedBy(owner), eq(apiKeys.id, id)))
      .get();
    return row && toApiKey(row);
  };

  return {
    findApiKey,

    async createApiKey(key, secretHash, event) {
      await db.batch([
        db.insert(apiKeys).values({ ...key, secretHash }),
        recordWhenChanged(db, event),
      ]);
    },

    async findActiveApiKey(secretHash) {
      const row = await db
        .select(shownColumns)
        .from(apiKeys)
        .where(and(eq(apiKeys.secretHash, secretHash), isNull(apiKeys.revokedAt)))
        .get();
      return row && toApiKey(row);
    },

    async hasOperatorKey() {
      return (
        (await db
          .select({ id: apiKeys.id })
          .from(apiKeys)
          .where(ownedBy("operators"))
          .limit(1)
          .get()) !== undefined
      );
    },

    async listApiKeys(owner, page) {
      const rows = await db
        .select(shownColumns)
        .from(apiKeys)
        .where(and(ownedBy(owner), after(apiKeys.id, page)))
        .orderBy(apiKeys.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(toApiKey), page);
    },

    async revokeApiKey(owner, id, revokedAt, event) {
      const other = alias(apiKeys, "other");
      const notTheLast = or(
        isNotNull(apiKeys.tenantId),
        exists(
          db
            .select({ id: other.id })
            .from(other)
            .where(and(isNull(other.tenantId), isNull(other.revokedAt), ne(other.id, id))),
        ),
      );
      await db.batch([
        db
          .update(apiKeys)
          .set({ revokedAt })
          .where(and(ownedBy(owner), eq(apiKeys.id, id), isNull(apiKeys.revokedAt), notTheLast)),
        recordWhenChanged(db, event),
      ]);
      return (await findApiKey(owner, id))?.revokedAt !== undefined;
    },
  };
}
