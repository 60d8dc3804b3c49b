/** Webhooks of a tenant, and what is on its way to them. */
import type { AuditEvent } from "./audit-log.ts";
import type { OutgoingMail } from "./mail-outbox.ts";
import type { Page, PageRequest } from "./page.ts";

export const webhookEvents = ["issued", "refused", "pending", "revoked", "expiring"] as const;
export type WebhookEventKind = (typeof webhookEvents)[number];

export interface Webhook {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  readonly events: readonly WebhookEventKind[];
  readonly enabled: boolean;
  /** Since when nothing was taken; absent while all is well. */
  readonly failingSince?: Date;
  readonly createdAt: Date;
}

export interface WebhookWithSecret extends Webhook {
  /** 32 octets; additional data: tenant, `webhook-secret`, id. */
  readonly wrappedSecret: Uint8Array;
  /** The one before, which signs beside it until `previousUntil`. */
  readonly previousSecret?: Uint8Array;
  readonly previousUntil?: Date;
}

export interface NewDelivery {
  readonly id: string;
  readonly tenantId: string;
  readonly webhookId: string;
  readonly event: WebhookEventKind | "test";
  /** The JSON that is sent, the same at every attempt. */
  readonly body: string;
  readonly createdAt: Date;
  /** Names the event: a webhook hears of it once. */
  readonly eventKey: string;
}

export interface Delivery extends NewDelivery {
  readonly status: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly deliveredAt?: Date;
  /** Of the receiver's answer; nothing else of it is kept. */
  readonly lastStatus?: number;
  readonly lastError?: string;
}

export interface WebhookStore {
  /** False when the tenant has `most` already. */
  createWebhook(webhook: WebhookWithSecret, most: number, event: AuditEvent): Promise<boolean>;
  findWebhook(tenantId: string, id: string): Promise<WebhookWithSecret | undefined>;
  listWebhooks(tenantId: string, page: PageRequest): Promise<Page<Webhook>>;
  changeWebhook(
    tenantId: string,
    id: string,
    change: Partial<Pick<Webhook, "url" | "events" | "enabled">>,
    event: AuditEvent,
  ): Promise<void>;
  /** The secret that was becomes the previous one. */
  replaceSecret(
    tenantId: string,
    id: string,
    wrappedSecret: Uint8Array,
    previousUntil: Date,
    event: AuditEvent,
  ): Promise<void>;
  /** Erases previous ones whose time is over. */
  forgetPreviousSecrets(now: Date): Promise<void>;
  removeWebhook(tenantId: string, id: string, event: AuditEvent): Promise<void>;
  /** Those that are on and want it, of one tenant or of all. */
  listListeners(event: WebhookEventKind, tenantId?: string): Promise<readonly Webhook[]>;

  /** Leaves out those that were queued before. */
  queueDeliveries(deliveries: readonly NewDelivery[]): Promise<void>;
  listDeliveries(tenantId: string, webhookId: string, page: PageRequest): Promise<Page<Delivery>>;
  claimDeliveries(at: Date, leaseUntil: Date, limit: number): Promise<readonly Delivery[]>;
  /** The webhook is well again. */
  markDelivered(delivery: Delivery, status: number, at: Date): Promise<void>;
  /** @param nextAttemptAt absent: given up */
  markAttemptFailed(
    delivery: Delivery,
    failure: { readonly error: string; readonly status?: number; readonly at: Date },
    nextAttemptAt: Date | undefined,
  ): Promise<void>;
  /** Once: its deliveries are given up, and the mails tell. */
  switchOff(webhook: Webhook, mails: readonly OutgoingMail[]): Promise<void>;

  /** How far a CA's issued certificates were told to a webhook; undefined: not at all yet. */
  findPosition(webhookId: string, authorityId: string): Promise<number | undefined>;
  /** The deliveries and the position, together. */
  advance(
    webhookId: string,
    authorityId: string,
    position: number,
    deliveries: readonly NewDelivery[],
  ): Promise<void>;
}
