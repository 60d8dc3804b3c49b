/** Mails on their way, in D1. */
import { and, asc, desc, eq, inArray, lt, lte, sql } from "drizzle-orm";
import type { ClaimedMail, MailEntry, MailOutbox, OutgoingMail } from "../ports/mail-outbox.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhenChanged, withoutNulls, wrote } from "./database.ts";
import { rowsToRead, toPage } from "./paging.ts";
import { mailOutbox } from "./outbox-schema.ts";

/** A longer error is the receiver's chatter. */
const longestError = 300;

const rowOf = (mail: OutgoingMail) => ({
  ...mail,
  status: "waiting" as const,
  attempts: 0,
  nextAttemptAt: mail.createdAt,
});

/** The statement that goes behind the fact that a mail tells about, in the same batch. */
export const queueWhenChanged = (db: Database, mail: OutgoingMail) =>
  insertWhenChanged(db, mailOutbox, rowOf(mail));

/** For a notice: one that was written before is left alone. */
export const queueMail = (db: Database, mail: OutgoingMail) =>
  db.insert(mailOutbox).values(rowOf(mail)).onConflictDoNothing();

type Row = typeof mailOutbox.$inferSelect;

const toEntry = ({
  tenantId: _tenant,
  wrappedLink: _link,
  noticeKey: _key,
  ...row
}: Row): MailEntry => withoutNulls(row);

function toClaimed(row: Row): ClaimedMail {
  const { id, tenantId, recipient, message, wrappedLink, about, createdAt, giveUpAt, attempts } =
    row;
  return {
    ...{ id, tenantId, recipient, message, about, createdAt, giveUpAt, attempts },
    ...(wrappedLink === null ? {} : { wrappedLink }),
  };
}

export function createMailOutbox(db: Database): MailOutbox {
  const waiting = (id: string) => and(eq(mailOutbox.id, id), eq(mailOutbox.status, "waiting"));
  const ofTenant = (tenantId: string, id: string) =>
    and(eq(mailOutbox.tenantId, tenantId), eq(mailOutbox.id, id));

  return {
    async queueMails(mails) {
      for (const mail of mails) await queueMail(db, mail);
    },

    // One statement: of two senders at once only one finds a mail due, because the lease is its next attempt.
    async claimMails(at, leaseUntil, limit) {
      const due = db
        .select({ id: mailOutbox.id })
        .from(mailOutbox)
        .where(and(eq(mailOutbox.status, "waiting"), lte(mailOutbox.nextAttemptAt, at)))
        .orderBy(asc(mailOutbox.nextAttemptAt), asc(mailOutbox.id))
        .limit(limit);
      const rows = await db
        .update(mailOutbox)
        .set({ nextAttemptAt: leaseUntil, attempts: sql`${mailOutbox.attempts} + 1` })
        .where(inArray(mailOutbox.id, due))
        .returning();
      return rows.map(toClaimed);
    },

    async markSent(id, at) {
      await db
        .update(mailOutbox)
        .set({ status: "sent", sentAt: at, wrappedLink: null, lastError: null })
        .where(waiting(id));
    },

    async postpone(id, nextAttemptAt, error) {
      await db
        .update(mailOutbox)
        .set({ nextAttemptAt, lastError: error.slice(0, longestError) })
        .where(waiting(id));
    },

    async giveUp(id, error) {
      await db
        .update(mailOutbox)
        .set({ status: "failed", wrappedLink: null, lastError: error.slice(0, longestError) })
        .where(waiting(id));
    },

    async findMail(tenantId, id) {
      const row = await db.select().from(mailOutbox).where(ofTenant(tenantId, id)).get();
      return row && toEntry(row);
    },

    async listMails(tenantId, page) {
      const rows = await db
        .select()
        .from(mailOutbox)
        .where(
          and(
            eq(mailOutbox.tenantId, tenantId),
            page.cursor === undefined ? undefined : lt(mailOutbox.id, page.cursor),
          ),
        )
        .orderBy(desc(mailOutbox.id))
        .limit(rowsToRead(page));
      return toPage(rows.map(toEntry), page);
    },

    async retryMail(tenantId, id, at, giveUpAt, event) {
      const [again] = await db.batch([
        db
          .update(mailOutbox)
          .set({ status: "waiting", nextAttemptAt: at, giveUpAt, attempts: 0 })
          .where(and(ofTenant(tenantId, id), eq(mailOutbox.status, "failed"))),
        recordWhenChanged(db, event),
      ]);
      return wrote(again);
    },
  };
}
