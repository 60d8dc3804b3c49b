/** All stores in D1, each behind its port. */
import { createApiKeyStore } from "./api-key-store.ts";
import { createAuditChain } from "./audit-chain.ts";
import { createAuditLog } from "./audit-log.ts";
import { createAuthorityEventStore } from "./authority-event-store.ts";
import { createAuthoritySuccessionStore } from "./authority-succession-store.ts";
import { createCertificateAuthorityDirectory } from "./certificate-authority-directory.ts";
import { createCertificateTemplateStore } from "./certificate-template-store.ts";
import { openDatabase } from "./database.ts";
import { createDevelopmentMailbox } from "./development-mailbox.ts";
import { createEnrolmentAgentStore } from "./enrolment-agent-store.ts";
import { createIdempotencyStore } from "./idempotency-store.ts";
import { createOcspResponderStore } from "./ocsp-responder-store.ts";
import { createMemberStore } from "./member-store.ts";
import { createNetworkStore } from "./network-store.ts";
import { createMailOutbox } from "./mail-outbox.ts";
import { createNotificationAddressStore } from "./notification-address-store.ts";
import { createIntuneConnectionDirectory } from "./intune-connection-directory.ts";
import { createIntuneRevocationStore } from "./intune-revocation-store.ts";
import { createOneTimeLinkStore } from "./one-time-link-store.ts";
import { createPlatformRecord } from "./platform-record.ts";
import { createPublishedAuthorityStore } from "./published-authority-store.ts";
import { createScepConfigurationDirectory } from "./scep-configuration-directory.ts";
import { createEnrolmentConfigurationStore } from "./scep-configuration-store.ts";
import { createSessionStore } from "./session-store.ts";
import { createSignInProviderStore } from "./sign-in-provider-store.ts";
import { createTenantStore } from "./tenant-store.ts";
import { createTokenRequestStore } from "./token-request-store.ts";
import { createTransactionDirectory } from "./transaction-directory.ts";
import { createTokenDirectory, createTokenStore } from "./token-store.ts";
import { createWrappedSecrets } from "./wrapped-secrets.ts";

import { createWebhookStore } from "./webhook-store.ts";

export function createStores(d1: D1Database) {
  const db = openDatabase(d1);
  return {
    wrappedSecrets: createWrappedSecrets(db),
    tenants: createTenantStore(db),
    authorityDirectory: createCertificateAuthorityDirectory(db),
    authorityEvents: createAuthorityEventStore(db),
    successions: createAuthoritySuccessionStore(db),
    templates: createCertificateTemplateStore(db),
    networks: createNetworkStore(db),
    configurations: createScepConfigurationDirectory(db),
    enrolmentConfigurations: createEnrolmentConfigurationStore(db),
    agents: createEnrolmentAgentStore(db),
    ocspResponders: createOcspResponderStore(db),
    publishedAuthorities: createPublishedAuthorityStore(db),
    intuneConnections: createIntuneConnectionDirectory(db),
    intuneRevocations: createIntuneRevocationStore(db),
    tokenRequests: createTokenRequestStore(db),
    tokens: createTokenDirectory(db),
    tokensByChallenge: createTokenStore(db),
    oneTimeLinks: createOneTimeLinkStore(db),
    mailOutbox: createMailOutbox(db),
    webhooks: createWebhookStore(db),
    developmentMailbox: createDevelopmentMailbox(db),
    notificationAddresses: createNotificationAddressStore(db),
    apiKeys: createApiKeyStore(db),
    members: createMemberStore(db),
    sessions: createSessionStore(db),
    signInProviders: createSignInProviderStore(db),
    auditChain: createAuditChain(db),
    auditLog: createAuditLog(db),
    transactionDirectory: createTransactionDirectory(db),
    platformRecord: createPlatformRecord(db),
    idempotency: createIdempotencyStore(db),
  };
}
