/**
 * Sign-in by OpenID Connect: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636).
 * The ID token's signature, issuer, audience, nonce, time and algorithm are all checked.
 */
import * as oauth from "oauth4webapi";
import { isIssuerAllowed } from "../../../administration/sign-in-providers.ts";
import type { SignedInPerson } from "../../../ports/session-store.ts";
import { personOfClaims } from "./claims.ts";

/**
 * Where a provider sends people back to. Each has an address of its own (RFC 9700, section 4.4.2.2): a tenant's provider
 * that sends a person on to the deployment's would otherwise be handed the code that the deployment's gave.
 */
export const callbackAddress = (publicHttpsOrigin: string, tenantId: string | undefined): string =>
  `${publicHttpsOrigin}/portal/sign-in/callback${tenantId === undefined ? "" : `/${tenantId}`}`;

export interface OpenIdProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Mail addresses count without `email_verified`. */
  readonly trustEmail: boolean;
  /** The tenant whose own provider it is; absent: the deployment's. */
  readonly tenantId?: string;
}

/** What is kept in the browser, sealed, while the person is at the provider. */
export interface StartedSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly tenantId?: string;
  /** Where the person wanted to go. */
  readonly returnTo: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export type SignInFailure =
  | { readonly reason: "unreachable" }
  /** In the provider's words. */
  | { readonly reason: "refused"; readonly detail: string }
  | { readonly reason: "invalid"; readonly error: unknown }
  | { readonly reason: "no_mail" };

const metadataLifeMilliseconds = 600_000;
const patienceMilliseconds = 8000;
/** Ample for metadata, keys and tokens with all groups. */
const longestAnswer = 512 * 1024;

/** What the runtime throws for it has no type of its own. */
class UnreachableProvider extends Error {}

type Ask = (url: string, init: RequestInit) => Promise<Response>;

/** @param ask for tests: what asks the provider */
export function createOpenIdConnect(
  development: boolean,
  ask: Ask = (url, init) => fetch(url, init),
) {
  const known = new Map<string, { readonly server: oauth.AuthorizationServer; until: number }>();
  const keys = new Map<string, oauth.JWKSCacheInput>();

  /** Redirects are not followed: a provider is asked at its own address or not at all. */
  const options = (issuer: string) => ({
    signal: AbortSignal.timeout(patienceMilliseconds),
    [oauth.allowInsecureRequests]: development && issuer.startsWith("http:"),
    [oauth.customFetch]: async (url: string, init: object) =>
      bounded(
        await ask(url, init).catch((error: unknown) => {
          throw new UnreachableProvider("The provider did not answer.", { cause: error });
        }),
      ),
  });

  async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
    const cached = known.get(issuer);
    if (cached && cached.until > Date.now()) return cached.server;
    const url = new URL(issuer);
    const response = await oauth.discoveryRequest(url, options(issuer));
    const server = await oauth.processDiscoveryResponse(url, response);
    for (const endpoint of [
      server.authorization_endpoint,
      server.token_endpoint,
      server.jwks_uri,
      server.userinfo_endpoint,
    ]) {
      if (endpoint !== undefined && !isIssuerAllowed(endpoint, development))
        throw new Error("The provider's metadata names an address that must not be asked.");
    }
    known.set(issuer, { server, until: Date.now() + metadataLifeMilliseconds });
    return server;
  }

  return {
    /** Where to send the person, and what to keep meanwhile. Throws when the provider cannot be reached. */
    async start(
      provider: OpenIdProvider,
      redirectUri: string,
      returnTo: string,
    ): Promise<{ readonly url: URL; readonly started: StartedSignIn }> {
      const server = await discover(provider.issuer);
      if (server.authorization_endpoint === undefined)
        throw new Error("The provider's metadata has no authorization_endpoint.");
      const codeVerifier = oauth.generateRandomCodeVerifier();
      const started: StartedSignIn = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        codeVerifier,
        ...(provider.tenantId === undefined ? {} : { tenantId: provider.tenantId }),
        returnTo,
        startedAt: Date.now(),
      };
      const url = new URL(server.authorization_endpoint);
      const query = {
        client_id: provider.clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: "openid email profile",
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
        state: started.state,
        nonce: started.nonce,
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return { url, started };
    },

    /** @param callback the address that the provider sent the person back to */
    async finish(
      provider: OpenIdProvider,
      redirectUri: string,
      callback: URL,
      started: StartedSignIn,
    ): Promise<SignedInPerson | SignInFailure> {
      const { issuer, clientId, clientSecret, trustEmail } = provider;
      const client: oauth.Client = { client_id: clientId };
      try {
        const server = await discover(issuer);
        const parameters = oauth.validateAuthResponse(server, client, callback, started.state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          clientAuthentication(server, clientSecret),
          parameters,
          redirectUri,
          started.codeVerifier,
          options(issuer),
        );
        const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: started.nonce,
          requireIdToken: true,
        });
        // TLS vouches for the answer already; the signature holds even where somebody reads TLS on the way.
        const cache = keys.get(issuer) ?? {};
        keys.set(issuer, cache);
        await oauth.validateApplicationLevelSignature(server, response, {
          ...options(issuer),
          [oauth.jwksCache]: cache,
        });
        const idToken = oauth.getValidatedIdTokenClaims(tokens);
        if (!idToken) return { reason: "invalid", error: "no ID token" };
        let claims: Readonly<Record<string, unknown>> = idToken;
        const isUnsaid =
          claims["email"] === undefined || (claims["email_verified"] === undefined && !trustEmail);
        if (isUnsaid && server.userinfo_endpoint !== undefined) {
          const answer = await oauth.userInfoRequest(
            server,
            client,
            tokens.access_token,
            options(issuer),
          );
          const more = await oauth.processUserInfoResponse(server, client, idToken.sub, answer);
          // That one address is verified says nothing of another.
          const isSame = claims["email"] === undefined || claims["email"] === more["email"];
          if (isSame) claims = { ...more, ...idToken };
        }
        return personOfClaims(claims, provider) ?? { reason: "no_mail" };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

/** A tenant's provider is a stranger: what it sends without end is not taken in. */
function bounded(response: Response): Response {
  let left = longestAnswer;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left < 0) controller.error(new Error("The provider's answer is too long."));
      else controller.enqueue(chunk);
    },
  });
  return response.body ? new Response(response.body.pipeThrough(limit), response) : response;
}

/** As the provider says it wants it; Basic is the default (RFC 8414, section 2). */
function clientAuthentication(server: oauth.AuthorizationServer, secret: string): oauth.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic")
    ? oauth.ClientSecretBasic(secret)
    : oauth.ClientSecretPost(secret);
}

function failureOf(error: unknown): SignInFailure {
  if (error instanceof oauth.AuthorizationResponseError)
    return { reason: "refused", detail: error.error_description ?? error.error };
  if (error instanceof oauth.ResponseBodyError)
    return { reason: "refused", detail: error.error_description ?? error.error };
  if (
    error instanceof UnreachableProvider ||
    (error instanceof Error && error.name === "TimeoutError")
  )
    return { reason: "unreachable" };
  return { reason: "invalid", error };
}
