/**
 * The timeline of each transaction: what every PKIOperation came to, refusals and our own trouble included. Written after
 * the answer and in bounds, so it can be lost under overload; what was issued and revoked is in the CA's journal as well.
 */
import type { GeneralName } from "../pki/general-name.ts";
import type { IntuneCall } from "./intune-service.ts";
import type { Page, PageRequest } from "./page.ts";

/** Why a device was asked to come again: nothing was decided about it. */
export type PostponementReason =
  /** Microsoft or the way to it. */
  | "intune_trouble"
  /** Something is set up wrongly in Microsoft's portal or here. */
  | "intune_misconfigured"
  | "intune_connection_missing"
  /** The same request is being worked on. */
  | "enrolment_under_way"
  /** Another CA takes the place of the configuration's own, at this very moment. */
  | "authority_succeeded"
  /** A fault of the service itself. */
  | "service_trouble";

/** What happened to one message. Bounded in size; never a challenge, a key or a secret. */
export interface TransactionEvent {
  /** UUID version 7: grows with time. */
  readonly id: string;
  readonly tenantId: string;
  readonly configurationId: string;
  readonly at: Date;
  readonly transactionID: string;
  readonly outcome: "issued" | "repeated" | "pending" | "answered" | "refused" | "postponed";
  /** Of a refusal or a postponement. */
  readonly reason?: string;
  readonly detail?: string;
  /** RFC 4514. */
  readonly subject?: string;
  readonly subjectAltNames?: readonly GeneralName[];
  readonly serialNumberHex?: string;
  /** Microsoft's code, other than `Success`. */
  readonly intuneCode?: string;
  readonly intuneCalls?: readonly IntuneCall[];
  /** The rest of the log line. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** All events of one configuration and transactionID, told by the newest. */
export interface TransactionSummary {
  readonly id: string;
  readonly latest: TransactionEvent;
}

export interface RefusalCount {
  readonly reason: string;
  readonly count: number;
  readonly lastAt: Date;
}

export interface IntuneContact {
  readonly configurationId: string;
  /** Whether nothing could be decided, for a trouble on the way or something set up wrongly. */
  readonly failed: boolean;
  /** The last time it was so. */
  readonly at: Date;
  readonly detail?: string;
}

export interface TransactionLog {
  /** Returns at once; what is still to be written keeps the isolate by `afterAnswer`. */
  record(event: TransactionEvent, afterAnswer: (work: Promise<unknown>) => void): void;
  /** How many were not recorded since this was last asked. */
  takeLost(): number;
}

export interface TransactionDirectory {
  /** Newest first. @param text part of a subject or subjectAltName, the beginning of a serial number or transactionID */
  searchTransactions(
    tenantId: string,
    text: string | undefined,
    page: PageRequest,
    configurationId?: string,
  ): Promise<Page<TransactionSummary>>;
  /** Oldest first, at most `limit`: the newest of them. Empty when there is none. */
  findTransaction(
    tenantId: string,
    id: string,
    limit: number,
  ): Promise<readonly TransactionEvent[]>;
  /** Of one tenant, oldest first, from that moment on. @param after an event's id: behind it */
  listRefusals(
    tenantId: string,
    from: Date,
    after: string | undefined,
    limit: number,
  ): Promise<readonly TransactionEvent[]>;
  /** Of the newest `limit` refusals since then, the most frequent reason first. */
  countRefusals(tenantId: string, from: Date, limit: number): Promise<readonly RefusalCount[]>;
  /** From the tenant's newest `limit` events: when Microsoft last answered for each of these, and when something failed. */
  findIntuneContacts(
    tenantId: string,
    configurationIds: readonly string[],
    limit: number,
  ): Promise<readonly IntuneContact[]>;
  /** Removes events from before this moment, at most `limit` at once. */
  purgeTransactions(before: Date, limit: number): Promise<void>;
}
