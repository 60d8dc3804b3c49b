/** A tenant's own identity provider (OpenID Connect). It vouches for that tenant's members and for nobody else. */
import type { KeyWrapping, WrappingContext } from "../ports/key-wrapping.ts";
import type { SignInProvider, SignInProviderStore } from "../ports/sign-in-provider-store.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { isPublicName } from "./public-name.ts";
import { invalid, notFound, type Outcome } from "./refusal.ts";

export interface SignInProviderSettings {
  /** As the provider spells it in its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Mail addresses count without `email_verified`: for providers that leave it out and whose users cannot choose theirs. */
  readonly trustEmail: boolean;
}

export type ShownSignInProvider = Pick<
  SignInProvider,
  "issuer" | "clientId" | "createdAt" | "trustEmail"
>;

const secretContext = (tenantId: string): WrappingContext => ({
  tenant: tenantId,
  kind: "sign-in-secret",
  id: tenantId,
});

/**
 * Threat 40: a tenant names the address, we ask it. So only https and public names; in development loopback too, where
 * the tests' providers are.
 */
export function isIssuerAllowed(address: string, development: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== "" || password !== "") return false;
  if (development && ["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return true;
  return protocol === "https:" && isPublicName(hostname);
}

/** Who came in by the one before is signed out: it vouches for nobody any more. */
export async function setSignInProvider(
  {
    signInProviders,
    keyWrapping,
    clock,
    development,
  }: Needs<"signInProviders" | "keyWrapping" | "clock" | "development">,
  access: TenantAccess<"tenant.configure">,
  settings: SignInProviderSettings,
): Promise<Outcome<ShownSignInProvider>> {
  const { issuer, clientId, clientSecret, trustEmail } = settings;
  if (!isIssuerAllowed(issuer, development)) {
    return invalid("issuer", "Give the provider's issuer, an https address with a public name.");
  }
  const { tenantId } = access;
  const createdAt = clock.now();
  const wrappedSecret = await keyWrapping.wrap(
    new TextEncoder().encode(clientSecret),
    secretContext(tenantId),
  );
  const event = auditEvent(access, createdAt, "sign-in-provider.set", tenantId, {
    issuer,
    clientId,
    trustEmail,
  });
  await signInProviders.putSignInProvider(
    { tenantId, issuer, clientId, wrappedSecret, createdAt, trustEmail },
    event,
  );
  return ok({ issuer, clientId, createdAt, trustEmail });
}

/** Without the secret, which nobody sees again. */
export async function showSignInProvider(
  { signInProviders }: Needs<"signInProviders">,
  access: TenantAccess<"tenant.read">,
): Promise<Outcome<ShownSignInProvider>> {
  const provider = await signInProviders.findSignInProvider(access.tenantId);
  if (!provider) return notFound("identity provider");
  const { issuer, clientId, createdAt, trustEmail } = provider;
  return ok({ issuer, clientId, createdAt, trustEmail });
}

/** Who came in by it is signed out in the same moment: nobody vouches for them any more. */
export async function removeSignInProvider(
  { signInProviders, clock }: Needs<"signInProviders" | "clock">,
  access: TenantAccess<"tenant.configure">,
): Promise<Outcome<undefined>> {
  const event = auditEvent(access, clock.now(), "sign-in-provider.removed", access.tenantId, {});
  const removed = await signInProviders.removeSignInProvider(access.tenantId, event);
  return removed ? ok(undefined) : notFound("identity provider");
}

/** With its secret: for the sign-in itself, before anybody is known. Undefined when the tenant has none. */
export async function findSignInProvider(
  {
    signInProviders,
    keyWrapping,
  }: { readonly signInProviders: SignInProviderStore; readonly keyWrapping: KeyWrapping },
  tenantId: string,
): Promise<(SignInProviderSettings & { readonly tenantId: string }) | undefined> {
  const provider = await signInProviders.findSignInProvider(tenantId);
  if (!provider) return undefined;
  const secret = await keyWrapping.unwrap(provider.wrappedSecret, secretContext(tenantId));
  const { issuer, clientId, trustEmail } = provider;
  const clientSecret = new TextDecoder().decode(secret);
  return { tenantId, issuer, clientId, clientSecret, trustEmail };
}
