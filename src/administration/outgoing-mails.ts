/** Mails that go into the outbox, and to whom. */
import type { MailMessage, TokenApproved } from "../ports/mail-message.ts";
import type { OutgoingMail } from "../ports/mail-outbox.ts";
import type { MemberRole } from "../ports/member-store.ts";
import type { NotificationConcern } from "../ports/notification-addresses.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";

export const hour = 3600_000;
/** A notice that comes later than this tells nobody anything. */
export const noticeLifeHours = 72;

/** The mail with a one-time link: it ends when the link does. */
export async function linkMail(
  { keyWrapping }: Needs<"keyWrapping">,
  wanted: {
    readonly tenantId: string;
    readonly recipient: string;
    readonly message: TokenApproved;
    readonly tokenId: string;
    readonly secret: string;
    readonly at: Date;
  },
): Promise<OutgoingMail> {
  const { tenantId, recipient, message, tokenId, secret, at } = wanted;
  const id = createId(at);
  return {
    id,
    tenantId,
    recipient,
    message,
    wrappedLink: await keyWrapping.wrap(new TextEncoder().encode(secret), {
      tenant: tenantId,
      kind: "mail-link",
      id,
    }),
    about: tokenId,
    createdAt: at,
    giveUpAt: new Date(message.linkExpiresAt),
  };
}

/** Mailing hundreds about one thing helps nobody. */
const mostMembers = 100;

const rolesOf: Readonly<Record<NotificationConcern, readonly MemberRole[]>> = {
  approvals: ["approver"],
  upkeep: ["tenant-administrator"],
};

/** One mail for each member whose work it is, and for each address that asked to hear of this concern. */
export async function noticeMails(
  { notificationAddresses, members }: Needs<"notificationAddresses" | "members">,
  notice: {
    readonly tenantId: string;
    readonly concern: NotificationConcern;
    readonly message: MailMessage;
    readonly about: string;
    readonly at: Date;
    /** Names the notice: it is told of once, however often it is heard. */
    readonly key?: string;
  },
): Promise<readonly OutgoingMail[]> {
  const { tenantId, concern, message, about, at, key } = notice;
  const addresses = await notificationAddresses.findAddresses(tenantId);
  const { items } = await members.listMembers({ tenantId }, { limit: mostMembers });
  const people = items
    .filter(({ kind, role }) => kind === "mail" && rolesOf[concern].includes(role))
    .map(({ value }) => value);
  return [...new Set([...people, ...addresses[concern]])].map((recipient) => ({
    id: createId(at),
    tenantId,
    recipient,
    message,
    about,
    createdAt: at,
    giveUpAt: new Date(at.getTime() + noticeLifeHours * hour),
    ...(key === undefined ? {} : { noticeKey: `${key} ${recipient}` }),
  }));
}
