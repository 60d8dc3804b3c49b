/**
 * Mails on their way: written in the batch of the fact that they tell about, sent at least once by whoever claims them.
 * A claim is a lease: two senders do not send one mail twice, unless the first died or took longer than its lease.
 */
import type { AuditEvent } from "./audit-log.ts";
import type { MailMessage } from "./mail-message.ts";
import type { Page, PageRequest } from "./page.ts";

/** `replaced`: its link was replaced before it was sent. */
export type MailStatus = "waiting" | "sent" | "failed" | "replaced";

export interface OutgoingMail {
  readonly id: string;
  readonly tenantId: string;
  readonly recipient: string;
  readonly message: MailMessage;
  /** The secret of a one-time link under the master key. Erased when the mail was sent, given up or replaced. */
  readonly wrappedLink?: Uint8Array;
  /** The id of what it is about. */
  readonly about: string;
  readonly createdAt: Date;
  /** Not tried again after it. */
  readonly giveUpAt: Date;
  /** A mail with a key that was there before is not written: each notice is told of once. */
  readonly noticeKey?: string;
}

export interface ClaimedMail extends OutgoingMail {
  /** This one included. */
  readonly attempts: number;
}

export interface MailEntry {
  readonly id: string;
  readonly recipient: string;
  readonly message: MailMessage;
  readonly about: string;
  readonly status: MailStatus;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date;
  readonly giveUpAt: Date;
  readonly sentAt?: Date;
  readonly lastError?: string;
}

export interface MailOutbox {
  /** Leaves out those whose notice was written before. */
  queueMails(mails: readonly OutgoingMail[]): Promise<void>;
  /** Those that are due, oldest first; nobody else gets them until the lease ends. */
  claimMails(at: Date, leaseUntil: Date, limit: number): Promise<readonly ClaimedMail[]>;
  markSent(id: string, at: Date): Promise<void>;
  postpone(id: string, nextAttemptAt: Date, error: string): Promise<void>;
  giveUp(id: string, error: string): Promise<void>;
  findMail(tenantId: string, id: string): Promise<MailEntry | undefined>;
  /** Newest first. */
  listMails(tenantId: string, page: PageRequest): Promise<Page<MailEntry>>;
  /** A failed mail waits again. False when it did not fail. */
  retryMail(
    tenantId: string,
    id: string,
    at: Date,
    giveUpAt: Date,
    event: AuditEvent,
  ): Promise<boolean>;
}
