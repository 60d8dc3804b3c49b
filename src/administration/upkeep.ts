/** What the clock asks for, every minute: CAs are woken, so that a lost alarm is armed again, and heard; what waits is sent, and what is old goes. */
import { chainAuditEvents } from "./audit-chain.ts";
import { wakeAuthorities } from "./authority-wakes.ts";
import { keepUpAgents } from "./agent-upkeep.ts";
import type { TellingNeeds } from "./authority-news.ts";
import type { Needs } from "./dependencies.ts";
import { type IntuneRevocationNeeds, revokeForIntune } from "./intune-revocation.ts";
import { rewrapSecrets } from "./master-keys.ts";
import { deliverMails, type DeliveryNeeds } from "./mail-delivery.ts";
import type { SuccessionNeeds } from "./succession-steps.ts";
import { keepUpSuccessions } from "./succession-upkeep.ts";
import { purgeTransactions } from "./transactions.ts";
import { deliverWebhooks, type WebhookDeliveryNeeds } from "./webhook-delivery.ts";
import { tellOfEndingSecrets } from "./ending-secrets.ts";
import { collectEnding, collectRefused } from "./webhook-collection.ts";
import { collectIssued } from "./webhook-events.ts";

type UpkeepNeeds = SuccessionNeeds &
  Needs<
    | "authorityDirectory"
    | "authorities"
    | "authorityEvents"
    | "configurations"
    | "wrappedSecrets"
    | "keyWrapping"
    | "transactionDirectory"
    | "intuneConnections"
    | "platformRecord"
    | "auditChain"
    | "clock"
    | "log"
  > &
  TellingNeeds &
  DeliveryNeeds &
  WebhookDeliveryNeeds &
  IntuneRevocationNeeds;

/** One part's trouble is logged and keeps no other part waiting. */
export async function keepUp(dependencies: UpkeepNeeds): Promise<void> {
  const parts = [
    wakeAuthorities,
    keepUpAgents,
    keepUpSuccessions,
    rewrapSecrets,
    tellOfEndingSecrets,
    collectIssued,
    collectRefused,
    collectEnding,
    deliverMails,
    deliverWebhooks,
    revokeForIntune,
    purgeTransactions,
    chainAuditEvents,
  ];
  const startedAt = dependencies.clock.now();
  const failedParts: string[] = [];
  for (const part of parts) {
    try {
      await part(dependencies);
    } catch (error) {
      failedParts.push(part.name);
      dependencies.log.fault(part.name, error);
    }
  }
  const endedAt = dependencies.clock.now();
  await dependencies.platformRecord.noteUpkeep({ startedAt, endedAt, failedParts });
}
