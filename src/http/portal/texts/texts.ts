/**
 * Everything that the portal says, one file a page in a folder a language. Another language is another folder whose
 * dictionary has the type of the English one.
 */
import { apiKeys } from "./en/api-keys.ts";
import { approvals } from "./en/approvals.ts";
import { auditLog } from "./en/audit-log.ts";
import { certificates } from "./en/certificates.ts";
import { certificateAuthorities } from "./en/certificate-authorities.ts";
import { certificateTemplates } from "./en/certificate-templates.ts";
import { common } from "./en/common.ts";
import { configurationChain } from "./en/configuration-chain.ts";
import { configurationTest } from "./en/configuration-test.ts";
import { dashboard } from "./en/dashboard.ts";
import { home } from "./en/home.ts";
import { intuneConnections } from "./en/intune-connections.ts";
import { mails } from "./en/mails.ts";
import { members } from "./en/members.ts";
import { navigation } from "./en/navigation.ts";
import { networks } from "./en/networks.ts";
import { notices as noticesPage } from "./en/notices.ts";
import { platform } from "./en/platform.ts";
import { scepConfigurations } from "./en/scep-configurations.ts";
import { settings } from "./en/settings.ts";
import { setup } from "./en/setup.ts";
import { signIn } from "./en/sign-in.ts";
import { succession } from "./en/succession.ts";
import { tenants } from "./en/tenants.ts";
import { tokenRequests } from "./en/token-requests.ts";
import { tokens } from "./en/tokens.ts";
import { transactions } from "./en/transactions.ts";
import { webhooks } from "./en/webhooks.ts";

const english = {
  apiKeys,
  approvals,
  auditLog,
  certificates,
  certificateAuthorities,
  certificateTemplates,
  common,
  configurationChain,
  configurationTest,
  dashboard,
  home,
  intuneConnections,
  mails,
  members,
  navigation,
  networks,
  notices: noticesPage,
  platform,
  setup,
  scepConfigurations,
  settings,
  signIn,
  succession,
  tenants,
  tokenRequests,
  tokens,
  transactions,
  webhooks,
};

export type Texts = typeof english;

/** What was done, told on the page that follows: the query carries its name, never its words. */
export const notices = {
  "api-key-revoked": english.apiKeys.revokedNotice,
  "agent-issued": english.scepConfigurations.agentIssued,
  "authority-created": english.certificateAuthorities.created,
  "authority-awaiting": english.certificateAuthorities.awaiting,
  "authority-imported": english.certificateAuthorities.imported,
  "authority-installed": english.certificateAuthorities.installed,
  "authority-retired": english.certificateAuthorities.retired,
  "authority-revoked": english.certificateAuthorities.revoked,
  "successor-staged": english.succession.stagedNotice,
  "successor-waiting": english.succession.waitingNotice,
  "successor-planned": english.succession.plannedNotice,
  "successor-promoted": english.succession.promotedNotice,
  "successor-promoting": english.succession.promotingNotice,
  "successor-withdrawn": english.succession.withdrawnNotice,
  "template-created": english.certificateTemplates.created,
  "template-changed": english.certificateTemplates.changed,
  "network-created": english.networks.created,
  "network-changed": english.networks.changed,
  "network-deleted": english.networks.deleted,
  "configuration-created": english.scepConfigurations.created,
  "configuration-changed": english.scepConfigurations.changed,
  "connection-created": english.intuneConnections.created,
  "connection-changed": english.intuneConnections.changed,
  "connection-certificate": english.intuneConnections.certificateMade,
  "connection-credential-removed": english.intuneConnections.removed,
  "connection-deleted": english.intuneConnections.deleted,
  "connection-secret-replaced": english.intuneConnections.secretReplaced,
  "entitlements-changed": english.tenants.changed,
  "setup-step-taken": english.setup.stepTaken,
  "provider-set": english.settings.providerSet,
  "provider-removed": english.settings.providerRemoved,
  "addresses-saved": english.mails.saved,
  "certificate-held": english.certificates.heldNotice,
  "certificate-released": english.certificates.releasedNotice,
  "certificate-revoked": english.certificates.revokedNotice,
  "mail-retried": english.mails.retried,
  "request-approved": english.approvals.decided.approved,
  "request-rejected": english.approvals.decided.rejected,
  "token-link-replaced": english.tokenRequests.linkNotice,
  "token-request-approved": english.tokenRequests.approvedNotice,
  "token-request-waiting": english.tokenRequests.waitingNotice,
  "token-revoked": english.tokens.revokedNotice,
  "webhook-changed": english.webhooks.changed,
  "webhook-removed": english.webhooks.removed,
  "webhook-tested": english.webhooks.tested,
  "tenant-added": english.tenants.added,
  "tenant-renamed": english.settings.renamed,
  "member-added": english.members.added,
  "member-removed": english.members.removed,
} as const;

export type Notice = keyof typeof notices;

export const texts: Texts = english;
