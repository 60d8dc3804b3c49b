/** What may be done, by name, and which role may do it. API and portal both ask this table, and nothing else does. */
import type { MemberRole } from "../ports/member-store.ts";

/** Inside one tenant. */
const tenantPermissions = [
  "tenant.read",
  "tenant.configure",
  "authority.read",
  "authority.manage",
  "template.read",
  "template.manage",
  "configuration.read",
  "configuration.manage",
  "intune.read",
  "intune.manage",
  "token-request.read",
  "token-request.create",
  "token-request.approve",
  /** To approve what one has asked for oneself. */
  "token-request.approve-own",
  "token.read",
  "token.revoke",
  "enrolment-request.read",
  "enrolment-request.decide",
  "certificate.read",
  "certificate.revoke",
  "transaction.read",
  "member.read",
  "member.manage",
  "api-key.read",
  "api-key.manage",
  "webhook.read",
  "webhook.manage",
  "mail.read",
  "mail.manage",
  "audit.read",
] as const;

export type TenantPermission = (typeof tenantPermissions)[number];

/** About the deployment as a whole; operators have all of them, and all of every tenant's. */
export type OperatorPermission =
  | "deployment.read"
  | "tenant.manage"
  | "entitlement.manage"
  | "shared-authority.manage"
  | "operator.manage";

export const tenantRoles = ["tenant-administrator", "approver", "requester", "auditor"] as const;
export type TenantRole = Exclude<MemberRole, "operator">;

/** What everybody needs who works with requests and certificates. */
const workplace: readonly TenantPermission[] = [
  "tenant.read",
  "authority.read",
  "template.read",
  "configuration.read",
  "token-request.read",
  "certificate.read",
  "transaction.read",
];

const permissionsOfRole: Readonly<Record<TenantRole, ReadonlySet<TenantPermission>>> = {
  "tenant-administrator": new Set(tenantPermissions),
  approver: new Set([
    ...workplace,
    "token-request.create",
    "token-request.approve",
    "token.read",
    "token.revoke",
    "enrolment-request.read",
    "enrolment-request.decide",
    "certificate.revoke",
  ]),
  requester: new Set([...workplace, "token-request.create"]),
  auditor: new Set([
    ...workplace,
    ...tenantPermissions.filter((permission) => permission.endsWith(".read")),
  ]),
};

const known: ReadonlySet<string> = new Set(tenantPermissions);

export const isTenantPermission = (permission: string): permission is TenantPermission =>
  known.has(permission);

export const roleAllows = (role: TenantRole, permission: TenantPermission): boolean =>
  permissionsOfRole[role].has(permission);

/** Operators may in any case. */
export const rolesWith = (permission: TenantPermission): readonly TenantRole[] =>
  tenantRoles.filter((role) => roleAllows(role, permission));
