/** From what an identity provider says of a person to what the portal knows them by. */
import type { SignedInPerson } from "../../../ports/session-store.ts";

/** More groups than this are nobody's; a provider that sends them all would only slow each request. */
const groupsAtMost = 300;
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Undefined when there is no mail address, or one that the provider says it has not verified. */
export function personOfClaims(
  claims: Readonly<Record<string, unknown>>,
  providerTenantId?: string,
): SignedInPerson | undefined {
  const { email, email_verified: verified, name, groups } = claims;
  if (typeof email !== "string" || !/^[^\s@]+@[^\s@]+$/.test(email)) return undefined;
  if (verified === false || verified === "false") return undefined;
  const mail = email.toLowerCase();
  const shown = typeof name === "string" ? name.replaceAll(invisible, "").slice(0, 80) : "";
  return {
    mail,
    name: shown || mail,
    groups: Array.isArray(groups)
      ? groups.filter((group) => typeof group === "string").slice(0, groupsAtMost)
      : [],
    ...(providerTenantId === undefined ? {} : { providerTenantId }),
  };
}
