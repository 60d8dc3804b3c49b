/** Entra's token endpoint, version 2: client secret or signed assertion, and nothing that the real one would not take. */
import { createHash } from "node:crypto";
import { decodeProtectedHeader, importX509, jwtVerify } from "jose";
import { entraError } from "./fail.ts";
import { json } from "./fail.ts";
import type { FakeTenant } from "./tenants.ts";

export type FakeAudience = "graph" | "intune";

export interface FakeToken {
  readonly tenant: FakeTenant;
  readonly clientId: string;
  readonly audience: FakeAudience;
  /** As granted when it was minted: consent that comes later changes nothing. */
  readonly roles: readonly string[];
  readonly expiresAt: number;
}

export interface LoginState {
  readonly tenants: readonly FakeTenant[];
  readonly tokens: Map<string, FakeToken>;
  readonly usedAssertions: Set<string>;
  /** Of this endpoint, for the assertion's audience. */
  readonly loginOrigin: string;
  readonly graphOrigins: readonly string[];
  /** With its slash. */
  readonly intuneResource: string;
  readonly now: () => Date;
  readonly newGuid: () => string;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const skewSeconds = 300;

export async function answerToken(
  state: LoginState,
  request: Request,
  directory: string,
  bodyText: string,
): Promise<Response> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!contentType.startsWith("application/x-www-form-urlencoded"))
    throw entraError(400, "invalid_request", 900144, "The request body must be a form.");
  const form = new URLSearchParams(bodyText);
  for (const field of new Set(form.keys()))
    if (form.getAll(field).length > 1)
      throw entraError(400, "invalid_request", 90014, `The field ${field} comes twice.`);
  const tenant = state.tenants.find(
    (one) => one.directoryId === directory || one.domain === directory,
  );
  if (!tenant) throw entraError(400, "invalid_request", 90002, `Tenant '${directory}' not found.`);
  if (form.get("grant_type") !== "client_credentials")
    throw entraError(400, "unsupported_grant_type", 70003, "The grant type is not supported.");
  if (form.get("client_id") !== tenant.app.clientId)
    throw entraError(
      400,
      "unauthorized_client",
      700016,
      "Application was not found in the directory.",
    );
  await authenticateClient(state, tenant, form, directory);
  const audience = audienceOf(state, tenant, form.get("scope") ?? "");
  return mint(state, tenant, audience);
}

async function authenticateClient(
  state: LoginState,
  tenant: FakeTenant,
  form: URLSearchParams,
  directory: string,
): Promise<void> {
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  if ((secret === null) === (assertion === null))
    throw entraError(
      401,
      "invalid_client",
      7000218,
      "A client_secret or a client_assertion, please.",
    );
  if (assertion !== null) {
    if (form.get("client_assertion_type") !== assertionType)
      throw entraError(401, "invalid_client", 7000218, "The client_assertion_type is wrong.");
    await checkAssertion(state, tenant, assertion, directory);
    return;
  }
  const known = tenant.app.secrets.find(({ value }) => value === secret);
  if (!known)
    throw entraError(
      401,
      "invalid_client",
      7000215,
      "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
    );
  if (known.expiresAt && known.expiresAt <= state.now())
    throw entraError(
      401,
      "invalid_client",
      7000222,
      "The provided client secret keys are expired.",
    );
}

async function checkAssertion(
  state: LoginState,
  { app }: FakeTenant,
  assertion: string,
  directory: string,
): Promise<void> {
  const unknown = () =>
    entraError(401, "invalid_client", 700027, "The certificate or its signature is not known.");
  let header;
  try {
    header = decodeProtectedHeader(assertion);
  } catch {
    throw unknown();
  }
  const certificate = app.certificates.find((der) => {
    const print = (hash: string) => createHash(hash).update(der).digest("base64url");
    return header["x5t#S256"] === undefined
      ? header.x5t === print("sha1")
      : header["x5t#S256"] === print("sha256");
  });
  if (!certificate || !["PS256", "RS256"].includes(header.alg ?? "")) throw unknown();
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString("base64")}\n-----END CERTIFICATE-----`;
  const key = await importX509(pem, header.alg ?? "");
  let payload;
  try {
    ({ payload } = await jwtVerify(assertion, key, {
      audience: `${state.loginOrigin}/${directory}/oauth2/v2.0/token`,
      issuer: app.clientId,
      subject: app.clientId,
      requiredClaims: ["jti", "nbf", "exp"],
      currentDate: state.now(),
      clockTolerance: skewSeconds,
    }));
  } catch (error) {
    const isTime = error instanceof Error && /exp|nbf/.test(error.message);
    if (isTime)
      throw entraError(
        401,
        "invalid_client",
        700024,
        "Client assertion is not within its valid time range.",
      );
    throw unknown();
  }
  if (state.usedAssertions.has(payload.jti ?? "")) throw unknown();
  state.usedAssertions.add(payload.jti ?? "");
}

function audienceOf(state: LoginState, tenant: FakeTenant, scope: string): FakeAudience {
  if (!scope.endsWith("/.default"))
    throw entraError(400, "invalid_scope", 70011, "The provided value for scope is not valid.");
  const resource = scope.slice(0, -"/.default".length);
  if (state.graphOrigins.includes(resource)) return "graph";
  const isIntune =
    resource === state.intuneResource ||
    (tenant.acceptsSingleSlash && `${resource}/` === state.intuneResource);
  if (isIntune && tenant.hasIntune) return "intune";
  throw entraError(
    400,
    "invalid_resource",
    500011,
    `The resource principal named ${resource} was not found in the tenant.`,
  );
}

function mint(state: LoginState, tenant: FakeTenant, audience: FakeAudience): Response {
  const { app, tokenSeconds } = tenant;
  const roles = audience === "graph" ? app.graphRoles : app.intuneRoles;
  const claims = {
    aud: audience === "graph" ? state.graphOrigins[0] : state.intuneResource,
    tid: tenant.directoryInTokens ?? tenant.directoryId,
    appid: app.clientId,
    // Missing consent still yields a token.
    ...(roles.length > 0 && { roles }),
    uti: state.newGuid(),
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ typ: "JWT", alg: "RS256" })}.${part(claims)}.${Buffer.from(state.newGuid()).toString("base64url")}`;
  state.tokens.set(token, {
    ...{ tenant, clientId: app.clientId, audience, roles: [...roles] },
    expiresAt: state.now().getTime() + 1000 * tokenSeconds,
  });
  return json({
    token_type: "Bearer",
    expires_in: tokenSeconds,
    ext_expires_in: tokenSeconds,
    access_token: token,
  });
}
