/** From what an identity provider says of a person to what the portal knows them by. */
import type { SignedInPerson } from "../../../ports/session-store.ts";

/** More groups than this are nobody's; a provider that sends them all would only slow each request. */
const groupsAtMost = 300;
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Visible ASCII. Of other letters some fold to those of another address (the Kelvin sign is a k in small letters), or
 * cannot be seen; what a provider vouches for must be the very text that a member is known by.
 */
const mailAddress = /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/;

interface Voucher {
  /** An address counts although the provider does not say that it verified it; never when it says that it did not. */
  readonly trustEmail: boolean;
  /** The tenant whose own provider it is; absent: the deployment's. */
  readonly tenantId?: string;
}

/** Undefined when there is no mail address, one that is not plain ASCII, or none that the provider has verified. */
export function personOfClaims(
  claims: Readonly<Record<string, unknown>>,
  { trustEmail, tenantId }: Voucher,
): SignedInPerson | undefined {
  const { email, email_verified: verified, name, groups } = claims;
  if (typeof email !== "string" || !mailAddress.test(email)) return undefined;
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
