/** The REST API: what every request passes through, and the resources. Mounted at /api/v1. */
import { apiKeyRoutes } from "./api-key-routes.ts";
import { auditEventRoutes } from "./audit-event-routes.ts";
import { authoritySuccessionRoutes } from "./authority-succession-routes.ts";
import { authorityImportRoutes } from "./authority-import-routes.ts";
import { requireApiKey, requireTenant } from "./authentication.ts";
import { certificateAuthorityRoutes } from "./certificate-authority-routes.ts";
import { certificateInventoryRoutes } from "./certificate-inventory-routes.ts";
import { certificateRoutes } from "./certificate-routes.ts";
import { certificateTemplateRoutes } from "./certificate-template-routes.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { enrolmentAgentRoutes } from "./enrolment-agent-routes.ts";
import { enrolmentRequestRoutes } from "./enrolment-request-routes.ts";
import { externalAuthorityRoutes } from "./external-authority-routes.ts";
import { idempotency } from "./idempotency.ts";
import { intuneConnectionRoutes } from "./intune-connection-routes.ts";
import { masterKeyRoutes } from "./master-key-routes.ts";
import { platformHealthRoutes } from "./platform-health-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { networkRoutes } from "./network-routes.ts";
import { mailRoutes } from "./mail-routes.ts";
import { noticeRoutes } from "./notice-routes.ts";
import { presetRoutes } from "./preset-routes.ts";
import { faultProblem, problemOf, problemResponse } from "./problem.ts";
import { renderReferencePage } from "./reference-page.tsx";
import { limitBody, requireJson } from "./request-body.ts";
import { type ApiRouter, createRouter } from "./router.ts";
import { scepConfigurationRoutes } from "./scep-configuration-routes.ts";
import { templatePreviewRoutes } from "./template-preview-routes.ts";
import { signInProviderRoutes } from "./sign-in-provider-routes.ts";
import { tenantRoutes } from "./tenant-routes.ts";
import { tokenRequestRoutes } from "./token-request-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { transactionRoutes } from "./transaction-routes.ts";
import { unmatchedProblem } from "./unmatched.ts";
import { webhookRoutes } from "./webhook-routes.ts";

const basePath = "/api/v1";

const description = {
  openapi: "3.1.0",
  info: {
    title: "Edge SCEP",
    version: "1",
    description:
      "Tenants, certification authorities, SCEP configurations and tokens. Errors are problem documents (RFC 9457).",
  },
  servers: [{ url: basePath }],
};

export function createApi(dependencies: ApiDependencies): ApiRouter {
  const api = createRouter();
  api.openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
  });
  const document = () => api.getOpenAPI31Document(description);

  api.onError((error) => {
    const problem = problemOf(error);
    if (!problem) dependencies.reportFault(error);
    return problemResponse(problem ?? faultProblem);
  });
  api.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
    context.header("x-content-type-options", "nosniff");
  });

  api.get("/openapi.json", (context) => context.json(document()));
  api.get("/docs", (context) => renderReferencePage(context, document()));

  api.use(requireApiKey(dependencies));
  api.use("/tenants/:tenant/*", requireTenant(dependencies));
  api.use(limitBody, requireJson, idempotency(dependencies));

  api.route("/", masterKeyRoutes(dependencies));
  api.route("/", platformHealthRoutes(dependencies));
  api.route("/", tenantRoutes(dependencies));
  api.route("/", certificateAuthorityRoutes(dependencies));
  api.route("/", authoritySuccessionRoutes(dependencies));
  api.route("/", authorityImportRoutes(dependencies));
  api.route("/", externalAuthorityRoutes(dependencies));
  api.route("/", certificateTemplateRoutes(dependencies));
  api.route("/", templatePreviewRoutes(dependencies));
  api.route("/", networkRoutes(dependencies));
  api.route("/", presetRoutes());
  api.route("/", scepConfigurationRoutes(dependencies));
  api.route("/", enrolmentAgentRoutes(dependencies));
  api.route("/", intuneConnectionRoutes(dependencies));
  api.route("/", tokenRequestRoutes(dependencies));
  api.route("/", tokenRoutes(dependencies));
  api.route("/", enrolmentRequestRoutes(dependencies));
  api.route("/", certificateInventoryRoutes(dependencies));
  api.route("/", certificateRoutes(dependencies));
  api.route("/", noticeRoutes(dependencies));
  api.route("/", mailRoutes(dependencies));
  api.route("/", transactionRoutes(dependencies));
  api.route("/", webhookRoutes(dependencies));
  api.route("/", apiKeyRoutes(dependencies));
  api.route("/", memberRoutes(dependencies));
  api.route("/", signInProviderRoutes(dependencies));
  api.route("/", auditEventRoutes(dependencies));

  api.all("*", (context) => {
    throw unmatchedProblem(context.req.path.replace(basePath, ""), document().paths ?? {});
  });
  return api;
}
