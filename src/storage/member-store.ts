/** Members in D1. */
import { and, asc, eq, exists, isNotNull, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Member, MemberOwner, MemberStore } from "../ports/member-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, withoutNulls, wrote } from "./database.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { apiKeys, members } from "./schema.ts";

const toMember = (row: typeof members.$inferSelect): Member => withoutNulls(row);

const ownedBy = (owner: MemberOwner): SQL =>
  owner === "operators" ? isNull(members.tenantId) : eq(members.tenantId, owner.tenantId);

export function createMemberStore(db: Database): MemberStore {
  const findMember = async (owner: MemberOwner, id: string) => {
    const row = await db
      .select()
      .from(members)
      .where(and(ownedBy(owner), eq(members.id, id)))
      .get();
    return row && toMember(row);
  };

  return {
    findMember,

    async createMember(member, event) {
      const [inserted] = await db.batch([
        db.insert(members).values(member).onConflictDoNothing(),
        recordWhenChanged(db, event),
      ]);
      return wrote(inserted);
    },

    async listMembers(owner, page) {
      const rows = await db
        .select()
        .from(members)
        .where(and(ownedBy(owner), after(members.id, page)))
        .orderBy(members.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(toMember), page);
    },

    async removeMember(owner, id, event) {
      const other = alias(members, "other");
      const somebodyIsLeft = or(
        isNotNull(members.tenantId),
        exists(
          db
            .select({ id: other.id })
            .from(other)
            .where(and(isNull(other.tenantId), ne(other.id, id))),
        ),
        exists(
          db
            .select({ id: apiKeys.id })
            .from(apiKeys)
            .where(and(isNull(apiKeys.tenantId), isNull(apiKeys.revokedAt))),
        ),
      );
      await db.batch([
        db.delete(members).where(and(ownedBy(owner), eq(members.id, id), somebodyIsLeft)),
        recordWhenChanged(db, event),
      ]);
      return (await findMember(owner, id)) === undefined;
    },

    async listMemberships({ mail, groups }) {
      // One parameter, however many groups there are.
      const named = sql`${members.value} in (select value from json_each(${JSON.stringify(groups)}))`;
      const rows = await db
        .select({ tenantId: members.tenantId, role: members.role })
        .from(members)
        .where(
          or(
            and(eq(members.kind, "mail"), eq(members.value, mail)),
            and(eq(members.kind, "group"), named),
          ),
        );
      return rows.map(withoutNulls);
    },

    async hasOperator() {
      return (
        (await db
          .select({ id: members.id })
          .from(members)
          .where(ownedBy("operators"))
          .limit(1)
          .get()) !== undefined
      );
    },

    async listPeople(limit) {
      const rows = await db
        .select()
        .from(members)
        .where(eq(members.kind, "mail"))
        .orderBy(sql`${members.tenantId} is not null`, asc(members.id))
        .limit(limit);
      return rows.map(toMember);
    },
  };
}
