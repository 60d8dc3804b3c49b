/** What was mailed for a tenant, and what could not be. */
import type { MailEntry } from "../ports/mail-outbox.ts";
import type { DevelopmentMail } from "../ports/mail-transport.ts";
import type {
  NotificationAddresses,
  NotificationConcern,
} from "../ports/notification-addresses.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { deliverMails, type DeliveryNeeds } from "./mail-delivery.ts";
import { hour, noticeLifeHours } from "./outgoing-mails.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

/** Newest first. */
export const listMails = (
  { mailOutbox }: Needs<"mailOutbox">,
  access: TenantAccess<"mail.read">,
  page: PageRequest,
): Promise<Page<MailEntry>> => mailOutbox.listMails(access.tenantId, page);

/** A mail with a link is not sent again: its secret was erased when it was given up. */
export async function retryMail(
  dependencies: Needs<"background"> & DeliveryNeeds,
  access: TenantAccess<"mail.manage">,
  id: string,
): Promise<Outcome<MailEntry>> {
  const { mailOutbox, clock, background } = dependencies;
  const mail = await mailOutbox.findMail(access.tenantId, id);
  if (!mail) return notFound("mail");
  if (mail.message.kind === "token-approved") {
    return conflict("A one-time link is not sent twice: make a new one at the token request.");
  }
  const now = clock.now();
  const event = auditEvent(access, now, "mail.retried", id, { recipient: mail.recipient });
  const giveUpAt = new Date(now.getTime() + noticeLifeHours * hour);
  if (!(await mailOutbox.retryMail(access.tenantId, id, now, giveUpAt, event)))
    return conflict("Only a mail that failed can be sent again.");
  background.run(() => deliverMails(dependencies));
  return ok({ ...mail, status: "waiting", attempts: 0, nextAttemptAt: now, giveUpAt });
}

/** What the transport of development took; empty everywhere else. */
export const listDevelopmentMails = ({
  developmentMailbox,
}: Needs<"developmentMailbox">): Promise<readonly DevelopmentMail[]> =>
  developmentMailbox.listDevelopmentMails(200);

export const findNotificationAddresses = (
  { notificationAddresses }: Needs<"notificationAddresses">,
  access: TenantAccess<"mail.read">,
): Promise<NotificationAddresses> => notificationAddresses.findAddresses(access.tenantId);

export async function changeNotificationAddresses(
  { notificationAddresses, clock }: Needs<"notificationAddresses" | "clock">,
  access: TenantAccess<"mail.manage">,
  changes: Partial<Readonly<Record<NotificationConcern, readonly string[] | undefined>>>,
): Promise<NotificationAddresses> {
  const before = await notificationAddresses.findAddresses(access.tenantId);
  const after = {
    approvals: [...new Set(changes.approvals ?? before.approvals)],
    upkeep: [...new Set(changes.upkeep ?? before.upkeep)],
  };
  const { tenantId } = access;
  const details = { before, after };
  await notificationAddresses.replaceAddresses(
    tenantId,
    after,
    auditEvent(access, clock.now(), "notification-addresses.changed", tenantId, details),
  );
  return after;
}
