/** The certificates that GetCACert answers with: which, and in what order. */
import { toHex } from "../pki/bytes.ts";
import {
  type CertificateDescription,
  describeCertificate,
} from "../pki/certificate-description.ts";
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { ChainItem, ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import { ok } from "../result.ts";
import { caCertificates } from "../scep/ca-certificates.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { currentAgent } from "./enrolment-agents.ts";
import type { ChainPreset } from "./presets/preset.ts";
import { invalid, notFound, type Outcome } from "./refusal.ts";

/** One item with what people want to see of it. A CA that has no certificate yet has no `certificateDer`. */
export interface ShownChainItem {
  readonly item: ChainItem;
  readonly name: string;
  readonly certificateDer?: Uint8Array;
}

/** Agent first, then the issuing CA and its parents up to the root. */
export async function defaultChain(
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess,
  issuer: CertificateAuthorityEntry,
  preset: ChainPreset,
): Promise<readonly ChainItem[]> {
  const itemOf = ({ id }: CertificateAuthorityEntry): ChainItem => ({
    type: "certificate-authority",
    id,
  });
  if (issuer.ownAgent && preset.singleCertificate) return [itemOf(issuer)];
  const chain: ChainItem[] = Array.from(
    { length: issuer.ownAgent ? 0 : preset.agentCopies },
    () => ({ type: "enrolment-agent" }),
  );
  chain.push(itemOf(issuer));
  const above: ChainItem[] = [];
  let top = issuer;
  while (top.parentId !== undefined) {
    const parent = await authorityDirectory.findAuthority(access.tenantId, top.parentId);
    if (!parent) break;
    above.push(itemOf(parent));
    top = parent;
  }
  for (const position of (top.externalChain ?? []).keys())
    above.push({ type: "external-authority", id: top.id, position });
  return [...chain, ...(preset.root ? above : above.slice(0, -1))];
}

type ChainNeeds = Needs<"configurations" | "authorityDirectory" | "agents">;

export async function showChain(
  dependencies: ChainNeeds,
  access: TenantAccess<"configuration.read">,
  configurationName: string,
): Promise<Outcome<readonly ShownChainItem[]>> {
  const configuration = await dependencies.configurations.findConfiguration(
    access.tenantId,
    configurationName,
  );
  return configuration
    ? ok(await shown(dependencies, access, configuration))
    : notFound("SCEP configuration");
}

/** @param wanted CAs by id or name */
export async function changeChain(
  dependencies: ChainNeeds & Needs<"configurationChanges" | "clock">,
  access: TenantAccess<"configuration.manage">,
  configurationName: string,
  wanted: readonly ChainItem[],
): Promise<Outcome<readonly ShownChainItem[]>> {
  const { configurations, authorityDirectory, configurationChanges, clock } = dependencies;
  const configuration = await configurations.findConfiguration(access.tenantId, configurationName);
  if (!configuration) return notFound("SCEP configuration");
  const chain: ChainItem[] = [];
  for (const item of wanted) {
    if (item.type === "enrolment-agent") {
      chain.push(item);
      continue;
    }
    const authority = await authorityDirectory.findAuthority(access.tenantId, item.id);
    if (!authority) return invalid("items", `There is no certificate authority "${item.id}".`);
    if (item.type === "external-authority" && !authority.externalChain?.[item.position]) {
      return invalid(
        "items",
        `Above "${authority.name}" there is no outside certificate number ${item.position}.`,
      );
    }
    chain.push({ ...item, id: authority.id });
  }
  const issuerId = configuration.certificateAuthorityId;
  const issuer = await authorityDirectory.findAuthority(access.tenantId, issuerId);
  const complete = checkComplete(chain, issuerId, issuer?.ownAgent === true);
  if (!complete.ok) return complete;
  const event = auditEvent(
    access,
    clock.now(),
    "scep-configuration.chain-changed",
    configuration.id,
    {
      before: configuration.chain,
      after: chain,
    },
  );
  await configurations.changeConfiguration(access.tenantId, configuration.id, { chain }, event);
  configurationChanges.changed(configuration.id);
  return ok(await shown(dependencies, access, { ...configuration, chain }));
}

/** Clients encrypt for the agent and check the agent against the issuer: without either, none can enrol. */
function checkComplete(
  chain: readonly ChainItem[],
  issuerId: string,
  ownAgent: boolean,
): Outcome<undefined> {
  const hasAgent = chain.some(({ type }) => type === "enrolment-agent");
  if (!hasAgent && !ownAgent) return invalid("items", "The enrolment agent is missing.");
  if (hasAgent && ownAgent) {
    return invalid("items", "The certificate authority is its own agent; there is no other.");
  }
  return chain.some((item) => item.type === "certificate-authority" && item.id === issuerId)
    ? ok(undefined)
    : invalid("items", "The configuration's certificate authority is missing.");
}

async function shown(
  { authorityDirectory, agents }: ChainNeeds,
  access: TenantAccess,
  configuration: ConfigurationEntry,
): Promise<ShownChainItem[]> {
  const agent = await currentAgent({ agents }, configuration);
  const items: ShownChainItem[] = [];
  for (const item of configuration.chain) {
    if (item.type === "enrolment-agent") {
      items.push({
        item,
        name: "enrolment agent",
        ...(agent ? { certificateDer: agent.certificateDer } : {}),
      });
      continue;
    }
    const authority = await authorityDirectory.findAuthority(access.tenantId, item.id);
    const outside = item.type === "external-authority";
    const certificateDer = outside
      ? authority?.externalChain?.[item.position]
      : authority?.certificate?.der;
    items.push({
      item,
      name: `${outside ? "outside certificate above " : ""}${authority?.name ?? item.id}`,
      ...(certificateDer ? { certificateDer } : {}),
    });
  }
  return items;
}

/** What GetCACert answers, as people compare it. */
export interface GetCaCertAnswer {
  readonly contentType: string;
  readonly certificates: readonly (CertificateDescription & {
    /** Lower-case hexadecimal. */
    readonly sha1: string;
  })[];
}

/** By the very function that answers devices; items without a certificate yet are left out, as they are there. */
export async function previewGetCaCert(chain: readonly ShownChainItem[]): Promise<GetCaCertAnswer> {
  const ders = chain.flatMap(({ certificateDer }) => certificateDer ?? []);
  return {
    contentType: caCertificates(ders).contentType,
    certificates: await Promise.all(
      ders.map(async (der) => ({
        ...(await describeCertificate(der)),
        sha1: toHex(new Uint8Array(await crypto.subtle.digest("SHA-1", der))),
      })),
    ),
  };
}
