/** Microsoft's side of Intune SCEP over HTTP: the adapter behind `IntuneService`. */
import { err } from "../result.ts";
import type { IntuneConnection } from "../ports/intune-connection.ts";
import type {
  IntuneFailure,
  IntuneHop,
  IntuneOutcome,
  IntuneService,
} from "../ports/intune-service.ts";
import { AccessTokens } from "./access-tokens.ts";
import { type Action, perform } from "./action.ts";
import { CallPauses } from "./call-pauses.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { IntuneDependencies } from "./dependencies.ts";
import { diagnose } from "./diagnosis.ts";
import { misconfigured } from "./remedies.ts";
import { downloadAction, uploadAction } from "./revocation-queue.ts";
import { failureAction, successAction, validateAction } from "./scep-actions.ts";
import { ServiceDirectory } from "./service-directory.ts";
import { Session } from "./session.ts";

export function createIntuneService(dependencies: IntuneDependencies): IntuneService {
  const tokens = new AccessTokens(dependencies);
  const directory = new ServiceDirectory(dependencies, tokens);
  const breaker = new CircuitBreaker(dependencies.clock);
  const pauses = new CallPauses(dependencies.clock);

  async function act<Value>(
    connection: IntuneConnection,
    deadline: Date,
    action: Action<Value>,
    asker?: string,
  ): Promise<IntuneOutcome<Value>> {
    const { id } = connection;
    const session = new Session(dependencies, connection, deadline, pauses);
    const refusal =
      cloudRefusal(connection, action.hop, dependencies) ??
      (action.hop === "validate"
        ? (notificationRefusal(session, asker) ?? breaker.refusal(id, action.hop))
        : breaker.refusal(id, action.hop, asker));
    if (refusal) return { result: err(refusal), calls: [] };
    const result = await perform(session, tokens, directory, action);
    breaker.heard(id, action.hop, result.ok ? undefined : result.error);
    return { result, calls: session.calls };
  }

  /** What cannot be notified is not to be signed: it would wait undelivered, and be revoked in the end. */
  function notificationRefusal(session: Session, asker?: string): IntuneFailure | undefined {
    const { id } = session.connection;
    const hop = "success-notification";
    const paused = pauses.pause(id, hop);
    return paused ? session.trouble(hop, paused) : breaker.refusal(id, hop, asker);
  }

  return {
    validateRequest: (connection, request, deadline) =>
      act(connection, deadline, validateAction(request), request.transactionID),
    notifySuccess: (connection, notification, deadline) =>
      act(connection, deadline, successAction(notification), notification.transactionID),
    notifyFailure: (connection, notification, deadline) =>
      act(connection, deadline, failureAction(notification)),
    downloadRevocationRequests: (connection, limit, deadline) =>
      act(connection, deadline, downloadAction(limit)),
    uploadRevocationResults: (connection, results, deadline) =>
      act(connection, deadline, uploadAction(results)),

    async diagnose(connection, withRevocation, deadline) {
      pauses.forget(connection.id);
      const session = new Session(dependencies, connection, deadline, pauses);
      const refusal = cloudRefusal(connection, "graph-token", dependencies);
      const steps = await diagnose(session, tokens, directory, withRevocation, refusal);
      // What works now works for the next device too.
      if (steps.every(({ outcome }) => outcome === "ok")) breaker.forget(connection.id);
      return { steps, calls: session.calls };
    },
  };
}

/** A database from development, or an altered one, must not send a token anywhere. */
function cloudRefusal(
  connection: IntuneConnection,
  hop: IntuneHop,
  { development }: IntuneDependencies,
): IntuneFailure | undefined {
  return connection.cloud.name === "custom" && !development
    ? misconfigured(
        connection,
        hop,
        "service_address_refused",
        "A connection to a custom cloud works in development only.",
      )
    : undefined;
}
