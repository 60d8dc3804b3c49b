/** What CAs tell, passed on: to webhooks, and by mail to those whose work it is. Heard twice, it is told once. */
import type { CarriedAuthorityEvent } from "../ports/authority-event-store.ts";
import type { AuthorityEventKind } from "../ports/authority-upkeep.ts";
import type { Expiring, MailMessage } from "../ports/mail-message.ts";
import type { NotificationConcern } from "../ports/notification-addresses.ts";
import type { WebhookEventKind } from "../ports/webhook-store.ts";
import type { Needs } from "./dependencies.ts";
import { noticeMails } from "./outgoing-mails.ts";
import { publishWebhookEvents, type WebhookEvent } from "./webhook-events.ts";

export type TellingNeeds = Needs<
  | "tenants"
  | "authorityDirectory"
  | "configurations"
  | "webhooks"
  | "mailOutbox"
  | "notificationAddresses"
  | "members"
  | "clock"
>;

type TenantEvent = CarriedAuthorityEvent & { readonly tenantId: string };

const webhookEventOf: Partial<Readonly<Record<AuthorityEventKind, WebhookEventKind>>> = {
  "enrolment-request-waiting": "pending",
  "certificate-revoked": "revoked",
  "authority-expiring": "expiring",
  "enrolment-agent-expiring": "expiring",
  "ocsp-responder-expiring": "expiring",
};

/** What is about no tenant is the operator's, who finds it on the page of the platform. */
export async function tellOfAuthorityEvents(
  dependencies: TellingNeeds,
  events: readonly CarriedAuthorityEvent[],
): Promise<void> {
  const own = events.flatMap(({ tenantId, ...event }) =>
    tenantId ? [{ ...event, tenantId }] : [],
  );
  await publishWebhookEvents(dependencies, own.flatMap(toWebhookEvent));
  for (const group of mailGroups(own)) await mail(dependencies, group);
}

function toWebhookEvent(event: TenantEvent): WebhookEvent[] {
  const kind = webhookEventOf[event.event];
  if (!kind) return [];
  const { id, at, tenantId, certificateAuthorityId, subject, details } = event;
  const named =
    event.event === "enrolment-request-waiting"
      ? { enrolmentRequest: subject }
      : event.event === "authority-expiring"
        ? {}
        : { serialNumber: subject };
  const data = {
    certificateAuthority: certificateAuthorityId,
    ...(kind === "expiring" && { what: expiring[event.event] }),
    ...named,
    ...details,
  };
  return [{ kind, tenantId, at, key: `${certificateAuthorityId} event ${id}`, data }];
}

const expiring: Partial<Readonly<Record<AuthorityEventKind, Expiring["what"]>>> = {
  "authority-expiring": "authority",
  "enrolment-agent-expiring": "enrolment-agent",
  "ocsp-responder-expiring": "ocsp-responder",
};

/** Mails of these kinds come in floods: a fleet that waits, or Microsoft in trouble. One mail tells of all at once. */
const told: Partial<Readonly<Record<AuthorityEventKind, "each" | "together" | "daily">>> = {
  "enrolment-request-waiting": "together",
  "certificate-undelivered": "daily",
  "authority-expiring": "each",
  "enrolment-agent-expiring": "each",
  "ocsp-responder-expiring": "each",
  "crl-trouble": "each",
  "key-trouble": "each",
};

interface MailGroup {
  readonly first: TenantEvent;
  readonly count: number;
  /** Without the recipient. */
  readonly key: string;
}

function mailGroups(events: readonly TenantEvent[]): readonly MailGroup[] {
  const groups = new Map<string, MailGroup>();
  for (const event of events) {
    const { id, certificateAuthorityId, at } = event;
    const how = told[event.event];
    if (!how) continue;
    const key = `${certificateAuthorityId} event ${id}`;
    const about = `${event.event} ${configurationOf(event)}`;
    const day = at.toISOString().slice(0, 10);
    const name = how === "each" ? key : how === "together" ? about : `${about} ${day}`;
    const group = groups.get(name);
    groups.set(name, {
      first: group?.first ?? event,
      count: (group?.count ?? 0) + 1,
      // Carried again, the first is the same.
      key: group?.key ?? (how === "daily" ? `${certificateAuthorityId} ${name}` : key),
    });
  }
  return [...groups.values()];
}

async function mail(dependencies: TellingNeeds, { first, count, key }: MailGroup): Promise<void> {
  const { tenants, authorityDirectory, configurations, mailOutbox, clock } = dependencies;
  const { tenantId, certificateAuthorityId } = first;
  const [tenant, authority, configuration] = await Promise.all([
    tenants.findTenant(tenantId),
    authorityDirectory.findAuthority(tenantId, certificateAuthorityId),
    configurations.findConfiguration(tenantId, configurationOf(first)),
  ]);
  const message = messageOf(first, {
    tenantName: tenant?.name ?? "",
    authority: authority?.name ?? certificateAuthorityId,
    configuration: configuration?.name ?? "",
    others: count - 1,
  });
  if (!message) return;
  const concern: NotificationConcern =
    message.kind === "enrolment-request-waiting" ? "approvals" : "upkeep";
  const notice = { tenantId, concern, message, about: first.subject, at: clock.now(), key };
  await mailOutbox.queueMails(await noticeMails(dependencies, notice));
}

interface Names {
  readonly tenantName: string;
  readonly authority: string;
  readonly configuration: string;
  readonly others: number;
}

function messageOf(
  { event, details }: TenantEvent,
  { tenantName, authority, configuration, others }: Names,
): MailMessage | undefined {
  const what = expiring[event];
  if (what) {
    const name = what === "enrolment-agent" ? `${configuration} (${authority})` : authority;
    return { kind: "expiring", tenantName, what, name, endsAt: text(details["notAfter"]) };
  }
  if (event === "enrolment-request-waiting") {
    const subject = text(details["subject"]);
    return { kind: event, tenantName, configuration, subject, others };
  }
  const trouble = troubles[event]?.(details, configuration);
  return trouble === undefined
    ? undefined
    : { kind: "authority-trouble", tenantName, authority, trouble };
}

type Words = (details: TenantEvent["details"], configuration: string) => string | undefined;

const troubles: Partial<Readonly<Record<AuthorityEventKind, Words>>> = {
  "certificate-undelivered": (_, configuration) =>
    `Certificates of "${configuration}" were signed and not handed out, because Microsoft did not agree or the device did not come back. They are revoked. The transactions in the portal tell the reason for each. This is mailed once a day.`,
  "crl-trouble": (details) => crlTroubles[text(details["trouble"])] ?? crlTroubles["not-renewed"],
  "key-trouble": (details) =>
    `Its key does not open, so it signs nothing: version ${text(details["masterKeyVersion"])} of MASTER_KEYS is missing. The operator has to put that version back; nothing else is needed.`,
};

const crlTroubles: Readonly<Record<string, string>> = {
  "no-list": "It could not make its first certificate revocation list. It keeps trying.",
  "not-renewed":
    "Its certificate revocation list could not be renewed in time. The last one is still valid, and it keeps trying.",
  "revocation-not-published":
    "A revocation is in no certificate revocation list yet, because none could be made. OCSP already tells it.",
  ended:
    "Its certificate revocation list has ended and no new one could be made: whoever checks the list may refuse all of its certificates.",
};

const configurationOf = ({ details }: TenantEvent): string => text(details["configurationId"]);

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
