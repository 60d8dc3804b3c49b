/** Sends what waits for webhooks: at least once, each attempt signed anew, given up after three days. */
import type { WebhookAnswer } from "../ports/webhook-sender.ts";
import type { Delivery, WebhookWithSecret } from "../ports/webhook-store.ts";
import type { Needs } from "./dependencies.ts";
import { later } from "./mail-delivery.ts";
import { noticeMails } from "./outgoing-mails.ts";
import { readWebhookTarget } from "./webhook-target.ts";
import { signedHeaders } from "./webhook-signature.ts";

const atOnce = 6;
/** The next minute goes on. */
const mostRounds = 100;
const roundsEndAfterSeconds = 40;
const leaseMinutes = 2;
/** After the first attempt and the ones that follow; the last pause repeats. */
const pausesMinutes = [1, 5, 30, 120, 300, 600];
/** So long a delivery is tried, and so long a webhook may take nothing before it is switched off. */
const patienceMinutes = 3 * 24 * 60;

export type WebhookDeliveryNeeds = Needs<
  | "webhooks"
  | "webhookSender"
  | "tenants"
  | "notificationAddresses"
  | "members"
  | "keyWrapping"
  | "clock"
  | "log"
  | "development"
>;

export async function deliverWebhooks(dependencies: WebhookDeliveryNeeds): Promise<void> {
  const { webhooks, clock } = dependencies;
  const started = clock.now();
  await webhooks.forgetPreviousSecrets(started);
  for (let round = 0; round < mostRounds; round++) {
    const now = clock.now();
    if (now.getTime() > started.getTime() + roundsEndAfterSeconds * 1000) return;
    const claimed = await webhooks.claimDeliveries(now, later(now, leaseMinutes), atOnce);
    await Promise.all(claimed.map((delivery) => deliver(dependencies, delivery)));
    if (claimed.length < atOnce) return;
  }
}

async function deliver(dependencies: WebhookDeliveryNeeds, delivery: Delivery): Promise<void> {
  const { webhooks, clock, log } = dependencies;
  const webhook = await webhooks.findWebhook(delivery.tenantId, delivery.webhookId);
  if (!webhook) return;
  const answer = webhook.enabled
    ? await attempt(dependencies, webhook, delivery)
    : { error: "The webhook is off." };
  const at = clock.now();
  const status = "status" in answer ? answer.status : undefined;
  const error = "error" in answer ? answer.error : failureOf(answer.status);
  log.write({
    event: "webhook",
    tenant: delivery.tenantId,
    webhook: webhook.id,
    delivery: delivery.id,
    attempt: delivery.attempts,
    status,
    outcome: error === undefined ? "delivered" : "failed",
  });
  if (error === undefined) return webhooks.markDelivered(delivery, status ?? 0, at);
  const next = later(at, pausesMinutes[delivery.attempts - 1] ?? pausesMinutes.at(-1) ?? 0);
  const over = !webhook.enabled || next > later(delivery.createdAt, patienceMinutes);
  const failure = { error, at, ...(status === undefined ? {} : { status }) };
  // A test is for the person who waits for it.
  await webhooks.markAttemptFailed(
    delivery,
    failure,
    over || delivery.event === "test" ? undefined : next,
  );
  const { failingSince } = webhook;
  if (webhook.enabled && failingSince && later(failingSince, patienceMinutes) <= at)
    await switchOff(dependencies, webhook, failingSince, error);
}

/** A fault of ours is a failed attempt as well: one webhook's secret that does not open keeps no other waiting. */
async function attempt(
  dependencies: WebhookDeliveryNeeds,
  webhook: WebhookWithSecret,
  delivery: Delivery,
): Promise<WebhookAnswer> {
  try {
    return await post(dependencies, webhook, delivery);
  } catch (error) {
    dependencies.log.fault(delivery.id, error);
    return { error: "It could not be sent; the service's log says why." };
  }
}

async function post(
  { webhookSender, keyWrapping, clock, development }: WebhookDeliveryNeeds,
  webhook: WebhookWithSecret,
  { id, body }: Delivery,
): Promise<WebhookAnswer> {
  const target = readWebhookTarget(webhook.url, development);
  if (!target.ok) return { error: "The address is not allowed any more." };
  const context = { tenant: webhook.tenantId, kind: "webhook-secret", id: webhook.id } as const;
  const at = clock.now();
  const { wrappedSecret, previousSecret, previousUntil } = webhook;
  const wrapped = [wrappedSecret];
  if (previousSecret && previousUntil && previousUntil > at) wrapped.push(previousSecret);
  const secrets = await Promise.all(wrapped.map((one) => keyWrapping.unwrap(one, context)));
  const headers = await signedHeaders(secrets, { id, at, body });
  return webhookSender.post(target.value, headers, body);
}

/** Only 2xx is taken; a redirect is not followed. */
function failureOf(status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return `It answered ${status}; redirects are not followed.`;
  return `It answered ${status}.`;
}

async function switchOff(
  dependencies: WebhookDeliveryNeeds,
  webhook: WebhookWithSecret,
  failingSince: Date,
  lastError: string,
): Promise<void> {
  const { webhooks, tenants, clock } = dependencies;
  const tenant = await tenants.findTenant(webhook.tenantId);
  const mails = await noticeMails(dependencies, {
    tenantId: webhook.tenantId,
    concern: "upkeep",
    message: {
      kind: "webhook-disabled",
      tenantName: tenant?.name ?? "",
      url: webhook.url,
      failingSince: failingSince.toISOString(),
      lastError,
    },
    about: webhook.id,
    at: clock.now(),
    key: `webhook-disabled ${webhook.id} ${failingSince.getTime()}`,
  });
  await webhooks.switchOff(webhook, mails);
}
