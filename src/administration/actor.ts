/** Who is asking: the holder of an API key, or a person whom an identity provider vouched for. */
import { equalBytes } from "../pki/bytes.ts";
import type { ApiKeyStore } from "../ports/api-key-store.ts";
import type { AuditActor } from "../ports/audit-log.ts";
import type { MemberStore, Membership } from "../ports/member-store.ts";
import type { SignedInPerson } from "../ports/session-store.ts";
import type { TenantRole } from "./permissions.ts";
import { hashSecret } from "./secrets.ts";

export interface TenantMembership {
  readonly tenantId: string;
  readonly role: TenantRole;
}

export type Actor = {
  readonly kind: AuditActor["kind"];
  readonly id: string;
} & (
  | { readonly rank: "operator" }
  | { readonly rank: "tenant"; readonly memberships: readonly TenantMembership[] }
);

/** As decisions and requests are signed. */
export const actorName = ({ kind, id }: Actor): string => `${kind}:${id}`;

export interface Authentication {
  readonly apiKeys: ApiKeyStore;
  readonly members: MemberStore;
  /** Opens the API until an operator key or member was made; undefined: there is none. */
  readonly bootstrapOperatorKey: string | undefined;
}

/** Undefined: the secret opens nothing. */
export async function authenticate(
  dependencies: Authentication,
  secret: string,
): Promise<Actor | undefined> {
  const secretHash = await hashSecret(secret);
  const key = await dependencies.apiKeys.findActiveApiKey(secretHash);
  if (key) {
    const { id, tenantId, role } = key;
    return role === "operator" || tenantId === undefined
      ? { kind: "api-key", id, rank: "operator" }
      : { kind: "api-key", id, rank: "tenant", memberships: [{ tenantId, role }] };
  }
  const { bootstrapOperatorKey } = dependencies;
  if (!bootstrapOperatorKey || !equalBytes(secretHash, await hashSecret(bootstrapOperatorKey)))
    return undefined;
  if (await dependencies.apiKeys.hasOperatorKey()) return undefined;
  if (await dependencies.members.hasOperator()) return undefined;
  return { kind: "bootstrap-key", id: "bootstrap", rank: "operator" };
}

/**
 * What a person is at this moment; asked for with every request, so that a removed member is out at once.
 * A tenant's own identity provider may say any address it likes, so it opens that tenant only and makes no operators.
 */
export async function actorOfPerson(
  { members }: { readonly members: MemberStore },
  person: SignedInPerson,
): Promise<Actor> {
  const found = await members.listMemberships(person);
  const { mail, providerTenantId } = person;
  const believed = found.filter(
    ({ tenantId }) => providerTenantId === undefined || tenantId === providerTenantId,
  );
  const identity = { kind: "person", id: mail } as const;
  if (believed.some(({ role }) => role === "operator")) return { ...identity, rank: "operator" };
  return { ...identity, rank: "tenant", memberships: believed.flatMap(inTenant) };
}

const inTenant = ({ tenantId, role }: Membership): TenantMembership[] =>
  tenantId === undefined || role === "operator" ? [] : [{ tenantId, role }];
