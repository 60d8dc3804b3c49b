/** What webhooks are told of. Whoever hears of an event publishes it here; heard twice, it is told once. */
import type { IssuedRow } from "../ports/issued-certificates.ts";
import type { NewDelivery, Webhook, WebhookEventKind } from "../ports/webhook-store.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";

const pageSize = 90;
/** The next minute goes on. */
const mostPages = 20;

export interface WebhookEvent {
  readonly kind: WebhookEventKind;
  readonly tenantId: string;
  readonly at: Date;
  /** Names the event, such as CA and id within it. */
  readonly key: string;
  /** Never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

export async function publishWebhookEvents(
  { webhooks, clock }: Needs<"webhooks" | "clock">,
  events: readonly WebhookEvent[],
): Promise<void> {
  for (const [{ kind, tenantId }, group] of groupsOf(events)) {
    const listeners = await webhooks.listListeners(kind, tenantId);
    await webhooks.queueDeliveries(
      group.flatMap((event) =>
        listeners
          // Times of CAs' objects are whole seconds.
          .filter(({ createdAt }) => createdAt.getTime() < event.at.getTime() + 1000)
          .map((webhook) => deliveryOf(webhook, event, clock.now())),
      ),
    );
  }
}

/** Those with the same listeners together, so that thousands of events ask for them once. */
function groupsOf(events: readonly WebhookEvent[]): [WebhookEvent, WebhookEvent[]][] {
  const groups = new Map<string, [WebhookEvent, WebhookEvent[]]>();
  for (const event of events) {
    const name = `${event.tenantId} ${event.kind}`;
    const group = groups.get(name) ?? [event, []];
    group[1].push(event);
    groups.set(name, group);
  }
  return [...groups.values()];
}

export const deliveryOf = (
  webhook: Webhook,
  { kind, at, key, data }: Omit<WebhookEvent, "kind" | "tenantId"> & { kind: NewDelivery["event"] },
  now: Date,
): NewDelivery => ({
  id: createId(now),
  tenantId: webhook.tenantId,
  webhookId: webhook.id,
  event: kind,
  body: JSON.stringify({
    type: kind,
    timestamp: at.toISOString(),
    tenant: webhook.tenantId,
    data,
  }),
  createdAt: now,
  eventKey: key,
});

type CollectionNeeds = Needs<"webhooks" | "configurations" | "authorities" | "clock" | "log">;

/** Certificates are told of from their CAs' own rows, each webhook with a position of its own in each CA. */
export async function collectIssued(dependencies: CollectionNeeds): Promise<void> {
  for (const webhook of await dependencies.webhooks.listListeners("issued")) {
    try {
      await collectFor(dependencies, webhook);
    } catch (error) {
      dependencies.log.fault(webhook.id, error);
    }
  }
}

async function collectFor(dependencies: CollectionNeeds, webhook: Webhook): Promise<void> {
  const { webhooks, configurations, authorities, clock } = dependencies;
  const own = await configurations.listIssuingConfigurations(webhook.tenantId);
  const names = new Map(own.map(({ id, name }) => [id, name]));
  for (const authorityId of new Set(own.map((entry) => entry.certificateAuthorityId))) {
    const authority = authorities.get(authorityId);
    let from: number | Date =
      (await webhooks.findPosition(webhook.id, authorityId)) ?? webhook.createdAt;
    for (let page = 0; page < mostPages; page++) {
      const { items, position } = await authority.readIssued(from, pageSize);
      from = position;
      const deliveries = items
        // A shared CA issues for others as well.
        .filter(({ configurationId }) => names.has(configurationId))
        .map((certificate) =>
          deliveryOf(webhook, issuedEvent(authorityId, certificate, names), clock.now()),
        );
      await webhooks.advance(webhook.id, authorityId, position, deliveries);
      if (items.length < pageSize) break;
    }
  }
}

const issuedEvent = (
  authorityId: string,
  certificate: IssuedRow,
  names: ReadonlyMap<string, string>,
) => ({
  kind: "issued" as const,
  at: certificate.recordedAt,
  key: `${authorityId} issued ${certificate.position}`,
  data: {
    certificateAuthority: authorityId,
    configuration: names.get(certificate.configurationId),
    serialNumber: certificate.serialNumberHex,
    subject: certificate.subject,
    transactionID: certificate.transactionID,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
  },
});
