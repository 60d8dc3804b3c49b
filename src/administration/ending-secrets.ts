/** Secrets and certificates with which we speak to Microsoft: told by mail before they end, at three times. */
import type { Needs } from "./dependencies.ts";
import { noticeMails } from "./outgoing-mails.ts";

/** From the nearest: what was overslept is told once. */
const thresholds = [1, 7, 30] as const;
/** In one minute; the next one goes on. */
const atOnce = 50;

export async function tellOfEndingSecrets(
  dependencies: Needs<
    "intuneConnections" | "tenants" | "mailOutbox" | "notificationAddresses" | "members" | "clock"
  >,
): Promise<void> {
  const { intuneConnections, tenants, mailOutbox, clock } = dependencies;
  const now = clock.now();
  for (const days of thresholds) {
    for (const ending of await intuneConnections.listEndingCredentials(now, days, atOnce)) {
      const { id, tenantId, connectionName, expiresAt } = ending;
      const mails = await noticeMails(dependencies, {
        tenantId,
        concern: "upkeep",
        message: {
          kind: "expiring",
          tenantName: (await tenants.findTenant(tenantId))?.name ?? "",
          what: "secret",
          name: connectionName,
          endsAt: expiresAt.toISOString(),
        },
        about: id,
        at: now,
        key: `credential ${id} ${days}`,
      });
      // In this order: dying in between, the keys of the mails say that they are there.
      await mailOutbox.queueMails(mails);
      await intuneConnections.markCredentialTold(id, days);
    }
  }
}
