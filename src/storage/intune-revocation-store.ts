/** Intune's revocation requests in D1. */
import { and, asc, desc, eq, inArray, isNotNull, lte } from "drizzle-orm";
import type { IntuneCloud } from "../ports/intune-connection.ts";
import type { IntuneRevocationStore, RevocationTurn } from "../ports/intune-revocation-store.ts";
import { type Database, withoutNulls, wrote } from "./database.ts";
import { promotedAuthorities, withFormerAuthorities } from "./authority-succession.ts";
import { connectionOf, type ConnectionRow } from "./intune-connection-rows.ts";
import {
  intuneConnections,
  intuneCredentials,
  intuneRevocations,
  scepConfigurations,
} from "./schema.ts";

/** D1 takes a hundred parameters a statement, and a row has eight. */
const rowsAStatement = 12;

const isSameCloud = (one: IntuneCloud, other: IntuneCloud): boolean =>
  one.name === other.name && one.loginOrigin === other.loginOrigin;

export function createIntuneRevocationStore(db: Database): IntuneRevocationStore {
  async function turnOf(row: ConnectionRow, now: Date): Promise<RevocationTurn> {
    const { id, certificateAuthorityId } = scepConfigurations;
    const [credentials, ofDirectory, promoted] = await db.batch([
      db
        .select()
        .from(intuneCredentials)
        .where(eq(intuneCredentials.connectionId, row.id))
        .orderBy(desc(intuneCredentials.id)),
      db
        .select({ id, certificateAuthorityId, cloud: intuneConnections.cloud })
        .from(scepConfigurations)
        .innerJoin(
          intuneConnections,
          eq(scepConfigurations.intuneConnectionId, intuneConnections.id),
        )
        .where(
          and(
            eq(intuneConnections.tenantId, row.tenantId),
            eq(intuneConnections.directoryId, row.directoryId),
          ),
        ),
      promotedAuthorities(db, row.tenantId),
    ]);
    // Microsoft has one queue for a directory, and hands it to whichever of the tenant's connections asks first.
    const configurations = ofDirectory.flatMap(({ cloud, ...configuration }) =>
      isSameCloud(cloud, row.cloud) ? [configuration] : [],
    );
    return {
      connection: connectionOf(row, credentials, now),
      downloadedAt: row.revocationDownloadedAt ?? undefined,
      configurations: withFormerAuthorities(configurations, promoted),
    };
  }

  return {
    async claimTurns(now, leaseEnd, limit) {
      const due = await db
        .select()
        .from(intuneConnections)
        .where(lte(intuneConnections.revocationDueAt, now))
        .orderBy(asc(intuneConnections.revocationDueAt))
        .limit(limit);
      const turns: RevocationTurn[] = [];
      for (const row of due) {
        const claimed = await db
          .update(intuneConnections)
          .set({ revocationDueAt: leaseEnd })
          .where(
            and(eq(intuneConnections.id, row.id), lte(intuneConnections.revocationDueAt, now)),
          );
        if (wrote(claimed)) turns.push(await turnOf(row, now));
      }
      return turns;
    },

    async keepRequests({ id: connectionId, tenantId }, requests, downloadedAt) {
      const rows = requests.map((request) => ({
        ...{ ...request, connectionId, tenantId, createdAt: downloadedAt },
      }));
      const chunks = Array.from({ length: Math.ceil(rows.length / rowsAStatement) }, (_, index) =>
        rows.slice(index * rowsAStatement, (index + 1) * rowsAStatement),
      );
      await db.batch([
        db
          .update(intuneConnections)
          .set({ revocationDownloadedAt: downloadedAt })
          .where(eq(intuneConnections.id, connectionId)),
        ...chunks.map((chunk) => db.insert(intuneRevocations).values(chunk).onConflictDoNothing()),
      ]);
    },

    async listWaiting(connectionId, limit) {
      const { id, requestContext, serialNumber, issuerName, caConfiguration } = intuneRevocations;
      const { errorCode, errorMessage } = intuneRevocations;
      const rows = await db
        .select({
          ...{ id, requestContext, serialNumber, issuerName, caConfiguration },
          ...{ errorCode, errorMessage },
        })
        .from(intuneRevocations)
        .where(eq(intuneRevocations.connectionId, connectionId))
        .orderBy(id)
        .limit(limit);
      return rows.map(withoutNulls);
    },

    async settle(id, errorCode, errorMessage) {
      await db
        .update(intuneRevocations)
        .set({ errorCode, errorMessage: errorMessage ?? null })
        .where(eq(intuneRevocations.id, id));
    },

    async removeWaiting(ids) {
      for (let index = 0; index < ids.length; index += 50)
        await db
          .delete(intuneRevocations)
          .where(inArray(intuneRevocations.id, ids.slice(index, index + 50)));
    },

    async setNextTurn(connectionId, at) {
      await db
        .update(intuneConnections)
        .set({ revocationDueAt: at })
        .where(
          and(eq(intuneConnections.id, connectionId), isNotNull(intuneConnections.revocationDueAt)),
        );
    },
  };
}
