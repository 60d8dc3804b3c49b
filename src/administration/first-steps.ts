/**
 * From an empty tenant to a device that enrols: what is there already, and the next thing, made with sane defaults. What is
 * there is read from the things themselves, so a person may go away, come back, or make a part by hand.
 */
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { ConfigurationEntry, PresetName } from "../ports/scep-configuration-directory.ts";
import type { ScepConfigurationKind } from "../ports/scep-configuration-store.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { createCertificateAuthority } from "./authority-creation.ts";
import { createTemplate } from "./certificate-templates.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { issueEnrolmentAgent } from "./enrolment-agents.ts";
import { defaultTemplateRules } from "./presets/default-template.ts";
import { presets } from "./presets/presets.ts";
import { conflict, type Outcome } from "./refusal.ts";
import { changeConfiguration, createConfiguration } from "./scep-configurations.ts";

interface Plan {
  readonly kind: ScepConfigurationKind;
  readonly preset: PresetName;
  /** Of the configuration: a part of its address. */
  readonly name: string;
  readonly template: string;
}

const plans = {
  windows: plan("intune", "intune-windows", "windows", "Windows devices"),
  apple: plan("intune", "intune-apple", "apple", "Apple devices"),
  android: plan("intune", "intune-android", "android", "Android devices"),
  linux: plan("simple", "certmonger", "linux", "Linux hosts"),
  fortigate: plan("simple", "fortigate", "fortigate", "FortiGate firewalls"),
  sonicwall: plan("simple", "sonicwall", "sonicwall", "SonicWall firewalls"),
  printers: plan("simple", "network-appliance", "printers", "Printers and appliances"),
  other: plan("simple", "standard", "devices", "Devices"),
} as const satisfies Readonly<Record<string, Plan>>;

function plan(
  kind: ScepConfigurationKind,
  preset: PresetName,
  name: string,
  template: string,
): Plan {
  return { kind, preset, name, template };
}

export type DeviceKind = keyof typeof plans;
export const deviceKinds = Object.keys(plans) as DeviceKind[];

export const setupStepNames = [
  "authority",
  "template",
  "connection",
  "configuration",
  "agent",
  "enabled",
  "enrolment",
] as const;
export type SetupStepName = (typeof setupStepNames)[number];

export interface SetupStep {
  readonly step: SetupStepName;
  readonly done: boolean;
  /** What was made. */
  readonly made?: { readonly id: string; readonly name: string };
}

export interface Setup {
  /** Undefined: still to be chosen. */
  readonly devices: DeviceKind | undefined;
  /** In their order; a connection to Microsoft only where Intune has the devices. */
  readonly steps: readonly SetupStep[];
}

type ReadingNeeds = Needs<
  | "authorityDirectory"
  | "templates"
  | "intuneConnections"
  | "configurations"
  | "agents"
  | "transactionDirectory"
  | "clock"
>;
type ReadingAccess = TenantAccess<
  "authority.read" | "template.read" | "configuration.read" | "intune.read" | "transaction.read"
>;

const mostLooked = 100;

/** @param wished undefined: the kind that somebody began with */
export async function readSetup(
  dependencies: ReadingNeeds,
  access: ReadingAccess,
  wished?: DeviceKind,
): Promise<Setup> {
  const { tenantId } = access;
  const { configurations, templates, agents, intuneConnections } = dependencies;
  const all = await configurations.listConfigurations(tenantId, { limit: mostLooked });
  const devices = wished ?? begunKind(all.items);
  const wanted = devices && plans[devices];
  const configuration = all.items.find(({ name }) => name === wanted?.name);
  const [authority, template, connections] = await Promise.all([
    issuingAuthority(dependencies, access, configuration),
    wanted &&
      templates.findTemplate(tenantId, configuration?.certificateTemplateId ?? wanted.template),
    intuneConnections.listConnections(tenantId, { limit: 1 }),
  ]);
  const [agent] = configuration ? await agents.listAgents(tenantId, configuration.id) : [];
  const hasAgent = configuration !== undefined && (authority?.ownAgent || agent !== undefined);
  const [connection] = connections.items;
  const named = (thing: { id: string; name: string } | undefined) => ({
    done: thing !== undefined,
    ...(thing && { made: { id: thing.id, name: thing.name } }),
  });
  const steps: readonly SetupStep[] = [
    { step: "authority", ...named(authority) },
    { step: "template", ...named(template) },
    { step: "connection", ...named(connection) },
    { step: "configuration", ...named(configuration) },
    { step: "agent", done: hasAgent },
    { step: "enabled", done: configuration?.enabled ?? false },
    { step: "enrolment", done: await hasEnrolled(dependencies, access, configuration) },
  ];
  return {
    devices,
    steps: steps.filter(({ step }) => step !== "connection" || wanted?.kind === "intune"),
  };
}

/** The first that is not finished, or else the first. */
function begunKind(configurations: readonly ConfigurationEntry[]): DeviceKind | undefined {
  const begun = configurations
    .toSorted((one, other) => Number(one.enabled) - Number(other.enabled))
    .map(({ name }) => name);
  const [first] = begun.flatMap(
    (name) => deviceKinds.find((kind) => plans[kind].name === name) ?? [],
  );
  return first;
}

/** The configuration's; else the first that issues, one below a root before a root. */
async function issuingAuthority(
  { authorityDirectory }: Needs<"authorityDirectory">,
  { tenantId }: TenantAccess,
  configuration: ConfigurationEntry | undefined,
): Promise<CertificateAuthorityEntry | undefined> {
  if (configuration)
    return authorityDirectory.findAuthority(tenantId, configuration.certificateAuthorityId);
  const { items } = await authorityDirectory.listAuthorities(tenantId, { limit: mostLooked });
  return preferredIssuer(items);
}

/** Of those that issue, the first below a root: roots sign CAs and then rest. */
export function preferredIssuer(
  authorities: readonly CertificateAuthorityEntry[],
): CertificateAuthorityEntry | undefined {
  const ready = authorities.filter(({ state }) => state === "ready");
  return ready.find(({ parentId }) => parentId !== undefined) ?? ready[0];
}

async function hasEnrolled(
  { transactionDirectory }: Needs<"transactionDirectory">,
  { tenantId }: TenantAccess,
  configuration: ConfigurationEntry | undefined,
): Promise<boolean> {
  if (!configuration) return false;
  const page = { limit: 20 };
  const { id } = configuration;
  const found = await transactionDirectory.searchTransactions(tenantId, undefined, page, id);
  return found.items.some(({ latest }) => latest.outcome === "issued");
}

type MakingAccess = ReadingAccess &
  TenantAccess<"authority.manage" | "template.manage" | "configuration.manage">;

/** Makes what the step wants; again, when it is there, nothing. */
export async function takeSetupStep(
  dependencies: ReadingNeeds &
    Needs<"tenants" | "networks" | "authorities" | "keyWrapping" | "configurationChanges">,
  access: MakingAccess,
  devices: DeviceKind,
  step: SetupStepName,
): Promise<Outcome<undefined>> {
  const setup = await readSetup(dependencies, access, devices);
  const at = setup.steps.findIndex((one) => one.step === step);
  const missing = setup.steps.slice(0, at).find(({ done }) => !done);
  if (at < 0 || missing) return conflict("There is a step before this one: take that first.");
  if (setup.steps[at]?.done) return ok(undefined);
  const wanted: Plan = plans[devices];
  const idOf = (name: SetupStepName) => setup.steps.find((one) => one.step === name)?.made?.id;
  const made = await make();
  return made.ok ? ok(undefined) : made;

  async function make(): Promise<Outcome<unknown>> {
    switch (step) {
      case "authority":
        return makeAuthorities(dependencies, access);
      case "template": {
        const rules = { ...defaultTemplateRules, ...presets[wanted.preset].template };
        return createTemplate(dependencies, access, wanted.template, rules, []);
      }
      case "configuration":
        return createConfiguration(dependencies, access, {
          name: wanted.name,
          displayName: wanted.template,
          kind: wanted.kind,
          preset: wanted.preset,
          certificateAuthority: idOf("authority") ?? "",
          certificateTemplate: idOf("template") ?? "",
          ...definedFields({ intuneConnection: idOf("connection") }),
        });
      case "agent":
        return issueEnrolmentAgent(dependencies, access, wanted.name);
      case "enabled":
        return changeConfiguration(dependencies, access, wanted.name, { enabled: true });
      case "connection":
      case "enrolment":
        return conflict("This step has a page of its own.");
    }
  }
}

const commonName = "2.5.4.3";
const organizationName = "2.5.4.10";
/** X.520's upper bound for a common name, less what is put behind the tenant's. */
const longestName = 50;

/** A root, which signs one CA and then rests, and below it the CA that signs devices' certificates. */
async function makeAuthorities(
  dependencies: Needs<"tenants" | "authorityDirectory" | "authorities" | "clock">,
  access: MakingAccess,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const tenant = await dependencies.tenants.findTenant(access.tenantId);
  const organisation = (tenant?.name ?? "").slice(0, longestName).trim();
  const make = async (
    name: string,
    parent?: string,
  ): Promise<Outcome<CertificateAuthorityEntry>> => {
    const owner = { tenantId: access.tenantId };
    const existing = await dependencies.authorityDirectory.findOwnAuthority(owner, name);
    if (existing?.state === "ready") return ok(existing);
    return createCertificateAuthority(dependencies, access, {
      name,
      subject: formatDistinguishedName([
        [{ type: organizationName, value: organisation }],
        [{ type: commonName, value: `${organisation} ${name}` }],
      ]),
      keyAlgorithm: "RSA-3072",
      ...definedFields({ parent }),
    });
  };
  const root = await make("Root CA");
  return root.ok ? make("Devices CA", root.value.id) : root;
}
