/**
 * Everything that the portal says, one file a page in a folder a language. Another language is another folder whose
 * dictionary has the type of the English one.
 */
import { apiKeys } from "./en/api-keys.ts";
import { auditLog } from "./en/audit-log.ts";
import { common } from "./en/common.ts";
import { configurationChain } from "./en/configuration-chain.ts";
import { configurationTest } from "./en/configuration-test.ts";
import { home } from "./en/home.ts";
import { intuneConnections } from "./en/intune-connections.ts";
import { members } from "./en/members.ts";
import { navigation } from "./en/navigation.ts";
import { scepConfigurations } from "./en/scep-configurations.ts";
import { settings } from "./en/settings.ts";
import { signIn } from "./en/sign-in.ts";
import { tenants } from "./en/tenants.ts";

const english = {
  apiKeys,
  auditLog,
  common,
  configurationChain,
  configurationTest,
  home,
  intuneConnections,
  members,
  navigation,
  scepConfigurations,
  settings,
  signIn,
  tenants,
};

export type Texts = typeof english;

/** What was done, told on the page that follows: the query carries its name, never its words. */
export const notices = {
  "api-key-revoked": english.apiKeys.revokedNotice,
  "agent-issued": english.scepConfigurations.agentIssued,
  "configuration-created": english.scepConfigurations.created,
  "configuration-changed": english.scepConfigurations.changed,
  "connection-created": english.intuneConnections.created,
  "connection-changed": english.intuneConnections.changed,
  "connection-certificate": english.intuneConnections.certificateMade,
  "connection-credential-removed": english.intuneConnections.removed,
  "connection-deleted": english.intuneConnections.deleted,
  "connection-secret-replaced": english.intuneConnections.secretReplaced,
  "entitlements-changed": english.tenants.changed,
  "provider-set": english.settings.providerSet,
  "provider-removed": english.settings.providerRemoved,
  "tenant-added": english.tenants.added,
  "tenant-renamed": english.settings.renamed,
  "member-added": english.members.added,
  "member-removed": english.members.removed,
} as const;

export type Notice = keyof typeof notices;

export const texts: Texts = english;
