/** SCEP configurations as their administrators see them, unfinished ones included. */
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";
import type { ScepConfiguration } from "./scep-configuration-store.ts";

export type PresetName =
  | "standard"
  | "legacy"
  | "intune"
  | "intune-windows"
  | "intune-apple"
  | "intune-android"
  | "apple"
  | "certmonger"
  | "fortigate"
  | "sonicwall"
  | "cisco-ios"
  | "mikrotik"
  | "chromeos"
  | "network-appliance";

/** One certificate of the GetCACert answer, by what it is: the agent's changes when the agent is renewed. */
export type ChainItem =
  | { readonly type: "enrolment-agent" }
  | { readonly type: "certificate-authority"; readonly id: string }
  /** One of the certificates above a CA that are not hosted here; 0 is its issuer's. */
  | { readonly type: "external-authority"; readonly id: string; readonly position: number };

export interface ConfigurationEntry extends ScepConfiguration {
  /** For people; the name is what stands in the URL. */
  readonly displayName: string;
  readonly certificateTemplateId: string;
  readonly preset: PresetName;
  /** In the order of the answer; the same certificate may appear more than once. */
  readonly chain: readonly ChainItem[];
  /** Of kind `intune`: without one it cannot be enabled. Null and absent are the same. */
  readonly intuneConnectionId?: string | null;
  readonly createdAt: Date;
}

/** What may change after the configuration was made. */
export type ConfigurationChange = Partial<
  Pick<
    ConfigurationEntry,
    | "displayName"
    | "certificateTemplateId"
    | "wire"
    | "requiresApproval"
    | "enabled"
    | "chain"
    | "intuneConnectionId"
  >
>;

export interface ScepConfigurationDirectory {
  /** False when the tenant has a configuration of this name, of either kind. */
  createConfiguration(entry: ConfigurationEntry, event: AuditEvent): Promise<boolean>;
  changeConfiguration(
    tenantId: string,
    id: string,
    change: ConfigurationChange,
    event: AuditEvent,
  ): Promise<void>;
  /** By name; also by id, for references. */
  findConfiguration(tenantId: string, nameOrId: string): Promise<ConfigurationEntry | undefined>;
  listConfigurations(tenantId: string, page: PageRequest): Promise<Page<ConfigurationEntry>>;
  /**
   * All of a tenant, few columns: for questions that go to the CAs. One entry for the CA that a configuration issues
   * through, first, and one for each that it has issued through before.
   */
  listIssuingConfigurations(
    tenantId: string,
  ): Promise<
    readonly Pick<
      ConfigurationEntry,
      "id" | "name" | "certificateAuthorityId" | "certificateTemplateId"
    >[]
  >;
}
