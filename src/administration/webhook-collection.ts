/**
 * What webhooks hear of that nobody tells: refusals are read from the timeline, certificates that end soon from the CAs'
 * inventories. Each webhook has a position in each, which moves on in the batch that writes its deliveries.
 */
import type { CertificateRecord } from "../ports/certificate-inventory.ts";
import type { TransactionEvent } from "../ports/transaction-log.ts";
import type { NewDelivery, Webhook } from "../ports/webhook-store.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { explain } from "./explanations.ts";
import { deliveryOf } from "./webhook-events.ts";

const pageSize = 90;
/** The next minute goes on. */
const mostPages = 20;
const minute = 60_000;
const day = 1440 * minute;
/** The timeline is written behind the answers: so long something earlier may still arrive. */
const lateness = 2 * minute;

type RefusalNeeds = Needs<"webhooks" | "configurations" | "transactionDirectory" | "clock" | "log">;

export async function collectRefused(dependencies: RefusalNeeds): Promise<void> {
  for (const webhook of await dependencies.webhooks.listListeners("refused")) {
    try {
      await collectRefusedFor(dependencies, webhook);
    } catch (error) {
      dependencies.log.fault(webhook.id, error);
    }
  }
}

const timeline = "transactions";

/** The position is a time: what was read since then is read again, and its deliveries are there already. */
async function collectRefusedFor(dependencies: RefusalNeeds, webhook: Webhook): Promise<void> {
  const { webhooks, configurations, transactionDirectory, clock } = dependencies;
  const { id, tenantId, createdAt } = webhook;
  const readTo = clock.now().getTime() - lateness;
  const from = new Date((await webhooks.findPosition(id, timeline)) ?? createdAt);
  const own = await configurations.listIssuingConfigurations(tenantId);
  const names = new Map(own.map((entry) => [entry.id, entry.name]));
  let after: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const events = await transactionDirectory.listRefusals(tenantId, from, after, pageSize);
    const last = events.at(-1);
    const more = events.length === pageSize && last !== undefined;
    const position = Math.max(from.getTime(), Math.min(more ? last.at.getTime() : readTo, readTo));
    const deliveries = events
      .filter(({ at }) => at >= createdAt)
      .map((event) => deliveryOf(webhook, refusedEvent(event, names), clock.now()));
    await webhooks.advance(id, timeline, position, deliveries);
    if (!more) return;
    after = last.id;
  }
}

function refusedEvent(event: TransactionEvent, names: ReadonlyMap<string, string>) {
  const { id, at, configurationId, transactionID, reason, subject, intuneCode } = event;
  const explanation = explain(reason, intuneCode);
  return {
    kind: "refused" as const,
    at,
    key: `transaction ${id}`,
    data: {
      configuration: names.get(configurationId),
      transactionID,
      reason,
      ...definedFields({ subject, intuneCode }),
      ...explanation,
    },
  };
}

type EndingNeeds = Needs<"webhooks" | "configurations" | "authorities" | "clock" | "log">;

/** Days before the end. One that lives less than twice as long is not told at its birth. */
const thresholds = [30, 7, 1] as const;

export async function collectEnding(dependencies: EndingNeeds): Promise<void> {
  const { webhooks, configurations, log } = dependencies;
  for (const webhook of await webhooks.listListeners("expiring")) {
    try {
      const own = await configurations.listIssuingConfigurations(webhook.tenantId);
      const names = new Map(own.map(({ id, name }) => [id, name]));
      for (const authorityId of new Set(own.map((entry) => entry.certificateAuthorityId)))
        for (const days of thresholds)
          await collectEndingFor(dependencies, { webhook, authorityId, names, days });
    } catch (error) {
      log.fault(webhook.id, error);
    }
  }
}

interface EndingSearch {
  readonly webhook: Webhook;
  readonly authorityId: string;
  /** Of the tenant's configurations, by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly days: number;
}

/** The position is the time up to which those are told that were so many days from their end then. */
async function collectEndingFor(dependencies: EndingNeeds, search: EndingSearch): Promise<void> {
  const { webhooks, authorities, clock } = dependencies;
  const { webhook, authorityId, names, days } = search;
  const now = clock.now().getTime();
  const cursorName = `${authorityId} expiring ${days}`;
  const from = (await webhooks.findPosition(webhook.id, cursorName)) ?? webhook.createdAt.getTime();
  if (from >= now) return;
  const authority = authorities.get(authorityId);
  const dueAt = (notAfter: Date) => notAfter.getTime() - days * day;
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const found = await authority.searchCertificates({
      configurationIds: [...names.keys()],
      state: "valid",
      expiresAfter: new Date(from + days * day),
      expiresBefore: new Date(now + days * day),
      limit: pageSize,
      ...definedFields({ cursor }),
    });
    const deliveries: NewDelivery[] = [];
    for (const record of found.items) {
      if (record.purpose !== "end-entity" || livesShort(record, days)) continue;
      // A device that has its next certificate lets the last one end.
      const story = await authority.certificateStory(record.serialNumberHex);
      if ((story?.renewedBy.length ?? 0) > 0) continue;
      deliveries.push(deliveryOf(webhook, endingEvent(search, record), clock.now()));
    }
    const last = found.items.at(-1);
    const position = found.nextCursor === undefined ? now : last ? dueAt(last.notAfter) : from;
    await webhooks.advance(webhook.id, cursorName, Math.max(from, position), deliveries);
    if (found.nextCursor === undefined) return;
    cursor = found.nextCursor;
  }
}

const livesShort = ({ notBefore, notAfter }: CertificateRecord, days: number): boolean =>
  notAfter.getTime() - notBefore.getTime() < 2 * days * day;

const endingEvent = ({ authorityId, names, days }: EndingSearch, record: CertificateRecord) => ({
  kind: "expiring" as const,
  at: new Date(record.notAfter.getTime() - days * day),
  key: `${authorityId} ${record.serialNumberHex} expiring ${days}`,
  data: {
    what: "certificate",
    certificateAuthority: authorityId,
    configuration: names.get(record.configurationId ?? ""),
    serialNumber: record.serialNumberHex,
    subject: record.subject,
    notAfter: record.notAfter.toISOString(),
    days,
  },
});
