/** What tests say about answers, with messages that show what came instead. */
import { expect } from "vitest";
import type {
  CertRep,
  FailInfoName,
  FailureReply,
  PendingReply,
  SuccessReply,
} from "./scep-client/index.ts";

export function expectSuccess(reply: CertRep): SuccessReply {
  if (reply.pkiStatus !== "SUCCESS") {
    const why = reply.pkiStatus === "FAILURE" ? `${reply.failInfo}: ${reply.failInfoText}` : "";
    throw new Error(`expected SUCCESS, got ${reply.pkiStatus} ${why}`);
  }
  return reply;
}

export function expectFailure(reply: CertRep, ...failInfos: readonly FailInfoName[]): FailureReply {
  if (reply.pkiStatus !== "FAILURE") throw new Error(`expected FAILURE, got ${reply.pkiStatus}`);
  expect(failInfos).toContain(reply.failInfo);
  return reply;
}

export function expectPending(reply: CertRep): PendingReply {
  if (reply.pkiStatus !== "PENDING") throw new Error(`expected PENDING, got ${reply.pkiStatus}`);
  return reply;
}
