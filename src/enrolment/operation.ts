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

/** Devices wait about half a minute; Microsoft is asked within this, all its services together. */
export const operationMilliseconds = 20_000;
