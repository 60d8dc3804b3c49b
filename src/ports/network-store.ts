/** Networks: a name for the domains that certificates of a network must carry. Templates refer to them by name. */
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";

export interface Network {
  readonly id: string;
  readonly tenantId: string;
  /** Never changes: templates refer to it. */
  readonly name: string;
  /** For people. */
  readonly description: string;
  /** Lower case, without a dot at either end; at least one. */
  readonly domains: readonly string[];
  readonly createdAt: Date;
}

export type NetworkChange = Pick<Network, "description" | "domains">;

export interface NetworkStore {
  /** False when the tenant has a network of this name. */
  createNetwork(network: Network, event: AuditEvent): Promise<boolean>;
  /** Also makes a new version of every template that refers to it, when the domains are others than before. */
  changeNetwork(network: Network, change: NetworkChange, event: AuditEvent): Promise<void>;
  /** False when a template refers to it, or it is gone. */
  deleteNetwork(network: Network, event: AuditEvent): Promise<boolean>;
  findNetwork(tenantId: string, name: string): Promise<Network | undefined>;
  listNetworks(tenantId: string, page: PageRequest): Promise<Page<Network>>;
  /** Ids and names of the templates whose newest version refers to it. */
  templatesOfNetwork(
    tenantId: string,
    name: string,
  ): Promise<readonly { readonly id: string; readonly name: string }[]>;
}
