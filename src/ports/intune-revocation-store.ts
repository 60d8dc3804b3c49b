/** The queue of certificates that Intune wants revoked, as far as it has been fetched. Nothing fetched is lost. */
import type { IntuneConnection } from "./intune-connection.ts";
import type { RevocationErrorCode, RevocationRequest } from "./intune-service.ts";

export interface WaitingRevocation extends RevocationRequest {
  readonly id: string;
  /** Absent until it was acted on. */
  readonly errorCode?: RevocationErrorCode;
  readonly errorMessage?: string;
}

/** One connection's turn, held by whoever claimed it until `revocationDueAt` comes again. */
export interface RevocationTurn {
  readonly connection: IntuneConnection;
  readonly downloadedAt: Date | undefined;
  /** The configurations of its tenant that validate at its directory, by it or by another connection, and their CAs. */
  readonly configurations: readonly {
    readonly id: string;
    readonly certificateAuthorityId: string;
  }[];
}

export interface IntuneRevocationStore {
  /** Claims turns that are due: of two pollers one gets each. They are due again at `leaseEnd` unless told otherwise. */
  claimTurns(now: Date, leaseEnd: Date, limit: number): Promise<readonly RevocationTurn[]>;
  /** Together with the time of the download; what is known by its context already stays as it is. */
  keepRequests(
    connection: Pick<IntuneConnection, "id" | "tenantId">,
    requests: readonly (RevocationRequest & { readonly id: string })[],
    downloadedAt: Date,
  ): Promise<void>;
  listWaiting(connectionId: string, limit: number): Promise<readonly WaitingRevocation[]>;
  settle(
    id: string,
    errorCode: RevocationErrorCode,
    errorMessage: string | undefined,
  ): Promise<void>;
  /** Microsoft has recorded their results. */
  removeWaiting(ids: readonly string[]): Promise<void>;
  /** Does nothing to a connection whose queue was switched off meanwhile. */
  setNextTurn(connectionId: string, at: Date): Promise<void>;
}
