/** The tables in D1 of what leaves by mail and webhook, and to whom. */
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { MailMessage } from "../ports/mail-message.ts";
import type { MailStatus } from "../ports/mail-outbox.ts";
import type { NotificationConcern } from "../ports/notification-addresses.ts";
import type { WebhookEventKind } from "../ports/webhook-store.ts";
import { bytes, json } from "./columns.ts";
import { tenants } from "./schema.ts";

const time = (name: string) => integer(name, { mode: "timestamp_ms" });
const id = () => text("id").primaryKey();
const tenantId = () =>
  text("tenant_id")
    .notNull()
    .references(() => tenants.id);

/** Mails on their way. What they say is made from `message` when they are sent. */
export const mailOutbox = sqliteTable(
  "mail_outbox",
  {
    id: id(),
    tenantId: tenantId(),
    recipient: text("recipient").notNull(),
    message: json<MailMessage>("message").notNull(),
    /** The secret of a one-time link; additional data: tenant, `mail-link`, id. Null as soon as the mail is on its way no more. */
    wrappedLink: bytes("wrapped_link"),
    /** What the mail is about, such as a token. */
    about: text("about").notNull(),
    status: text("status").$type<MailStatus>().notNull(),
    attempts: integer("attempts").notNull(),
    nextAttemptAt: time("next_attempt_at").notNull(),
    giveUpAt: time("give_up_at").notNull(),
    lastError: text("last_error"),
    createdAt: time("created_at").notNull(),
    sentAt: time("sent_at"),
    /** A notice that was told of before has the same one. */
    noticeKey: text("notice_key").unique(),
  },
  (table) => [
    index("mail_outbox_tenant").on(table.tenantId, table.id),
    index("mail_outbox_due").on(table.status, table.nextAttemptAt),
    index("mail_outbox_about").on(table.about),
  ],
);

export const webhooks = sqliteTable(
  "webhooks",
  {
    id: id(),
    tenantId: tenantId(),
    url: text("url").notNull(),
    events: json<readonly WebhookEventKind[]>("events").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    /** Additional data: tenant, `webhook-secret`, id. */
    wrappedSecret: bytes("wrapped_secret").notNull(),
    /** As `wrappedSecret`; null but for a day after a rotation. */
    previousSecret: bytes("previous_secret"),
    previousUntil: time("previous_until"),
    failingSince: time("failing_since"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [index("webhooks_tenant").on(table.tenantId, table.id)],
);

/** Events on their way to webhooks. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: id(),
    tenantId: tenantId(),
    webhookId: text("webhook_id")
      .notNull()
      .references(() => webhooks.id),
    event: text("event").$type<WebhookEventKind | "test">().notNull(),
    body: text("body").notNull(),
    eventKey: text("event_key").notNull(),
    status: text("status", { enum: ["waiting", "delivered", "failed"] }).notNull(),
    attempts: integer("attempts").notNull(),
    nextAttemptAt: time("next_attempt_at").notNull(),
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
    createdAt: time("created_at").notNull(),
    deliveredAt: time("delivered_at"),
  },
  (table) => [
    uniqueIndex("webhook_deliveries_event").on(table.webhookId, table.eventKey),
    index("webhook_deliveries_webhook").on(table.webhookId, table.id),
    index("webhook_deliveries_due").on(table.status, table.nextAttemptAt),
  ],
);

/** How far what a CA issued was told to a webhook. */
export const webhookCursors = sqliteTable(
  "webhook_cursors",
  {
    webhookId: text("webhook_id").notNull(),
    authorityId: text("authority_id").notNull(),
    position: integer("position").notNull(),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.authorityId] })],
);

/** Where mails land that nobody sends: development only. */
export const developmentMails = sqliteTable("development_mails", {
  id: id(),
  at: time("at").notNull(),
  recipient: text("recipient").notNull(),
  subject: text("subject").notNull(),
  text: text("text").notNull(),
  html: text("html").notNull(),
});

/** Who is told by mail of what concerns a tenant, besides its members. */
export const notificationAddresses = sqliteTable(
  "notification_addresses",
  {
    tenantId: tenantId(),
    concern: text("concern").$type<NotificationConcern>().notNull(),
    address: text("address").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.concern, table.address] })],
);
