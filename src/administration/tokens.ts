/** Multi-use tokens: looking at them and revoking them. They come into being by token requests. */
import type { OrderedPageRequest, Page } from "../ports/page.ts";
import type { TokenEntry } from "../ports/token-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { type WithConfigurationName, withConfigurationNames } from "./configuration-names.ts";
import type { Needs } from "./dependencies.ts";
import { notFound, type Outcome } from "./refusal.ts";

export type NamedToken = WithConfigurationName<TokenEntry>;

/** With the number of uses, which the CA's object counts. */
export async function findToken(
  dependencies: Needs<"configurations" | "tokens" | "authorities">,
  access: TenantAccess<"token.read">,
  id: string,
): Promise<Outcome<NamedToken & { readonly uses: number }>> {
  const found = await locate(dependencies, access, id);
  if (!found.ok) return found;
  const { token, authority } = found.value;
  return ok({ ...token, uses: await authority.countTokenUses(id) });
}

/** Of a page of tokens, by id; each CA is asked once. */
export async function countUses(
  { configurations, authorities }: Needs<"configurations" | "authorities">,
  access: TenantAccess<"token.read">,
  tokens: readonly NamedToken[],
): Promise<ReadonlyMap<string, number>> {
  const issuing = await configurations.listIssuingConfigurations(access.tenantId);
  // The one that a configuration issues through is the first of its entries; the counts of those before are in it.
  const authorityOf = new Map(
    issuing.toReversed().map((one) => [one.id, one.certificateAuthorityId]),
  );
  const byAuthority = Map.groupBy(tokens, (token) => authorityOf.get(token.configurationId));
  const counts = await Promise.all(
    [...byAuthority].map(async ([authorityId, ofAuthority]) => {
      const ids = ofAuthority.map(({ id }) => id);
      const uses =
        authorityId === undefined ? [] : await authorities.get(authorityId).countUsesOfTokens(ids);
      return ids.map((id, index) => [id, uses[index] ?? 0] as const);
    }),
  );
  return new Map(counts.flat());
}

/** D1 first, then the object, each time: a call that died in between is made good by calling again. */
export async function revokeToken(
  dependencies: Needs<
    "configurations" | "tokens" | "authorities" | "configurationChanges" | "clock"
  >,
  access: TenantAccess<"token.revoke">,
  id: string,
): Promise<Outcome<NamedToken>> {
  const found = await locate(dependencies, access, id);
  if (!found.ok) return found;
  const { token, authority } = found.value;
  const revokedAt = dependencies.clock.now();
  const event = auditEvent(access, revokedAt, "token.revoked", id, {
    configuration: token.configurationName,
  });
  await dependencies.tokens.revokeToken(access.tenantId, id, revokedAt, event);
  await authority.revokeToken(id);
  dependencies.configurationChanges.changed(token.configurationId);
  return ok({ ...token, revokedAt: token.revokedAt ?? revokedAt });
}

async function locate(
  { configurations, tokens, authorities }: Needs<"configurations" | "tokens" | "authorities">,
  access: TenantAccess,
  id: string,
) {
  const token = await tokens.findToken(access.tenantId, id);
  const configuration =
    token && (await configurations.findConfiguration(access.tenantId, token.configurationId));
  if (!token || !configuration) return notFound("token");
  return ok({
    token: { ...token, configurationName: configuration.name },
    authority: authorities.get(configuration.certificateAuthorityId),
  });
}

export async function listTokens(
  dependencies: Needs<"configurations" | "tokens">,
  access: TenantAccess<"token.read">,
  page: OrderedPageRequest,
): Promise<Page<NamedToken>> {
  const tokens = await dependencies.tokens.listTokens(access.tenantId, page);
  return { ...tokens, items: await withConfigurationNames(dependencies, access, tokens.items) };
}
