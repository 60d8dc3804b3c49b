/** What the deployment as a whole knows of itself. */
import type { RecordedAuthorityEvent } from "./authority-event-store.ts";

/** One turn of the clock. */
export interface UpkeepRun {
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Names of the parts that threw. */
  readonly failedParts: readonly string[];
}

export interface Backlog {
  readonly kind: "mails" | "webhooks";
  readonly waiting: number;
  /** When the first of them was or will be due. */
  readonly oldestDueAt?: Date;
  /** Given up since the moment asked for. */
  readonly failed: number;
}

export interface PlatformTrouble extends RecordedAuthorityEvent {
  /** Absent: a shared CA's. */
  readonly tenantId?: string;
  readonly tenantName?: string;
  readonly authorityName?: string;
}

/** What the clock goes through in more than one turn. */
export type Round = "authorities" | "audit-events";

export interface PlatformRecord {
  noteUpkeep(run: UpkeepRun): Promise<void>;
  /** The last one; undefined: the clock never came. */
  findUpkeep(): Promise<UpkeepRun | undefined>;
  /** Where one of the clock's rounds goes on; undefined: at its beginning. */
  findRound(round: Round): Promise<string | undefined>;
  noteRound(round: Round, cursor: string | undefined): Promise<void>;
  countBacklog(failedSince: Date): Promise<readonly Backlog[]>;
  /** Of all CAs, newest first. */
  listTroubles(since: Date, limit: number): Promise<readonly PlatformTrouble[]>;
}
