/**
 * Audit events in a chain of hashes, one for each tenant and one for the deployment: what was changed, removed or put in
 * between shows. Links are made behind the events, because D1 cannot hash and two actions at once must not wait.
 */
import type { AuditEvent } from "./audit-log.ts";

/** A chain's name: the tenant's id, or `deployment`. */
export type ChainName = string;

export interface AuditLink {
  readonly eventId: string;
  /** From 1, without a gap. */
  readonly sequence: number;
  readonly linkedAt: Date;
  readonly hash: Uint8Array;
}

export interface AuditHead {
  readonly sequence: number;
  /** The sequence (8 octets) and the hash of that link, wrapped: who has no master key cannot make one. */
  readonly wrapped: Uint8Array;
  readonly sealedAt: Date;
}

export interface AuditChain {
  /** Of all chains but these, oldest first; events behind this id that stand in none. */
  listUnlinked(
    afterId: string,
    limit: number,
    except: readonly (string | undefined)[],
  ): Promise<readonly AuditEvent[]>;
  findHead(chain: ChainName): Promise<AuditHead | undefined>;
  /**
   * The links and the new head, whole or not at all.
   * @param before sequence of the head that they follow, 0 for none; false: another one was faster
   */
  append(
    chain: ChainName,
    tenantId: string | undefined,
    before: number,
    links: readonly AuditLink[],
    head: AuditHead,
  ): Promise<boolean>;
  /** In their order, each with its event; undefined: it is not there any more. */
  readLinks(
    chain: ChainName,
    afterSequence: number,
    limit: number,
  ): Promise<readonly { readonly link: AuditLink; readonly event: AuditEvent | undefined }[]>;
  /** How many events are in no chain. @param since those with at least this id, or `before` it */
  countUnlinked(
    tenantId: string | undefined,
    than: { readonly before: string } | { readonly since: string },
  ): Promise<number>;
}
