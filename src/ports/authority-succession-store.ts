/** Which CA takes the place of which, and how far that has come. Of all tenants: access is checked by who asks. */
import type { AuditEvent } from "./audit-log.ts";
import type { CertificateAuthorityEntry } from "./certificate-authority-directory.ts";
import type { ChainItem, ConfigurationEntry } from "./scep-configuration-directory.ts";

/** A CA and the one that takes its place. */
export interface SuccessionEntry {
  readonly predecessor: CertificateAuthorityEntry;
  readonly successor: CertificateAuthorityEntry;
}

/** A configuration whose CA has a successor. */
export interface SucceedingConfiguration extends SuccessionEntry {
  readonly configuration: ConfigurationEntry;
}

export type FetchOperation = "GetCACert" | "GetNextCACert";

/** When the devices of a configuration last asked for certificates during a succession, and how often at least. */
export interface CertificateFetches {
  readonly configurationId: string;
  readonly operation: FetchOperation;
  readonly count: number;
  readonly lastAt: Date;
}

export interface AuthoritySuccessionStore {
  /** The newest that is or was to take its place; one that was withdrawn has `retired` and no `promotedAt`. */
  findSuccession(predecessorId: string): Promise<SuccessionEntry | undefined>;
  /** The CA from itself upwards, hosted ones only. */
  listLine(id: string): Promise<readonly CertificateAuthorityEntry[]>;
  /** False once the promotion has begun, and when it was withdrawn. */
  planPromotion(
    { successor }: SuccessionEntry,
    promoteAt: Date | undefined,
    event: AuditEvent,
  ): Promise<boolean>;
  /**
   * Of this and `withdraw` one writes, whatever the clocks of those who ask say. False when it has begun already, and for
   * a successor that is not ready.
   * @param occasion `date`: only if the one that was planned has come
   */
  beginPromotion(
    { successor }: SuccessionEntry,
    occasion: "asked" | "date",
    event: AuditEvent,
  ): Promise<boolean>;
  markStaged(successorId: string, event: AuditEvent): Promise<void>;
  /** Retires it, and its agents' keys go. False once the promotion has begun, and when it was withdrawn already. */
  withdraw(successorId: string, event: AuditEvent): Promise<boolean>;
  /** From here on configurations of the predecessor are to be moved. False when it is done already. */
  markPromoted(
    succession: SuccessionEntry,
    now: Date,
    retireAt: Date,
    event: AuditEvent,
  ): Promise<boolean>;
  /** False when it is on the successor already. Its agents from the predecessor get no successors any more. */
  moveConfiguration(
    moving: SucceedingConfiguration,
    chain: readonly ChainItem[],
    event: AuditEvent,
  ): Promise<boolean>;
  /** Of all tenants. */
  listConfigurationIds(certificateAuthorityId: string): Promise<readonly string[]>;
  listConfigurations(
    certificateAuthorityId: string,
    tenantId: string,
  ): Promise<readonly ConfigurationEntry[]>;

  /** For the clock, each some at random, so that one that is in trouble does not keep the others waiting. */
  listUnannounced(limit: number): Promise<readonly SuccessionEntry[]>;
  listDuePromotions(now: Date, limit: number): Promise<readonly SuccessionEntry[]>;
  /** Of staged successors that are not promoted yet: configurations that have no agent from them. */
  listUnprepared(
    limit: number,
    predecessorId?: string,
  ): Promise<readonly SucceedingConfiguration[]>;
  /**
   * Configurations that issue through a CA whose place another has taken. Its successor is here the nearest one that
   * issues: one that was revoked or retired since is passed over, and so are those it would leave nowhere to go.
   * @param except ids of configurations
   */
  listUnmoved(
    limit: number,
    except: readonly string[],
  ): Promise<readonly SucceedingConfiguration[]>;
  listDueRetirements(now: Date, limit: number): Promise<readonly CertificateAuthorityEntry[]>;
  postponeRetirement(id: string, retireAt: Date): Promise<void>;
  markRetired(id: string, event: AuditEvent): Promise<void>;

  /** Adds to what was counted. */
  recordFetches(fetches: CertificateFetches, successorId: string): Promise<void>;
  listFetches(successorId: string): Promise<readonly CertificateFetches[]>;
}
