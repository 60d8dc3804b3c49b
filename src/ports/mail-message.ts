/** What a mail is about: its kind and the facts. `src/mail/` makes words of them. Facts never hold a secret. */
interface About {
  readonly tenantName: string;
}

export interface TokenRequestWaiting extends About {
  readonly kind: "token-request-waiting";
  readonly configuration: string;
  /** RFC 4514; may be empty. */
  readonly subject: string;
  readonly contactEmail: string;
}

/** The only one with a link, which travels beside it: see `OutgoingMail`. */
export interface TokenApproved extends About {
  readonly kind: "token-approved";
  readonly configuration: string;
  readonly subject: string;
  /** ISO 8601 */
  readonly linkExpiresAt: string;
}

export interface EnrolmentRequestWaiting extends About {
  readonly kind: "enrolment-request-waiting";
  readonly configuration: string;
  /** Of the first of them. */
  readonly subject: string;
  /** How many others came with it; absent on mails from before it was told. */
  readonly others?: number;
}

export interface Expiring extends About {
  readonly kind: "expiring";
  readonly what: "certificate" | "enrolment-agent" | "ocsp-responder" | "authority" | "secret";
  /** A subject, a CA's name, an Intune connection's name. */
  readonly name: string;
  /** ISO 8601 */
  readonly endsAt: string;
}

export interface AuthorityTrouble extends About {
  readonly kind: "authority-trouble";
  readonly authority: string;
  readonly trouble: string;
}

export interface WebhookDisabled extends About {
  readonly kind: "webhook-disabled";
  readonly url: string;
  /** ISO 8601 */
  readonly failingSince: string;
  readonly lastError: string;
}

export type MailMessage =
  | TokenRequestWaiting
  | TokenApproved
  | EnrolmentRequestWaiting
  | Expiring
  | AuthorityTrouble
  | WebhookDisabled;
