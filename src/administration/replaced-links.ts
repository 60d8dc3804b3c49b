/** A one-time link that was lost is replaced by a new one; the old one dies. */
import type { TokenRequest } from "../ports/token-request-store.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { deliverMails, type DeliveryNeeds } from "./mail-delivery.ts";
import { createTokenLink } from "./one-time-links.ts";
import { conflict, type Outcome } from "./refusal.ts";
import { locateTokenRequest } from "./token-requests.ts";

export interface ReplacedLink {
  readonly tokenId: string;
  readonly redeemUrl: string;
  readonly redeemUntil: Date;
}

/** When the challenge that was asked for was shown, after which no new link is given; undefined: not yet. */
export const challengeShownAt = async (
  { oneTimeLinks }: Needs<"oneTimeLinks">,
  { tenantId }: TenantAccess<"token-request.read">,
  { tokenId }: Pick<TokenRequest, "tokenId">,
): Promise<Date | undefined> =>
  tokenId === undefined ? undefined : oneTimeLinks.findRedemption(tenantId, tokenId);

/** The link before works no more from now on, and is mailed no more. */
export async function replaceTokenLink(
  dependencies: Needs<
    "configurations" | "tokenRequests" | "oneTimeLinks" | "tenants" | "background"
  > &
    DeliveryNeeds,
  access: TenantAccess<"token-request.approve">,
  requestId: string,
): Promise<Outcome<ReplacedLink>> {
  const { oneTimeLinks, clock, background } = dependencies;
  const found = await locateTokenRequest(dependencies, access, requestId);
  if (!found.ok) return found;
  const { tokenId } = found.value;
  if (tokenId === undefined) return conflict("This request was not approved, so it has no link.");
  const at = clock.now();
  const link = await createTokenLink(dependencies, found.value, tokenId, at);
  const { linkHash, expiresAt, mail } = link;
  const replaced = await oneTimeLinks.replaceLink(
    access.tenantId,
    { tokenId, linkHash, expiresAt, at, mail },
    auditEvent(access, at, "token-request.link-replaced", requestId, {
      tokenId,
      linkExpiresAt: expiresAt,
    }),
  );
  if (!replaced) {
    return conflict(
      "The challenge of this token was shown already, or the token ended: make a new token request, and revoke this token.",
    );
  }
  background.run(() => deliverMails(dependencies));
  return ok({ tokenId, redeemUrl: link.redeemUrl, redeemUntil: expiresAt });
}
