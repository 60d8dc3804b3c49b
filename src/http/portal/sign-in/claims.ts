/** From what an identity provider says of a person to what the portal knows them by. */
import type { SignedInPerson } from "../../../ports/session-store.ts";

/** More groups than this are nobody's; a provider that sends them all would only slow each request. */
const groupsAtMost = 300;
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

interface Voucher {
  /** An address counts although the provider does not say that it verified it; never when it says that it did not. */
  readonly trustEmail: boolean;
  /** The tenant whose own provider it is; absent: the deployment's. */
  readonly tenantId?: string;
}

/** Undefined when there is no mail address, or none that the provider has verified. */
export function personOfClaims(
  claims: Readonly<Record<string, unknown>>,
  { trustEmail, tenantId }: Voucher,
): SignedInPerson | undefined {
  const { email, email_verified: verified, name, groups } = claims;
  if (typeof email !== "string" || !/^[^\s@]+@[^\s@]+$/.test(email)) return undefined;
  // Some providers send booleans as text.
  const isVerified = verified === undefined ? trustEmail : verified === true || verified === "true";
  if (!isVerified) return undefined;
  const mail = email.toLowerCase();
  const shown = typeof name === "string" ? name.replaceAll(invisible, "").slice(0, 80) : "";
  return {
    mail,
    name: shown || mail,
    groups: Array.isArray(groups)
      ? groups.filter((group) => typeof group === "string").slice(0, groupsAtMost)
      : [],
    ...(tenantId === undefined ? {} : { providerTenantId: tenantId }),
  };
}
