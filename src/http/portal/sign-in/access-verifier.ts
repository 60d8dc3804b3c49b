/**
 * Cloudflare Access: the JSON Web Token that it sends along with every request it lets through (threat 46). Issuer,
 * audience, algorithm and time are pinned; keys come from the team's address and are cached; when they cannot be had and
 * none are cached, nobody gets in.
 */
import { createRemoteJWKSet, customFetch, type FetchImplementation, jwtVerify } from "jose";
import type { AccessSettings } from "../../../env.ts";
import type { SignedInPerson } from "../../../ports/session-store.ts";
import { personOfClaims } from "./claims.ts";

export interface AccessVerifier {
  /** Undefined: no token, or one that does not hold. */
  verify(headers: Headers): Promise<SignedInPerson | undefined>;
}

const header = "cf-access-jwt-assertion";

/** @param fetchKeys for tests */
export function createAccessVerifier(
  { teamDomain, audience }: AccessSettings,
  fetchKeys?: FetchImplementation,
): AccessVerifier {
  const issuer = `https://${teamDomain}`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`), {
    timeoutDuration: 5000,
    ...(fetchKeys ? { [customFetch]: fetchKeys } : {}),
  });
  return {
    async verify(headers) {
      const token = headers.get(header);
      if (token === null) return undefined;
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms: ["RS256"],
          requiredClaims: ["exp", "iat", "sub", "email"],
          clockTolerance: 30,
        });
        // Whom Access lets in, and under which addresses, is the operator's word there; it has no claim for it.
        return personOfClaims(payload, { trustEmail: true });
      } catch {
        // Whatever is wrong with it, or with getting the keys: it proves nothing.
        return undefined;
      }
    },
  };
}
