/** How mail leaves: whatever the deployment has. */
import type { Result } from "../result.ts";
import type { MailMessage } from "./mail-message.ts";

/** What a mail says, in both forms. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mail extends MailText {
  /** Stays the same when it is sent again, so that a receiver may know a repeated mail by its Message-ID. */
  readonly id: string;
  readonly to: string;
  readonly at: Date;
}

export interface MailFailure {
  /** The receiver will never take it: trying again is useless. */
  readonly permanent: boolean;
  /** For the tenant's administrators: what was said of the receiver or of the mail, never of the deployment's account. */
  readonly reason: string;
  /** For the operator's log, where that is more; never a secret. */
  readonly details?: string;
}

/** What a tenant hears of trouble that is the deployment's own. */
export const notTaken = "The mail server did not take it.";

export interface MailTransport {
  send(mail: Mail): Promise<Result<undefined, MailFailure>>;
}

export interface MailComposer {
  /**
   * @param tenantId whose pages in the portal it leads to
   * @param link of a one-time page, for the message that brings one
   */
  compose(message: MailMessage, tenantId: string, link: string | undefined): Promise<MailText>;
}

/** Mails that were sent to nobody: in development only. */
export interface DevelopmentMailbox {
  /** Newest first. */
  listDevelopmentMails(limit: number): Promise<readonly DevelopmentMail[]>;
}

export interface DevelopmentMail extends MailText {
  readonly id: string;
  readonly at: Date;
  readonly to: string;
}
