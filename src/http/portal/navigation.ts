/** The menu: a line a page, shown to those who may open it. Labels are the guide's. */
import type { OperatorPermission, TenantPermission } from "../../administration/permissions.ts";
import type { Texts } from "./texts/texts.ts";

type Label = keyof Texts["navigation"];

interface Entry<Permission> {
  readonly label: Label;
  /** Below the tenant's, or the operators', pages. */
  readonly path: string;
  readonly permission: Permission;
  /** A heading below the section's; its entries stand together. */
  readonly group?: Label;
}

interface Section<Permission> {
  readonly label: Label;
  readonly entries: readonly Entry<Permission>[];
}

export const tenantSections: readonly Section<TenantPermission>[] = [
  {
    label: "tenant",
    entries: [
      { label: "home", path: "", permission: "tenant.read" },
      { label: "notices", path: "/notices", permission: "certificate.read" },
      { label: "setup", path: "/setup", permission: "configuration.manage" },
    ],
  },
  {
    label: "configuration",
    entries: [
      {
        label: "scepConfiguration",
        path: "/scep-configurations",
        permission: "configuration.read",
      },
      {
        label: "certificateAuthorities",
        path: "/certificate-authorities",
        permission: "authority.read",
      },
      {
        label: "certificateTemplates",
        path: "/certificate-templates",
        permission: "template.read",
      },
      { label: "networks", path: "/networks", permission: "template.read" },
    ],
  },
  {
    label: "credentials",
    entries: [
      { label: "approvals", path: "/approvals", permission: "enrolment-request.read" },
      { label: "transactions", path: "/transactions", permission: "transaction.read" },
      {
        label: "requestToken",
        path: "/request-scep-certificate",
        permission: "token-request.create",
        group: "certificate",
      },
      {
        label: "tokenRequests",
        path: "/token-requests",
        permission: "token-request.read",
        group: "certificate",
      },
      { label: "tokens", path: "/tokens", permission: "token.read", group: "certificate" },
      {
        label: "certificates",
        path: "/certificates",
        permission: "certificate.read",
        group: "certificate",
      },
    ],
  },
  {
    label: "administration",
    entries: [
      { label: "members", path: "/members", permission: "member.read" },
      { label: "apiKeys", path: "/api-keys", permission: "api-key.read" },
      { label: "auditLog", path: "/audit-log", permission: "audit.read" },
      { label: "mails", path: "/mails", permission: "mail.read" },
      { label: "webhooks", path: "/webhooks", permission: "webhook.read" },
      { label: "settings", path: "/settings", permission: "tenant.configure" },
    ],
  },
];

export const operatorSection: Section<OperatorPermission> = {
  label: "operator",
  entries: [
    { label: "platform", path: "/health", permission: "deployment.read" },
    { label: "operatorTenants", path: "/tenants", permission: "tenant.manage" },
    { label: "operators", path: "/operators", permission: "operator.manage" },
    { label: "apiKeys", path: "/api-keys", permission: "operator.manage" },
    { label: "auditLog", path: "/audit-log", permission: "deployment.read" },
  ],
};
