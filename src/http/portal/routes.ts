/** All pages. What is not in this list does not exist. */
import { apiKeyPages } from "./pages/api-keys.tsx";
import { auditLogPages } from "./pages/audit-log.tsx";
import { scepConfigurationPage } from "./pages/configuration/configuration.tsx";
import { scepConfigurationPages } from "./pages/configuration/configurations.tsx";
import { intuneConnectionPage } from "./pages/configuration/intune-connection.tsx";
import { intuneConnectionPages } from "./pages/configuration/intune-connections.tsx";
import { homePages } from "./pages/home.tsx";
import { memberPages } from "./pages/members.tsx";
import { settingsPages } from "./pages/settings.tsx";
import { tenantPages } from "./pages/tenants.tsx";
import type { PortalRoute } from "./route.ts";

export const portalRoutes: readonly PortalRoute[] = [
  ...homePages,
  ...memberPages,
  ...apiKeyPages,
  ...auditLogPages,
  ...settingsPages,
  ...scepConfigurationPages,
  ...scepConfigurationPage,
  ...intuneConnectionPages,
  ...intuneConnectionPage,
  ...tenantPages,
];
