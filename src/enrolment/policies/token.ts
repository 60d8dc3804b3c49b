/** Authorisation by a multi-use token: the challengePassword names it, and it names what may be had (RFC 8894, section 7.3). */
import type { RequestedCertificate } from "../../ca/end-entity.ts";
import { toHex } from "../../pki/bytes.ts";
import { sha256 } from "../../pki/digest.ts";
import { formatDistinguishedName } from "../../pki/distinguished-name.ts";
import type { Authorisation } from "../../ports/certificate-issuing.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ScepToken, TokenStore } from "../../ports/token-store.ts";
import { ok, type Result } from "../../result.ts";
import { reject, type ScepRejection } from "../../scep/rejection.ts";
import { AgedCache } from "../aged-cache.ts";
import { findForeignName, subjectIsWithin } from "./token-scope.ts";

type TokenAuthorisation = Extract<Authorisation, { kind: "token" }>;

export interface KnownTokens {
  /** By the SHA-256 of the challenge inside one configuration: an unknown challenge and a wrong one are the same miss. */
  find(configurationId: string, challenge: string): Promise<ScepToken | undefined>;
  forget(configurationId: string): void;
}

export function createKnownTokens(store: TokenStore, clock: Clock): KnownTokens {
  const cache = new AgedCache<ScepToken>(clock, 10_000);
  return {
    async find(configurationId, challenge) {
      const octets = new TextEncoder().encode(challenge);
      const hash = await sha256(octets);
      return cache.find(`${configurationId}/${toHex(hash)}`, () =>
        store.findTokenByChallenge(configurationId, hash),
      );
    },
    forget: (configurationId) => cache.forget((token) => token.configurationId === configurationId),
  };
}

export async function authoriseByToken(
  requested: RequestedCertificate,
  challenge: string | undefined,
  configurationId: string,
  tokens: KnownTokens,
  now: Date,
): Promise<Result<TokenAuthorisation, ScepRejection>> {
  if (!challenge)
    return reject(
      "challenge_invalid",
      "The request has no challengePassword; this configuration needs one.",
    );
  const token = await tokens.find(configurationId, challenge);
  if (!token)
    return reject(
      "challenge_invalid",
      "The challengePassword belongs to no token of this configuration.",
    );
  const label = `Token ${token.id}`;
  if (token.revokedAt)
    return reject("token_revoked", `${label} was revoked at ${token.revokedAt.toISOString()}.`);
  if (token.expiresAt <= now)
    return reject("token_expired", `${label} ended at ${token.expiresAt.toISOString()}.`);
  if (!subjectIsWithin(requested.subject, token.subject)) {
    const [asked, allowed] = [requested.subject, token.subject].map(formatDistinguishedName);
    return reject(
      "subject_not_allowed",
      `The subject "${asked}" is not below "${allowed}", which ${label} allows.`,
    );
  }
  const foreign = findForeignName(requested.subjectAltNames, token.subjectAltNames);
  if (foreign) {
    return reject(
      "subject_alt_name_not_allowed",
      `${label} does not list the subjectAltName ${foreign.type}:${foreign.value}.`,
    );
  }
  const { id: tokenId, maxUses } = token;
  const expiresAtSeconds = Math.floor(token.expiresAt.getTime() / 1000);
  return ok({
    kind: "token",
    tokenId,
    expiresAtSeconds,
    ...(maxUses !== undefined && { maxUses }),
  });
}
