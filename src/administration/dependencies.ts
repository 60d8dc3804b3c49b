/** The ports that the use cases see the world through. Each use case names the few it needs. */
import type { ApiKeyStore } from "../ports/api-key-store.ts";
import type { AuditChain } from "../ports/audit-chain.ts";
import type { AuditLog } from "../ports/audit-log.ts";
import type { AuthorityEventStore } from "../ports/authority-event-store.ts";
import type { CertificateAuthorities } from "../ports/certificate-authority.ts";
import type { AuthoritySuccessionStore } from "../ports/authority-succession-store.ts";
import type { CertificateAuthorityDirectory } from "../ports/certificate-authority-directory.ts";
import type { CertificateTemplateStore } from "../ports/certificate-template-store.ts";
import type { Background } from "../ports/background.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConfigurationChanges } from "../ports/configuration-changes.ts";
import type { EnrolmentAgentStore } from "../ports/enrolment-agent-store.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { Health } from "../ports/health.ts";
import type { IntuneConnectionDirectory } from "../ports/intune-connection-directory.ts";
import type { IntuneRevocationStore } from "../ports/intune-revocation-store.ts";
import type { IntuneService } from "../ports/intune-service.ts";
import type { KeyWrapping } from "../ports/key-wrapping.ts";
import type { MemberStore } from "../ports/member-store.ts";
import type { NetworkStore } from "../ports/network-store.ts";
import type { MailOutbox } from "../ports/mail-outbox.ts";
import type { DevelopmentMailbox, MailComposer, MailTransport } from "../ports/mail-transport.ts";
import type { NotificationAddressStore } from "../ports/notification-addresses.ts";
import type { OneTimeLinkStore } from "../ports/one-time-link-store.ts";
import type { ScepConfigurationDirectory } from "../ports/scep-configuration-directory.ts";
import type { ScepExchange } from "../ports/scep-exchange.ts";
import type { SignInProviderStore } from "../ports/sign-in-provider-store.ts";
import type { PlatformRecord } from "../ports/platform-record.ts";
import type { TenantStore } from "../ports/tenant-store.ts";
import type { TokenDirectory } from "../ports/token-directory.ts";
import type { TransactionDirectory } from "../ports/transaction-log.ts";
import type { TokenRequestStore } from "../ports/token-request-store.ts";
import type { WebhookSender } from "../ports/webhook-sender.ts";
import type { WebhookStore } from "../ports/webhook-store.ts";
import type { WrappedSecrets } from "../ports/wrapped-secrets.ts";

export interface AdministrationDependencies {
  readonly tenants: TenantStore;
  readonly authorityDirectory: CertificateAuthorityDirectory;
  readonly authorityEvents: AuthorityEventStore;
  readonly successions: AuthoritySuccessionStore;
  readonly templates: CertificateTemplateStore;
  readonly networks: NetworkStore;
  readonly configurations: ScepConfigurationDirectory;
  readonly agents: EnrolmentAgentStore;
  readonly intuneConnections: IntuneConnectionDirectory;
  readonly intune: IntuneService;
  readonly intuneRevocations: IntuneRevocationStore;
  readonly tokenRequests: TokenRequestStore;
  readonly tokens: TokenDirectory;
  readonly oneTimeLinks: OneTimeLinkStore;
  readonly mailOutbox: MailOutbox;
  readonly mailComposer: MailComposer;
  /** Undefined: the deployment has no mail; what was queued waits. */
  readonly mailTransport: MailTransport | undefined;
  readonly developmentMailbox: DevelopmentMailbox;
  readonly notificationAddresses: NotificationAddressStore;
  readonly webhooks: WebhookStore;
  readonly webhookSender: WebhookSender;
  readonly background: Background;
  readonly apiKeys: ApiKeyStore;
  readonly members: MemberStore;
  readonly signInProviders: SignInProviderStore;
  readonly auditLog: AuditLog;
  readonly auditChain: AuditChain;
  readonly health: Health;
  readonly platformRecord: PlatformRecord;
  readonly transactionDirectory: TransactionDirectory;
  readonly authorities: CertificateAuthorities;
  readonly keyWrapping: KeyWrapping;
  readonly wrappedSecrets: WrappedSecrets;
  readonly configurationChanges: ConfigurationChanges;
  readonly scepExchange: ScepExchange;
  readonly clock: Clock;
  readonly log: EventLog;
  /** Addresses on loopback and custom clouds are lawful only here. */
  readonly development: boolean;
  /** Where links and SCEP URLs begin: from configuration, never from a request. */
  readonly publicHttpOrigin: string;
  readonly publicHttpsOrigin: string;
}

/** The part of the dependencies that a use case needs. */
export type Needs<Names extends keyof AdministrationDependencies> = Pick<
  AdministrationDependencies,
  Names
>;
