/** What a CA does by itself, and what it tells others about. */

export type AuthorityEventKind =
  | "enrolment-request-waiting"
  | "certificate-revoked"
  | "certificate-released"
  | "certificate-undelivered"
  | "certificate-expiring"
  | "enrolment-agent-expiring"
  | "ocsp-responder-expiring"
  | "authority-expiring"
  | "crl-trouble"
  | "key-trouble"
  | "successor-staged"
  | "successor-promoted";

export interface AuthorityEvent {
  /** Grows within one CA: whoever hears an event twice knows it by (CA, id). */
  readonly id: number;
  readonly at: Date;
  readonly event: AuthorityEventKind;
  /** A serial number, or another id that the event is about. */
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuthorityNeeds {
  /** Versions of MASTER_KEYS that name something in the object; empty: it has not been created. */
  readonly keyVersions: readonly number[];
}

export interface AuthorityUpkeep {
  /** Does what is overdue and arms the alarm; harmless at any time. */
  wake(): Promise<AuthorityNeeds>;
  /** Oldest first. */
  readOutbox(limit: number): Promise<readonly AuthorityEvent[]>;
  /** They have arrived, up to and including this one. */
  confirmOutbox(id: number): Promise<void>;
}
