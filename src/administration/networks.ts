/**
 * Networks: a name for the domains that certificates for a network must carry, so that its equipment can tell devices apart.
 * A change holds for every template that refers to the network, and makes a new version of each.
 */
import type { Network, NetworkChange } from "../ports/network-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { templatesChanged } from "./certificate-templates.ts";
import type { Needs } from "./dependencies.ts";
import { readDomains } from "./domains.ts";
import { createId } from "./identifier.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";

export async function createNetwork(
  { networks, clock }: Needs<"networks" | "clock">,
  access: TenantAccess<"template.manage">,
  { name, ...wanted }: NetworkChange & Pick<Network, "name">,
): Promise<Outcome<Network>> {
  const change = readChange(wanted);
  if (!change.ok) return change;
  const createdAt = clock.now();
  const network: Network = {
    id: createId(createdAt),
    tenantId: access.tenantId,
    name,
    ...change.value,
    createdAt,
  };
  const event = auditEvent(access, createdAt, "network.created", network.id, {
    name,
    ...change.value,
  });
  return (await networks.createNetwork(network, event))
    ? ok(network)
    : conflict(`There is a network named "${name}" already.`);
}

export async function changeNetwork(
  dependencies: Needs<"networks" | "configurations" | "configurationChanges" | "clock">,
  access: TenantAccess<"template.manage">,
  name: string,
  wanted: Partial<NetworkChange>,
): Promise<Outcome<Network>> {
  const { networks, clock } = dependencies;
  const current = await networks.findNetwork(access.tenantId, name);
  if (!current) return notFound("network");
  const before = { description: current.description, domains: current.domains };
  const change = readChange({ ...before, ...wanted });
  if (!change.ok) return change;
  const after = change.value;
  const templates = await networks.templatesOfNetwork(access.tenantId, name);
  const event = auditEvent(access, clock.now(), "network.changed", current.id, {
    name,
    before,
    after,
    certificateTemplates: templates.map((template) => template.name),
  });
  await networks.changeNetwork(current, after, event);
  await templatesChanged(
    dependencies,
    access,
    templates.map(({ id }) => id),
  );
  return ok({ ...current, ...after });
}

export async function deleteNetwork(
  { networks, clock }: Needs<"networks" | "clock">,
  access: TenantAccess<"template.manage">,
  name: string,
): Promise<Outcome<undefined>> {
  const network = await networks.findNetwork(access.tenantId, name);
  if (!network) return notFound("network");
  const { id, domains, description } = network;
  const event = auditEvent(access, clock.now(), "network.deleted", id, {
    name,
    domains,
    description,
  });
  if (await networks.deleteNetwork(network, event)) return ok(undefined);
  const templates = await networks.templatesOfNetwork(access.tenantId, name);
  return conflict(
    `Certificate templates refer to this network: ${templates.map((template) => template.name).join(", ")}. Change them first.`,
  );
}

function readChange({ description, domains }: NetworkChange): Outcome<NetworkChange> {
  const read = readDomains("domains", domains);
  if (!read.ok) return read;
  if (read.value.length === 0) return invalid("domains", "A network has at least one domain.");
  return ok({ description, domains: read.value });
}

export async function findNetwork(
  { networks }: Needs<"networks">,
  access: TenantAccess<"template.read">,
  name: string,
): Promise<Outcome<Network>> {
  const network = await networks.findNetwork(access.tenantId, name);
  return network ? ok(network) : notFound("network");
}

export const listNetworks = (
  { networks }: Needs<"networks">,
  access: TenantAccess<"template.read">,
  page: PageRequest,
): Promise<Page<Network>> => networks.listNetworks(access.tenantId, page);
