/** What the steps of one PKIOperation share besides its message. */
import type { OperationReport } from "./operation-report.ts";

/** Does the work after the answer, which does not wait for it. What fails there is its own to tell. */
export type AfterAnswer = (work: Promise<unknown>) => void;

export interface Operation {
  readonly report: OperationReport;
  readonly afterAnswer: AfterAnswer;
  /** The answer is given by then, whatever is asked of others. */
  readonly deadline: Date;
}

/**
 * Devices wait about half a minute and are answered within 20 s. Microsoft is asked within this, all its services together;
 * the rest is for our own steps after that.
 */
export const operationMilliseconds = 17_000;
