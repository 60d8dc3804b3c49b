/** SCEP configurations: making, changing, enabling, finding. Off until enabled, and a half-made one cannot be enabled. */
import type { Page, PageRequest } from "../ports/page.ts";
import type {
  ConfigurationChange,
  ConfigurationEntry,
  PresetName,
} from "../ports/scep-configuration-directory.ts";
import type { ScepConfigurationKind, WireSettings } from "../ports/scep-configuration-store.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { defaultChain } from "./configuration-chain.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { entitlementOf } from "./entitlement.ts";
import { currentAgent } from "./enrolment-agents.ts";
import { createId, hasFormOfId, nameLikeId } from "./identifier.ts";
import { legacyPresetNames, presets } from "./presets/presets.ts";
import { conflict, forbidden, invalid, notFound, type Outcome } from "./refusal.ts";

type Wishes<Settings> = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** Each wire setting given takes the place of the preset's. */
export interface NewConfiguration extends Wishes<WireSettings> {
  readonly name: string;
  readonly displayName?: string | undefined;
  readonly kind: ScepConfigurationKind;
  /** Id or name. */
  readonly certificateAuthority: string;
  /** Id or name. */
  readonly certificateTemplate: string;
  readonly preset?: PresetName | undefined;
  /** GetCACert answers with the issuing CA alone; instead of what the preset says about it. */
  readonly singleCertificate?: boolean | undefined;
  readonly requiresApproval?: boolean | undefined;
  /** Id or name; of kind `intune` only. */
  readonly intuneConnection?: string | undefined;
}

export interface ConfigurationPatch extends Wishes<WireSettings> {
  readonly displayName?: string | undefined;
  readonly certificateTemplate?: string | undefined;
  readonly requiresApproval?: boolean | undefined;
  readonly enabled?: boolean | undefined;
  readonly intuneConnection?: string | undefined;
}

export async function createConfiguration(
  dependencies: Needs<
    | "configurations"
    | "tenants"
    | "authorityDirectory"
    | "templates"
    | "intuneConnections"
    | "clock"
  >,
  access: TenantAccess<"configuration.manage">,
  input: NewConfiguration,
): Promise<Outcome<ConfigurationEntry>> {
  const entitled = await checkEntitled(dependencies, access, input.kind);
  if (!entitled.ok) return entitled;
  if (hasFormOfId(input.name)) return invalid("name", nameLikeId);
  const { configurations, authorityDirectory, templates, clock } = dependencies;
  const authority = await authorityDirectory.findAuthority(
    access.tenantId,
    input.certificateAuthority,
  );
  if (!authority) return invalid("certificateAuthority", "There is no such certificate authority.");
  if (authority.state === "awaiting-certificate")
    return conflict(`"${authority.name}" waits for the certificate of its outside CA.`);
  if (authority.state === "succeeded")
    return conflict(`Another CA has taken the place of "${authority.name}"; give that one.`);
  if (authority.state === "retired" || authority.state === "revoked")
    return conflict(`"${authority.name}" was ${authority.state}: it issues nothing any more.`);
  const template = await templates.findTemplate(access.tenantId, input.certificateTemplate);
  if (!template) return invalid("certificateTemplate", "There is no such certificate template.");

  if (input.singleCertificate && !authority.ownAgent) {
    return invalid(
      "singleCertificate",
      "Only a certificate authority that is its own enrolment agent can be the only certificate: make one with ownAgent.",
    );
  }

  const connection = await findWishedConnection(dependencies, access, input.kind, input);
  if (!connection.ok) return connection;

  const preset = input.preset ?? (input.kind === "intune" ? "intune" : "standard");
  const { wire: presetWire, chain: presetChain } = presets[preset];
  const singleCertificate = input.singleCertificate ?? presetChain.singleCertificate;
  const createdAt = clock.now();
  const entry: ConfigurationEntry = {
    id: createId(createdAt),
    tenantId: access.tenantId,
    name: input.name,
    displayName: input.displayName ?? input.name,
    kind: input.kind,
    certificateAuthorityId: authority.id,
    certificateTemplateId: template.id,
    preset,
    chain: await defaultChain(dependencies, access, authority, {
      ...presetChain,
      singleCertificate,
    }),
    wire: mergeWire(presetWire, input),
    requiresApproval: input.requiresApproval ?? false,
    enabled: false,
    ...(connection.value !== undefined && { intuneConnectionId: connection.value }),
    createdAt,
  };
  const checked = checkSettings(entry);
  if (!checked.ok) return checked;
  const { id, name, kind, wire, requiresApproval } = entry;
  const details = {
    name,
    kind,
    preset,
    wire,
    requiresApproval,
    authority: authority.id,
    template: template.id,
    intuneConnection: connection.value,
  };
  const event = auditEvent(access, createdAt, "scep-configuration.created", id, details);
  const created = await configurations.createConfiguration(entry, event);
  return created
    ? ok(entry)
    : conflict(`There is a SCEP configuration named "${input.name}" already.`);
}

export async function changeConfiguration(
  dependencies: Needs<
    | "configurations"
    | "tenants"
    | "authorityDirectory"
    | "templates"
    | "agents"
    | "intuneConnections"
    | "configurationChanges"
    | "clock"
  >,
  access: TenantAccess<"configuration.manage">,
  name: string,
  patch: ConfigurationPatch,
): Promise<Outcome<ConfigurationEntry>> {
  const { configurations, templates, configurationChanges, clock } = dependencies;
  const current = await configurations.findConfiguration(access.tenantId, name);
  if (!current) return notFound("SCEP configuration");
  const { displayName, certificateTemplate, requiresApproval, enabled } = patch;
  const template =
    certificateTemplate === undefined
      ? undefined
      : await templates.findTemplate(access.tenantId, certificateTemplate);
  if (certificateTemplate !== undefined && !template) {
    return invalid("certificateTemplate", "There is no such certificate template.");
  }
  const connection = await findWishedConnection(dependencies, access, current.kind, patch);
  if (!connection.ok) return connection;
  const change: ConfigurationChange = {
    ...definedFields({
      displayName,
      certificateTemplateId: template?.id,
      requiresApproval,
      enabled,
      intuneConnectionId: connection.value,
    }),
    wire: mergeWire(current.wire, patch),
  };
  const changed: ConfigurationEntry = { ...current, ...change };
  const checked = checkSettings(changed);
  if (!checked.ok) return checked;
  if (changed.enabled) {
    const entitled = await checkEntitled(dependencies, access, changed.kind);
    if (enabled === true && !entitled.ok) return entitled;
    const usable = await checkUsable(dependencies, access, changed);
    if (!usable.ok) return usable;
  }
  const before = Object.fromEntries(
    Object.keys(change).map((field) => [field, current[field as keyof ConfigurationChange]]),
  );
  const event = auditEvent(access, clock.now(), "scep-configuration.changed", current.id, {
    name,
    before,
    after: change,
  });
  await configurations.changeConfiguration(access.tenantId, current.id, change, event);
  configurationChanges.changed(current.id);
  return ok(changed);
}

/** Threat 18: Microsoft decides, or tokens do, and never both. */
async function findWishedConnection(
  { intuneConnections }: Needs<"intuneConnections">,
  access: TenantAccess,
  kind: ScepConfigurationKind,
  { intuneConnection }: { readonly intuneConnection?: string | undefined },
): Promise<Outcome<string | undefined>> {
  if (intuneConnection === undefined) return ok(undefined);
  if (kind !== "intune") {
    return invalid(
      "intuneConnection",
      "Only a configuration of kind intune has a connection; this one is for tokens.",
    );
  }
  const found = await intuneConnections.findConnection(access.tenantId, intuneConnection);
  return found ? ok(found.id) : invalid("intuneConnection", "There is no such Intune connection.");
}

const mergeWire = (wire: WireSettings, wishes: Wishes<WireSettings>): WireSettings => ({
  contentEncryption: wishes.contentEncryption ?? wire.contentEncryption,
  digests: wishes.digests ?? wire.digests,
  plainHttp: wishes.plainHttp ?? wire.plainHttp,
});

function checkSettings({
  kind,
  preset,
  wire,
  requiresApproval,
}: ConfigurationEntry): Outcome<undefined> {
  if (kind === "intune" && requiresApproval) {
    return invalid(
      "requiresApproval",
      "Intune decides about its requests itself; approval by a person cannot be added.",
    );
  }
  if (presets[preset].legacyAlgorithms) return ok(undefined);
  const names = legacyPresetNames.map((name) => `"${presets[name].label}" (${name})`).join(", ");
  const old = `is only for configurations that were made for old appliances, with one of these presets: ${names}.`;
  if (wire.contentEncryption.includes("DES-CBC")) {
    return invalid("contentEncryption", `DES ${old}`);
  }
  if (wire.digests.includes("MD5")) return invalid("digests", `MD5 ${old}`);
  return ok(undefined);
}

async function checkEntitled(
  dependencies: Needs<"tenants">,
  access: TenantAccess,
  kind: ScepConfigurationKind,
): Promise<Outcome<undefined>> {
  const entitled = await entitlementOf(dependencies, access);
  if (entitled(kind)) return ok(undefined);
  const service = kind === "simple" ? "Simple SCEP (scep)" : "Intune SCEP (intune)";
  return forbidden(`This tenant has no entitlement for ${service}; ask the operator to give it.`);
}

/** A configuration that could not answer a device must not be switched on. */
async function checkUsable(
  { authorityDirectory, agents, clock }: Needs<"authorityDirectory" | "agents" | "clock">,
  access: TenantAccess,
  configuration: ConfigurationEntry,
): Promise<Outcome<undefined>> {
  const now = clock.now();
  if (configuration.kind === "intune" && !configuration.intuneConnectionId) {
    return conflict(
      "It cannot be enabled: choose its Intune authentication first, because Microsoft validates every request.",
    );
  }
  const authority = await authorityDirectory.findAuthority(
    access.tenantId,
    configuration.certificateAuthorityId,
  );
  if (authority?.state === "retired" || authority?.state === "revoked") {
    return conflict(`It cannot be enabled: its certificate authority was ${authority.state}.`);
  }
  if (!authority?.certificate || authority.certificate.notAfter <= now) {
    return conflict("It cannot be enabled: its certificate authority has no valid certificate.");
  }
  if (authority.ownAgent) return ok(undefined);
  const agent = await currentAgent({ agents }, configuration);
  if (!agent || agent.notAfter <= now) {
    return conflict("It cannot be enabled: issue its enrolment agent first.");
  }
  return ok(undefined);
}

export async function findConfiguration(
  { configurations }: Needs<"configurations">,
  access: TenantAccess<"configuration.read">,
  name: string,
): Promise<Outcome<ConfigurationEntry>> {
  const entry = await configurations.findConfiguration(access.tenantId, name);
  return entry ? ok(entry) : notFound("SCEP configuration");
}

export const listConfigurations = (
  { configurations }: Needs<"configurations">,
  access: TenantAccess<"configuration.read">,
  page: PageRequest,
): Promise<Page<ConfigurationEntry>> => configurations.listConfigurations(access.tenantId, page);
