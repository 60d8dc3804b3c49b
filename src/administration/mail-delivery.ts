/**
 * Sends what waits in the outbox: right after the fact, and every minute by the clock. At least once: a sender that dies
 * after sending and before marking leaves a lease that ends, and the mail goes out again under the same Message-ID.
 */
import type { ClaimedMail } from "../ports/mail-outbox.ts";
import type { Needs } from "./dependencies.ts";

const atOnce = 20;
/** The next minute goes on. */
const mostRounds = 5;
/** Longer than a transport may take for all that was claimed at once. */
const leaseMinutes = 10;
const firstPauseMinutes = 1;
const longestPauseMinutes = 120;

export type DeliveryNeeds = Needs<
  | "mailOutbox"
  | "mailComposer"
  | "mailTransport"
  | "keyWrapping"
  | "clock"
  | "publicHttpsOrigin"
  | "log"
>;

export async function deliverMails(dependencies: DeliveryNeeds): Promise<void> {
  const { mailOutbox, mailTransport, clock } = dependencies;
  if (!mailTransport) return;
  for (let round = 0; round < mostRounds; round++) {
    const now = clock.now();
    const claimed = await mailOutbox.claimMails(now, later(now, leaseMinutes), atOnce);
    for (const mail of claimed) await deliver(dependencies, mail);
    if (claimed.length < atOnce) return;
  }
}

/** One mail's trouble keeps no other waiting. */
async function deliver(dependencies: DeliveryNeeds, mail: ClaimedMail): Promise<void> {
  const { mailOutbox, clock, log } = dependencies;
  const now = clock.now();
  if (mail.giveUpAt <= now) return mailOutbox.giveUp(mail.id, "It could not be sent in time.");
  const failure = await attempt(dependencies, mail);
  log.write({
    event: "mail",
    mail: mail.id,
    tenant: mail.tenantId,
    kind: mail.message.kind,
    attempt: mail.attempts,
    outcome: failure === undefined ? "sent" : "failed",
    ...(failure && { reason: failure.details ?? failure.reason }),
  });
  if (!failure) return mailOutbox.markSent(mail.id, clock.now());
  const next = later(now, pauseMinutes(mail.attempts));
  if (failure.permanent || next >= mail.giveUpAt) return mailOutbox.giveUp(mail.id, failure.reason);
  return mailOutbox.postpone(mail.id, next, failure.reason);
}

async function attempt(dependencies: DeliveryNeeds, mail: ClaimedMail) {
  const { mailComposer, mailTransport, clock } = dependencies;
  try {
    const link = await linkOf(dependencies, mail);
    const text = await mailComposer.compose(mail.message, mail.tenantId, link);
    const sent = await mailTransport?.send({
      ...text,
      id: mail.id,
      to: mail.recipient,
      at: clock.now(),
    });
    return sent?.ok === false ? sent.error : undefined;
  } catch (error) {
    // A fault of ours or of the connection: the mail waits, and the log says more than the tenant may see.
    dependencies.log.fault(mail.id, error);
    return { permanent: false, reason: "The mail server could not be reached." };
  }
}

async function linkOf(
  { keyWrapping, publicHttpsOrigin }: Needs<"keyWrapping" | "publicHttpsOrigin">,
  { id, tenantId, wrappedLink }: ClaimedMail,
): Promise<string | undefined> {
  if (!wrappedLink) return undefined;
  const context = { tenant: tenantId, kind: "mail-link", id } as const;
  return redeemUrl(
    publicHttpsOrigin,
    new TextDecoder().decode(await keyWrapping.unwrap(wrappedLink, context)),
  );
}

export const redeemUrl = (publicHttpsOrigin: string, secret: string): string =>
  `${publicHttpsOrigin}/redeem/${secret}`;

/** 1, 2, 4, … minutes, two hours at most. */
export const pauseMinutes = (attempts: number): number =>
  Math.min(firstPauseMinutes * 2 ** (attempts - 1), longestPauseMinutes);

export const later = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000);
