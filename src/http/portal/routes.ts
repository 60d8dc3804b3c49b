/** All pages. What is not in this list does not exist. */
import { apiKeyPages } from "./pages/api-keys.tsx";
import { auditLogPages } from "./pages/audit-log.tsx";
import { scepConfigurationPage } from "./pages/configuration/configuration.tsx";
import { scepConfigurationPages } from "./pages/configuration/configurations.tsx";
import { authoritiesPages } from "./pages/authorities/authorities.tsx";
import { authorityPages } from "./pages/authorities/authority.tsx";
import { importAuthorityPages } from "./pages/authorities/import-authority.tsx";
import { newAuthorityPages } from "./pages/authorities/new-authority.tsx";
import { successorPages } from "./pages/authorities/successor.tsx";
import { configurationTestPages } from "./pages/configuration/test.tsx";
import { networkPages } from "./pages/networks.tsx";
import { templatePages } from "./pages/templates/template.tsx";
import { templatesPages } from "./pages/templates/templates.tsx";
import { intuneConnectionPage } from "./pages/configuration/intune-connection.tsx";
import { intuneConnectionPages } from "./pages/configuration/intune-connections.tsx";
import { approvalPages } from "./pages/credentials/approvals.tsx";
import { certificatePage } from "./pages/credentials/certificate.tsx";
import { certificatePages } from "./pages/credentials/certificates.tsx";
import { tokenRequestFormPages } from "./pages/credentials/token-request-form.tsx";
import { tokenRequestPages } from "./pages/credentials/token-requests.tsx";
import { tokenPages } from "./pages/credentials/tokens.tsx";
import { transactionPage } from "./pages/credentials/transaction.tsx";
import { transactionPages } from "./pages/credentials/transactions.tsx";
import { dashboardPages } from "./pages/dashboard/dashboard.tsx";
import { setupPages } from "./pages/dashboard/setup.tsx";
import { homePages } from "./pages/home.tsx";
import { mailPages } from "./pages/mails.tsx";
import { memberPages } from "./pages/members.tsx";
import { noticePages } from "./pages/notices.tsx";
import { platformHealthPages } from "./pages/platform-health.tsx";
import { settingsPages } from "./pages/settings.tsx";
import { tenantPages } from "./pages/tenants.tsx";
import { webhookPage } from "./pages/webhook.tsx";
import { webhookPages } from "./pages/webhooks.tsx";
import type { PortalRoute } from "./route.ts";

export const portalRoutes: readonly PortalRoute[] = [
  ...homePages,
  ...dashboardPages,
  ...setupPages,
  ...noticePages,
  ...platformHealthPages,
  ...memberPages,
  ...apiKeyPages,
  ...auditLogPages,
  ...settingsPages,
  ...scepConfigurationPages,
  ...scepConfigurationPage,
  ...authoritiesPages,
  ...newAuthorityPages,
  ...importAuthorityPages,
  ...authorityPages,
  ...successorPages,
  ...configurationTestPages,
  ...templatesPages,
  ...templatePages,
  ...networkPages,
  ...intuneConnectionPages,
  ...intuneConnectionPage,
  ...tenantPages,
  ...tokenRequestFormPages,
  ...tokenRequestPages,
  ...approvalPages,
  ...tokenPages,
  ...certificatePages,
  ...certificatePage,
  ...transactionPages,
  ...transactionPage,
  ...mailPages,
  ...webhookPages,
  ...webhookPage,
];
