/** Webhooks of a tenant. */
import type { Page, PageRequest } from "../ports/page.ts";
import type {
  Delivery,
  Webhook,
  WebhookEventKind,
  WebhookWithSecret,
} from "../ports/webhook-store.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";
import { deliverWebhooks, type WebhookDeliveryNeeds } from "./webhook-delivery.ts";
import { deliveryOf } from "./webhook-events.ts";
import { shownSecret } from "./webhook-signature.ts";
import { readWebhookTarget } from "./webhook-target.ts";

const mostWebhooks = 20;
/** So long both secrets sign: a receiver that knows either takes it. */
const overlapHours = 24;

export interface CreatedWebhook {
  readonly webhook: Webhook;
  /** In this answer only. */
  readonly secret: string;
}

export async function createWebhook(
  dependencies: Needs<"webhooks" | "keyWrapping" | "clock" | "development">,
  access: TenantAccess<"webhook.manage">,
  input: { readonly url: string; readonly events: readonly WebhookEventKind[] },
): Promise<Outcome<CreatedWebhook>> {
  const { webhooks, keyWrapping, clock, development } = dependencies;
  const url = readWebhookTarget(input.url, development);
  if (!url.ok) return url;
  const { tenantId } = access;
  const createdAt = clock.now();
  const id = createId(createdAt);
  const secret = newSecret();
  const webhook: WebhookWithSecret = {
    id,
    tenantId,
    url: url.value,
    events: [...new Set(input.events)],
    enabled: true,
    createdAt,
    wrappedSecret: await keyWrapping.wrap(secret, { tenant: tenantId, kind: "webhook-secret", id }),
  };
  const details = { url: webhook.url, events: webhook.events };
  const event = auditEvent(access, createdAt, "webhook.created", id, details);
  return (await webhooks.createWebhook(webhook, mostWebhooks, event))
    ? ok({ webhook, secret: shownSecret(secret) })
    : conflict(`A tenant has ${mostWebhooks} webhooks at most; remove one first.`);
}

const newSecret = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));

export async function replaceWebhookSecret(
  { webhooks, keyWrapping, clock }: Needs<"webhooks" | "keyWrapping" | "clock">,
  access: TenantAccess<"webhook.manage">,
  id: string,
): Promise<Outcome<CreatedWebhook>> {
  const { tenantId } = access;
  const webhook = await webhooks.findWebhook(tenantId, id);
  if (!webhook) return notFound("webhook");
  const secret = newSecret();
  const wrapped = await keyWrapping.wrap(secret, { tenant: tenantId, kind: "webhook-secret", id });
  const now = clock.now();
  const until = new Date(now.getTime() + overlapHours * 3600_000);
  const event = auditEvent(access, now, "webhook.secret-replaced", id, { previousUntil: until });
  await webhooks.replaceSecret(tenantId, id, wrapped, until, event);
  return ok({ webhook, secret: shownSecret(secret) });
}

export async function findWebhook(
  { webhooks }: Needs<"webhooks">,
  access: TenantAccess<"webhook.read">,
  id: string,
): Promise<Outcome<Webhook>> {
  const webhook = await webhooks.findWebhook(access.tenantId, id);
  return webhook ? ok(webhook) : notFound("webhook");
}

export const listWebhooks = (
  { webhooks }: Needs<"webhooks">,
  access: TenantAccess<"webhook.read">,
  page: PageRequest,
): Promise<Page<Webhook>> => webhooks.listWebhooks(access.tenantId, page);

export async function changeWebhook(
  { webhooks, clock, development }: Needs<"webhooks" | "clock" | "development">,
  access: TenantAccess<"webhook.manage">,
  id: string,
  wanted: {
    readonly url?: string | undefined;
    readonly events?: readonly WebhookEventKind[] | undefined;
    readonly enabled?: boolean | undefined;
  },
): Promise<Outcome<Webhook>> {
  const before = await webhooks.findWebhook(access.tenantId, id);
  if (!before) return notFound("webhook");
  const url = wanted.url === undefined ? undefined : readWebhookTarget(wanted.url, development);
  if (url && !url.ok) return url;
  const change = definedFields({
    url: url?.value,
    events: wanted.events && [...new Set(wanted.events)],
    enabled: wanted.enabled,
  });
  const { url: oldUrl, events, enabled } = before;
  const details = { before: { url: oldUrl, events, enabled }, change };
  await webhooks.changeWebhook(
    access.tenantId,
    id,
    change,
    auditEvent(access, clock.now(), "webhook.changed", id, details),
  );
  return ok((await webhooks.findWebhook(access.tenantId, id)) ?? before);
}

export async function removeWebhook(
  { webhooks, clock }: Needs<"webhooks" | "clock">,
  access: TenantAccess<"webhook.manage">,
  id: string,
): Promise<Outcome<undefined>> {
  const webhook = await webhooks.findWebhook(access.tenantId, id);
  if (!webhook) return notFound("webhook");
  const event = auditEvent(access, clock.now(), "webhook.removed", id, { url: webhook.url });
  await webhooks.removeWebhook(access.tenantId, id, event);
  return ok(undefined);
}

/** Sends a test event at once; what came of it is among the deliveries. */
export async function testWebhook(
  dependencies: Needs<"background"> & WebhookDeliveryNeeds,
  access: TenantAccess<"webhook.manage">,
  id: string,
): Promise<Outcome<{ readonly deliveryId: string }>> {
  const { webhooks, clock, background } = dependencies;
  const webhook = await webhooks.findWebhook(access.tenantId, id);
  if (!webhook) return notFound("webhook");
  if (!webhook.enabled) return conflict("The webhook is off; enable it first.");
  const at = clock.now();
  const data = { message: "This is a test." };
  const delivery = deliveryOf(webhook, { kind: "test", at, key: createId(at), data }, at);
  await webhooks.queueDeliveries([delivery]);
  background.run(() => deliverWebhooks(dependencies));
  return ok({ deliveryId: delivery.id });
}

/** Newest first. */
export async function listDeliveries(
  { webhooks }: Needs<"webhooks">,
  access: TenantAccess<"webhook.read">,
  id: string,
  page: PageRequest,
): Promise<Outcome<Page<Delivery>>> {
  if (!(await webhooks.findWebhook(access.tenantId, id))) return notFound("webhook");
  return ok(await webhooks.listDeliveries(access.tenantId, id, page));
}
