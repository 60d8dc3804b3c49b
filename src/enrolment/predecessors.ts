/**
 * After a CA has taken another one's place, what was asked of the earlier one is still answered by it: a request that is
 * sent again, as its answer was lost or it waits for a person, and a poll. That ends when requests of that age do, so a
 * steady enrolment asks one CA.
 */
import type {
  IssuedCertificate,
  IssueRefusal,
  IssueRequest,
  PendingRequest,
  PollAnswer,
  PollRefusal,
  PollRequest,
} from "../ports/certificate-issuing.ts";
import { err, type Result } from "../result.ts";
import type { PkiOperationDependencies } from "./dependencies.ts";
import type { FormerAuthority, ServedConfiguration } from "./served-configuration.ts";

const dayMilliseconds = 86_400_000;
/** As long as an equal request is a repeat (docs/architecture.md). */
const repeatMilliseconds = dayMilliseconds;
/** Requests wait seven days for a person, and a decision a little longer for the device. */
const waitMilliseconds = 14 * dayMilliseconds;

type Needs = Pick<PkiOperationDependencies, "authorities" | "clock">;

/** Undefined: no earlier CA knows the request. */
export async function askPredecessors(
  request: IssueRequest,
  served: ServedConfiguration,
  dependencies: Needs,
): Promise<Result<IssuedCertificate | PendingRequest, IssueRefusal> | undefined> {
  const span = request.authorisation.kind === "approval" ? waitMilliseconds : repeatMilliseconds;
  for (const { id } of recent(served, dependencies, span)) {
    const answer = await dependencies.authorities.get(id).issue(request);
    if (answer.ok || answer.error.reason === "request_rejected") return answer;
  }
  return undefined;
}

/** The configuration's own CA first, which knows all that was asked since. */
export async function pollAuthorities(
  request: PollRequest,
  served: ServedConfiguration,
  dependencies: Needs,
): Promise<Result<PollAnswer, PollRefusal>> {
  const current = served.configuration.certificateAuthorityId;
  const former = recent(served, dependencies, waitMilliseconds).map(({ id }) => id);
  let last: Result<PollAnswer, PollRefusal> = err({ reason: "transaction_unknown" });
  for (const id of [current, ...former]) {
    last = await dependencies.authorities.get(id).poll(request);
    if (last.ok || last.error.reason !== "transaction_unknown") return last;
  }
  return last;
}

const recent = (
  { predecessors }: ServedConfiguration,
  { clock }: Needs,
  milliseconds: number,
): readonly FormerAuthority[] =>
  predecessors.filter(
    ({ succeededAt }) => clock.now().getTime() < succeededAt.getTime() + milliseconds,
  );
