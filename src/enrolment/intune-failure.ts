/** What Microsoft or the way to it had against a request, as what stops the operation. */
import {
  type IntuneFailure,
  type IntuneRequest,
  unreadableRequestCode,
} from "../ports/intune-service.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { ScepRejection } from "../scep/rejection.ts";
import type { Stop } from "./postponement.ts";
import type { ServedConfiguration } from "./served-configuration.ts";

/** @param verdict the reason when Microsoft refused: at which of its two questions */
export function stopOf(
  failure: IntuneFailure,
  verdict: "intune_refused" | "intune_delivery_refused",
): Stop {
  switch (failure.kind) {
    case "refused":
      return refusal(failure.code, failure.description, verdict);
    case "trouble":
      return {
        reason: "intune_trouble",
        detail: `${failure.hop}: ${failure.detail}`,
        retryAfterSeconds: failure.retryAfterSeconds,
      };
    case "misconfigured":
      return {
        reason: "intune_misconfigured",
        detail: `${failure.hop}: ${failure.problem}: ${failure.detail} ${failure.remedy}`,
        retryAfterSeconds: failure.retryAfterSeconds,
      };
  }
}

function refusal(
  code: string,
  description: string,
  reason: "intune_refused" | "intune_delivery_refused",
): ScepRejection {
  const said = description === "" ? "" : ` "${description}"`;
  const asked = reason === "intune_refused" ? "the request" : "the delivery of its certificate";
  return { reason, detail: `Microsoft Intune refused ${asked} with ${code}.${said}` };
}

/** Verdicts that say more than that one device is refused. */
const alarmsOfCodes: ReadonlyMap<string, { readonly alarm: string; readonly remedy: string }> =
  new Map([
    [
      // The challenge was made for another Entra tenant: a mistake of set-up, not of the device.
      "BadTenantIdInChallenge",
      {
        alarm: "intune_tenant_mismatch",
        remedy:
          "The SCEP URL of the profile, or the app registration of the connection, belongs to another Entra tenant.",
      },
    ],
    [
      unreadableRequestCode,
      {
        alarm: "intune_request_unreadable",
        remedy:
          "Requests are sent on octet by octet, so this is probably ours to mend. Give the activity id to support.",
      },
    ],
    [
      "SignatureValidationFailed",
      {
        alarm: "intune_challenge_not_genuine",
        remedy:
          "Somebody may have altered or forged a challenge: look at the transaction's subject and source.",
      },
    ],
  ]);

/** What an administrator must mend is said aloud, besides standing in the transaction's timeline. */
export function raiseIntuneAlarm(
  failure: IntuneFailure,
  { transactionID }: IntuneRequest,
  { configuration, intuneConnection }: ServedConfiguration,
  log: EventLog,
): void {
  const about = {
    tenant: configuration.tenantId,
    configuration: configuration.name,
    connection: intuneConnection?.id,
    transactionID,
  };
  if (failure.kind === "misconfigured") {
    const { hop, problem, remedy } = failure;
    log.write({ event: "alarm", alarm: "intune_misconfigured", ...about, hop, problem, remedy });
  }
  const told = failure.kind === "refused" ? alarmsOfCodes.get(failure.code) : undefined;
  if (told) log.write({ event: "alarm", ...about, ...told });
}
