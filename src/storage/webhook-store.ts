/** Webhooks and their deliveries in D1. */
import { and, asc, count, desc, eq, inArray, lt, lte, sql } from "drizzle-orm";
import type { Delivery, NewDelivery, Webhook, WebhookStore } from "../ports/webhook-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, insertWhen, withoutNulls, wrote } from "./database.ts";
import { queueMail } from "./mail-outbox.ts";
import { after, rowsToRead, toPage } from "./paging.ts";
import { webhookCursors, webhookDeliveries, webhooks } from "./outbox-schema.ts";

const toDelivery = (row: typeof webhookDeliveries.$inferSelect): Delivery => withoutNulls(row);

function withoutSecret({
  wrappedSecret: _secret,
  previousSecret: _previous,
  previousUntil: _until,
  ...row
}: typeof webhooks.$inferSelect): Webhook {
  return withoutNulls(row);
}

export function createWebhookStore(db: Database): WebhookStore {
  const ofTenant = (tenantId: string, id: string) =>
    and(eq(webhooks.tenantId, tenantId), eq(webhooks.id, id));
  const waiting = (id: string) =>
    and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.status, "waiting"));
  const waitingOf = (webhookId: string) =>
    and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.status, "waiting"));
  const queue = (delivery: NewDelivery) =>
    db
      .insert(webhookDeliveries)
      .values({ ...delivery, status: "waiting", attempts: 0, nextAttemptAt: delivery.createdAt })
      .onConflictDoNothing();

  return {
    async createWebhook(webhook, most, event) {
      const there = db
        .select({ number: count() })
        .from(webhooks)
        .where(eq(webhooks.tenantId, webhook.tenantId));
      const [created] = await db.batch([
        insertWhen(db, webhooks, webhook, sql`(${there}) < ${most}`),
        recordWhenChanged(db, event),
      ]);
      return wrote(created);
    },

    async findWebhook(tenantId, id) {
      const row = await db.select().from(webhooks).where(ofTenant(tenantId, id)).get();
      return row && withoutNulls(row);
    },

    async listWebhooks(tenantId, page) {
      const rows = await db
        .select()
        .from(webhooks)
        .where(and(eq(webhooks.tenantId, tenantId), after(webhooks.id, page)))
        .orderBy(webhooks.id)
        .limit(rowsToRead(page));
      return toPage(rows.map(withoutSecret), page);
    },

    async changeWebhook(tenantId, id, change, event) {
      await db.batch([
        db
          .update(webhooks)
          .set({ ...change, failingSince: null })
          .where(ofTenant(tenantId, id)),
        recordWhenChanged(db, event),
      ]);
    },

    async replaceSecret(tenantId, id, wrappedSecret, previousUntil, event) {
      await db.batch([
        db
          .update(webhooks)
          .set({ wrappedSecret, previousSecret: sql`${webhooks.wrappedSecret}`, previousUntil })
          .where(ofTenant(tenantId, id)),
        recordWhenChanged(db, event),
      ]);
    },

    async forgetPreviousSecrets(now) {
      await db
        .update(webhooks)
        .set({ previousSecret: null, previousUntil: null })
        .where(lte(webhooks.previousUntil, now));
    },

    async removeWebhook(tenantId, id, event) {
      await db.batch([
        db.delete(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id)),
        db.delete(webhookCursors).where(eq(webhookCursors.webhookId, id)),
        db.delete(webhooks).where(ofTenant(tenantId, id)),
        recordWhenChanged(db, event),
      ]);
    },

    async listListeners(event, tenantId) {
      const rows = await db
        .select()
        .from(webhooks)
        .where(
          and(
            eq(webhooks.enabled, true),
            tenantId === undefined ? undefined : eq(webhooks.tenantId, tenantId),
            sql`exists (select 1 from json_each(${webhooks.events}) where value = ${event})`,
          ),
        );
      return rows.map(withoutSecret);
    },

    async queueDeliveries(deliveries) {
      for (const delivery of deliveries) await queue(delivery);
    },

    async listDeliveries(tenantId, webhookId, page) {
      const rows = await db
        .select()
        .from(webhookDeliveries)
        .where(
          and(
            eq(webhookDeliveries.tenantId, tenantId),
            eq(webhookDeliveries.webhookId, webhookId),
            page.cursor === undefined ? undefined : lt(webhookDeliveries.id, page.cursor),
          ),
        )
        .orderBy(desc(webhookDeliveries.id))
        .limit(rowsToRead(page));
      return toPage(rows.map(toDelivery), page);
    },

    // As with mails: one statement, and the lease is the next attempt.
    async claimDeliveries(at, leaseUntil, limit) {
      const due = db
        .select({ id: webhookDeliveries.id })
        .from(webhookDeliveries)
        .where(
          and(eq(webhookDeliveries.status, "waiting"), lte(webhookDeliveries.nextAttemptAt, at)),
        )
        .orderBy(asc(webhookDeliveries.nextAttemptAt), asc(webhookDeliveries.id))
        .limit(limit);
      const rows = await db
        .update(webhookDeliveries)
        .set({ nextAttemptAt: leaseUntil, attempts: sql`${webhookDeliveries.attempts} + 1` })
        .where(inArray(webhookDeliveries.id, due))
        .returning();
      return rows.map(toDelivery);
    },

    async markDelivered({ id, webhookId }, status, at) {
      await db.batch([
        db
          .update(webhookDeliveries)
          .set({ status: "delivered", deliveredAt: at, lastStatus: status, lastError: null })
          .where(waiting(id)),
        db.update(webhooks).set({ failingSince: null }).where(eq(webhooks.id, webhookId)),
      ]);
    },

    async markAttemptFailed({ id, webhookId }, { error, status, at }, nextAttemptAt) {
      const told = { lastError: error, lastStatus: status ?? null };
      await db.batch([
        db
          .update(webhookDeliveries)
          .set(nextAttemptAt ? { ...told, nextAttemptAt } : { ...told, status: "failed" })
          .where(waiting(id)),
        db
          .update(webhooks)
          .set({ failingSince: sql`coalesce(${webhooks.failingSince}, ${at.getTime()})` })
          .where(eq(webhooks.id, webhookId)),
      ]);
    },

    async switchOff({ id }, mails) {
      await db.batch([
        db.update(webhooks).set({ enabled: false }).where(eq(webhooks.id, id)),
        db
          .update(webhookDeliveries)
          .set({ status: "failed", lastError: "The webhook was switched off." })
          .where(waitingOf(id)),
        ...mails.map((mail) => queueMail(db, mail)),
      ]);
    },

    async findPosition(webhookId, authorityId) {
      const row = await db
        .select()
        .from(webhookCursors)
        .where(
          and(eq(webhookCursors.webhookId, webhookId), eq(webhookCursors.authorityId, authorityId)),
        )
        .get();
      return row?.position;
    },

    async advance(webhookId, authorityId, position, deliveries) {
      await db.batch([
        db
          .insert(webhookCursors)
          .values({ webhookId, authorityId, position })
          .onConflictDoUpdate({
            target: [webhookCursors.webhookId, webhookCursors.authorityId],
            set: { position: sql`max(${webhookCursors.position}, ${position})` },
          }),
        ...deliveries.map(queue),
      ]);
    },
  };
}
