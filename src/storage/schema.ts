/** The tables in D1. Secrets are here as hashes, keys only wrapped; see docs/storage.md. */
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import type { NameConstraints } from "../pki/name-constraints.ts";
import type { Member, MemberRole } from "../ports/member-store.ts";
import type { ChainItem, PresetName } from "../ports/scep-configuration-directory.ts";
import type { ResponderKeyAlgorithm } from "../ports/ocsp-responder-store.ts";
import type { ScepConfigurationKind, WireSettings } from "../ports/scep-configuration-store.ts";
import type {
  AuthorityOrigin,
  AuthorityStateName,
} from "../ports/certificate-authority-directory.ts";
import { bytes, certificateList, json } from "./columns.ts";
import { intuneConnections } from "./intune-schema.ts";
import { id, tenantId, tenants, time } from "./tenant-schema.ts";

export { tenants };
export * from "./intune-schema.ts";

export const certificateAuthorities = sqliteTable(
  "certificate_authorities",
  {
    /** The name of the CA's object. */
    id: id(),
    /** Null: shared by all tenants. */
    tenantId: text("tenant_id").references(() => tenants.id),
    name: text("name").notNull(),
    parentId: text("parent_id"),
    keyAlgorithm: text("key_algorithm").$type<AuthorityKeyAlgorithm>().notNull(),
    subject: text("subject").notNull(),
    validitySeconds: integer("validity_seconds").notNull(),
    ownAgent: integer("own_agent", { mode: "boolean" }).notNull().default(false),
    publicationOrigin: text("publication_origin"),
    origin: text("origin").$type<AuthorityOrigin>().notNull().default("hosted"),
    pathLength: integer("path_length"),
    nameConstraints: json<NameConstraints>("name_constraints"),
    state: text("state").$type<AuthorityStateName>().notNull(),
    certificateDer: bytes("certificate_der"),
    externalChain: certificateList("external_chain"),
    /** Versions of MASTER_KEYS that the CA's object needs; null: it has not said. */
    keyVersions: json<readonly number[]>("key_versions"),
    notAfter: time("not_after"),
    /** The CA whose place it takes. */
    predecessorId: text("predecessor_id"),
    /** When it is to take that place by itself. */
    promoteAt: time("promote_at"),
    /** When the predecessor began to announce it. */
    stagedAt: time("staged_at"),
    /** When it began to take that place: from here on nothing else is done with it. */
    promotionBegunAt: time("promotion_begun_at"),
    /** When it took that place. */
    promotedAt: time("promoted_at"),
    /** Of a CA whose place another has taken: when its last certificate ends, as far as is known. */
    retireAt: time("retire_at"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    // A CA has one successor; one that was withdrawn is retired, and was never promoted.
    uniqueIndex("certificate_authorities_successor")
      .on(table.predecessorId)
      .where(
        sql`promoted_at is not null or state in ('creating', 'awaiting-certificate', 'ready')`,
      ),
    index("certificate_authorities_predecessor").on(table.predecessorId),
    index("certificate_authorities_promotion").on(table.promoteAt),
    index("certificate_authorities_retirement").on(table.retireAt),
    // NULLs are all different to a unique index, so the shared CAs have one of their own.
    uniqueIndex("certificate_authorities_tenant_name").on(table.tenantId, table.name),
    uniqueIndex("certificate_authorities_shared_name")
      .on(table.name)
      .where(sql`tenant_id is null`),
  ],
);

export const certificateTemplates = sqliteTable(
  "certificate_templates",
  {
    id: id(),
    tenantId: tenantId(),
    name: text("name").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("certificate_templates_tenant_name").on(table.tenantId, table.name)],
);

export const networks = sqliteTable(
  "networks",
  {
    id: id(),
    tenantId: tenantId(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    domains: json<readonly string[]>("domains").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("networks_tenant_name").on(table.tenantId, table.name)],
);

/** What a template says, without what is in the columns beside it. */
export type TemplateRules = Omit<CertificateTemplate, "id" | "name" | "version">;

export const certificateTemplateVersions = sqliteTable(
  "certificate_template_versions",
  {
    templateId: text("template_id")
      .notNull()
      .references(() => certificateTemplates.id),
    version: integer("version").notNull(),
    rules: json<TemplateRules>("rules").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.templateId, table.version] })],
);

export const scepConfigurations = sqliteTable(
  "scep_configurations",
  {
    id: id(),
    tenantId: tenantId(),
    /** Part of the URL, so unique over both kinds. */
    name: text("name").notNull(),
    displayName: text("display_name").notNull(),
    kind: text("kind").$type<ScepConfigurationKind>().notNull(),
    certificateAuthorityId: text("certificate_authority_id")
      .notNull()
      .references(() => certificateAuthorities.id),
    certificateTemplateId: text("certificate_template_id")
      .notNull()
      .references(() => certificateTemplates.id),
    preset: text("preset").$type<PresetName>().notNull(),
    chain: json<readonly ChainItem[]>("chain").notNull(),
    wire: json<WireSettings>("wire").notNull(),
    requiresApproval: integer("requires_approval", { mode: "boolean" }).notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    /** Of kind `intune`. */
    intuneConnectionId: text("intune_connection_id").references(() => intuneConnections.id),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("scep_configurations_tenant_name").on(table.tenantId, table.name),
    index("scep_configurations_authority").on(table.certificateAuthorityId),
    index("scep_configurations_intune_connection").on(table.intuneConnectionId),
  ],
);

const configurationId = () =>
  text("configuration_id")
    .notNull()
    .references(() => scepConfigurations.id);

export const enrolmentAgents = sqliteTable(
  "enrolment_agents",
  {
    id: id(),
    tenantId: tenantId(),
    configurationId: configurationId(),
    /** By which it was certified; an agent works for its configuration while that issues through this CA. */
    certificateAuthorityId: text("certificate_authority_id"),
    serialNumberHex: text("serial_number_hex").notNull(),
    certificateDer: bytes("certificate_der").notNull(),
    /** PKCS #8 under the master key; additional data: tenant, `enrolment-agent-key`, id. */
    wrappedKey: bytes("wrapped_key").notNull(),
    notAfter: time("not_after").notNull(),
    /** When its successor is due, or tried again; null: it has one, or ends with its CA. */
    renewAt: time("renew_at"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    index("enrolment_agents_configuration").on(table.configurationId),
    index("enrolment_agents_due").on(table.renewAt),
    index("enrolment_agents_ended").on(table.notAfter),
  ],
);

/** Keys of agents that their CA is still to certify: whoever finds one asks again for the same key. */
export const begunEnrolmentAgents = sqliteTable(
  "begun_enrolment_agents",
  {
    id: id(),
    tenantId: tenantId(),
    configurationId: configurationId(),
    certificateAuthorityId: text("certificate_authority_id").notNull(),
    subjectPublicKeyInfoDer: bytes("subject_public_key_info_der").notNull(),
    /** As in `enrolment_agents`, where it moves with its id. */
    wrappedKey: bytes("wrapped_key").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("begun_enrolment_agents_one").on(
      table.configurationId,
      table.certificateAuthorityId,
    ),
  ],
);

/** A CA's keys for signing OCSP answers. */
export const ocspResponders = sqliteTable(
  "ocsp_responders",
  {
    id: id(),
    /** The CA's; null: shared. */
    tenantId: text("tenant_id").references(() => tenants.id),
    certificateAuthorityId: text("certificate_authority_id")
      .notNull()
      .references(() => certificateAuthorities.id),
    keyAlgorithm: text("key_algorithm").$type<ResponderKeyAlgorithm>().notNull(),
    subjectPublicKeyInfoDer: bytes("subject_public_key_info_der").notNull(),
    /** PKCS #8 under the master key; additional data: tenant or `shared`, `ocsp-responder-key`, id. */
    wrappedKey: bytes("wrapped_key").notNull(),
    /** Null until the CA has answered: whoever finds it so asks again for the same key. */
    certificateDer: bytes("certificate_der"),
    notAfter: time("not_after").notNull(),
    /** When its successor is due; null: it has one. */
    renewAt: time("renew_at"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    index("ocsp_responders_authority").on(table.certificateAuthorityId, table.createdAt),
    index("ocsp_responders_due").on(table.renewAt),
    index("ocsp_responders_ended").on(table.notAfter),
  ],
);

/** What both a request and the token made from it say. */
const tokenColumns = () => ({
  id: id(),
  tenantId: tenantId(),
  configurationId: configurationId(),
  subject: json<DistinguishedName>("subject").notNull(),
  subjectAltNames: json<readonly GeneralName[]>("subject_alt_names").notNull(),
  maxUses: integer("max_uses"),
  expiresAt: time("expires_at").notNull(),
  createdAt: time("created_at").notNull(),
});

export const tokenRequests = sqliteTable(
  "token_requests",
  {
    ...tokenColumns(),
    contactEmail: text("contact_email").notNull(),
    status: text("status", { enum: ["pending", "approved", "rejected"] }).notNull(),
    /** `<kind>:<id>` of the actor; null on rows from before it was recorded. */
    requestedBy: text("requested_by"),
    decidedBy: text("decided_by"),
    decisionReason: text("decision_reason"),
    tokenId: text("token_id"),
  },
  (table) => [
    index("token_requests_tenant").on(table.tenantId, table.id),
    index("token_requests_status").on(table.tenantId, table.status, table.id),
    index("token_requests_requester").on(table.tenantId, table.requestedBy, table.id),
  ],
);

export const tokens = sqliteTable(
  "tokens",
  {
    ...tokenColumns(),
    /** SHA-256; null until the one-time page was opened. The challenge itself is never stored. */
    challengeHash: bytes("challenge_hash"),
    revokedAt: time("revoked_at"),
  },
  (table) => [
    uniqueIndex("tokens_configuration_challenge").on(table.configurationId, table.challengeHash),
    index("tokens_tenant").on(table.tenantId, table.id),
  ],
);

export const oneTimeLinks = sqliteTable(
  "one_time_links",
  {
    /** SHA-256 of the secret in the link. */
    secretHash: bytes("secret_hash").primaryKey(),
    tenantId: tenantId(),
    tokenId: text("token_id")
      .notNull()
      .references(() => tokens.id),
    expiresAt: time("expires_at").notNull(),
    consumedAt: time("consumed_at"),
    /** Another link took its place. */
    replacedAt: time("replaced_at"),
  },
  (table) => [index("one_time_links_token").on(table.tokenId)],
);

export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: id(),
    /** Null: an operator's key. */
    tenantId: text("tenant_id").references(() => tenants.id),
    name: text("name").notNull(),
    /** SHA-256 of the whole key. */
    secretHash: bytes("secret_hash").notNull().unique(),
    /** Null: as it was before there were roles, all that a tenant's key or an operator's may do. */
    role: text("role").$type<MemberRole>(),
    createdAt: time("created_at").notNull(),
    revokedAt: time("revoked_at"),
  },
  (table) => [index("api_keys_tenant").on(table.tenantId, table.id)],
);

export const members = sqliteTable(
  "members",
  {
    id: id(),
    /** Null: an operator. */
    tenantId: text("tenant_id").references(() => tenants.id),
    kind: text("kind").$type<Member["kind"]>().notNull(),
    value: text("value").notNull(),
    role: text("role").$type<MemberRole>().notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    index("members_person").on(table.value),
    uniqueIndex("members_tenant_person").on(table.tenantId, table.kind, table.value, table.role),
    uniqueIndex("members_operator_person")
      .on(table.kind, table.value)
      .where(sql`tenant_id is null`),
  ],
);

export const sessions = sqliteTable(
  "sessions",
  {
    /** SHA-256 of the secret in the cookie. */
    secretHash: bytes("secret_hash").primaryKey(),
    mail: text("mail").notNull(),
    name: text("name").notNull(),
    groups: json<readonly string[]>("groups").notNull(),
    providerTenantId: text("provider_tenant_id").references(() => tenants.id),
    startedAt: time("started_at").notNull(),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [index("sessions_expiry").on(table.expiresAt)],
);

export const signInProviders = sqliteTable("sign_in_providers", {
  tenantId: text("tenant_id")
    .primaryKey()
    .references(() => tenants.id),
  issuer: text("issuer").notNull(),
  clientId: text("client_id").notNull(),
  /** Under the master key; additional data: tenant, `sign-in-secret`, tenant. */
  wrappedSecret: bytes("wrapped_secret").notNull(),
  createdAt: time("created_at").notNull(),
  /** Its mail addresses count without `email_verified`. */
  trustEmail: integer("trust_email", { mode: "boolean" }).notNull().default(false),
});

export const idempotencyRecords = sqliteTable(
  "idempotency_records",
  {
    actorId: text("actor_id").notNull(),
    key: text("key").notNull(),
    requestHash: bytes("request_hash").notNull(),
    /** Null while the request is being worked on. */
    status: integer("status"),
    body: text("body"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.actorId, table.key] }),
    index("idempotency_records_created").on(table.createdAt),
  ],
);
