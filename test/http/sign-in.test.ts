/**
 * Proofs of identity that do not hold (threat 46): tokens of Cloudflare Access and answers of an identity provider with
 * one thing wrong at a time. A real provider signs people in in test/browser/sign-in.test.ts.
 */
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { actorOfPerson } from "../../src/administration/actor.ts";
import { accessTenant, permit } from "../../src/administration/access.ts";
import { resumeSession, startSession } from "../../src/administration/sessions.ts";
import { isIssuerAllowed, setSignInProvider } from "../../src/administration/sign-in-providers.ts";
import { createAccessVerifier } from "../../src/http/portal/sign-in/access-verifier.ts";
import { personOfClaims } from "../../src/http/portal/sign-in/claims.ts";
import { createOpenIdConnect } from "../../src/http/portal/sign-in/openid-connect.ts";
import { toBase64Url } from "../../src/pki/bytes.ts";
import { createTestTenant, dependencies, must, stores, useOperatorKey } from "../support/api.ts";
import { expectOk } from "../support/authorities.ts";
import { Browser, mountPortal, portalDependencies } from "../support/portal.ts";

type Claims = Readonly<Record<string, unknown>>;
type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

let keys: KeyPair;
let foreignKeys: KeyPair;
let published: object;
beforeAll(async () => {
  [keys, foreignKeys] = await Promise.all([
    generateKeyPair("RS256", { extractable: true }),
    generateKeyPair("RS256", { extractable: true }),
  ]);
  const jwk = await exportJWK(keys.publicKey);
  published = { keys: [{ ...jwk, kid: "one", alg: "RS256", use: "sig" }] };
});

const seconds = () => Math.floor(Date.now() / 1000);

async function signed(
  claims: Claims,
  { by = keys.privateKey, header = {} }: { by?: KeyPair["privateKey"]; header?: object } = {},
): Promise<string> {
  const protectedHeader = { alg: "RS256", kid: "one", ...header } as JWTHeaderParameters;
  return new SignJWT({ ...claims }).setProtectedHeader(protectedHeader).sign(by);
}

const base64Url = (text: string) =>
  btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** Signed by nobody: algorithm `none`, in the spellings that have fooled libraries. */
const unsigned = (claims: Claims, alg = "none") =>
  `${base64Url(JSON.stringify({ alg, kid: "one" }))}.${base64Url(JSON.stringify(claims))}.`;

/** The oldest trick: the public key as the secret of an HMAC. */
async function confused(claims: Claims): Promise<string> {
  const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey)));
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: "HS256", kid: "one" }).sign(secret);
}

describe("Cloudflare Access", () => {
  const settings = { teamDomain: "demo.cloudflareaccess.com", audience: "a".repeat(64) };
  const good = () => ({
    iss: "https://demo.cloudflareaccess.com",
    aud: [settings.audience],
    sub: "7335d417",
    email: "Olivia@Demo.test",
    iat: seconds(),
    exp: seconds() + 600,
  });
  const verifier = () =>
    createAccessVerifier(settings, () => Promise.resolve(Response.json(published)));
  const verify = (token: string) =>
    verifier().verify(new Headers({ "cf-access-jwt-assertion": token }));

  it("believes a token that is all right", async () => {
    expect(await verify(await signed(good()))).toEqual({
      mail: "olivia@demo.test",
      name: "olivia@demo.test",
      groups: [],
    });
  });

  const wrong: [string, () => Promise<string>][] = [
    ["another audience", () => signed({ ...good(), aud: ["b".repeat(64)] })],
    ["no audience", () => signed({ ...good(), aud: undefined })],
    ["another team", () => signed({ ...good(), iss: "https://evil.cloudflareaccess.com" })],
    ["its time over", () => signed({ ...good(), exp: seconds() - 60 })],
    ["no end", () => signed({ ...good(), exp: undefined })],
    ["a beginning to come", () => signed({ ...good(), nbf: seconds() + 600 })],
    ["another key", () => signed(good(), { by: foreignKeys.privateKey })],
    ["an unknown key", () => signed(good(), { header: { kid: "two" } })],
    ["no mail address", () => signed({ ...good(), email: undefined })],
    ["algorithm none", () => Promise.resolve(unsigned(good()))],
    ["algorithm nOnE", () => Promise.resolve(unsigned(good(), "nOnE"))],
    ["the public key as an HMAC's secret", () => confused(good())],
    ["nothing in it", () => Promise.resolve("")],
    ["noise", () => Promise.resolve("a.b.c")],
  ];
  it.each(wrong)("refuses a token with %s", async (_name, token) => {
    expect(await verify(await token())).toBeUndefined();
  });

  it("is closed when the keys cannot be had", async () => {
    for (const answer of [
      () => Promise.reject(new TypeError("network")),
      () => Promise.resolve(new Response("busy", { status: 503 })),
      () => Promise.resolve(Response.json({ keys: [] })),
    ]) {
      const closed = createAccessVerifier(settings, answer);
      const headers = new Headers({ "cf-access-jwt-assertion": await signed(good()) });
      expect(await closed.verify(headers)).toBeUndefined();
    }
  });

  it("alone opens the portal where it is set: no cookie does, nor the demo's sign-in", async () => {
    const dependencies = portalDependencies({ development: true }, { accessVerifier: verifier() });
    const portal = mountPortal(dependencies);
    const value = `access-${crypto.randomUUID()}@demo.test`;
    await must(await useOperatorKey(), "POST", "/members", { kind: "mail", value });
    const signedIn = await new Browser().signIn(value);
    const behind = new Browser(portal);
    for (const [name, cookie] of signedIn.cookies) behind.cookies.set(name, cookie);
    expect((await behind.get("/portal/tenants")).status).toBe(303);
    expect((await behind.get("/portal/sign-in")).status).toBe(401);
    expect((await behind.post("/portal/sign-in/development", { mail: value })).status).toBe(404);
    const token = await signed({ ...good(), email: value });
    const proof = { "cf-access-jwt-assertion": token };
    expect((await behind.get("/portal/operator/tenants", proof)).status).toBe(200);
    const members = await must(await useOperatorKey(), "GET", "/members?limit=100");
    const { id } = members.items.find((member: { value: string }) => member.value === value);
    await must(await useOperatorKey(), "DELETE", `/members/${id}`);
    expect((await behind.get("/portal/operator/tenants", proof)).status).toBe(403);
  });
});

describe("OpenID Connect", () => {
  const issuer = "https://login.example.com";
  const redirectUri = "https://scep.example.test/portal/sign-in/callback";
  const provider = { issuer, clientId: "portal", clientSecret: "s3cret", trustEmail: false };
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    id_token_signing_alg_values_supported: ["RS256"],
    authorization_response_iss_parameter_supported: true,
  };

  interface Lie {
    readonly metadata?: object;
    readonly token?: (claims: Claims) => Promise<string>;
    readonly callback?: (callback: URL) => void;
    readonly started?: object;
    readonly userInfo?: object;
    readonly trustEmail?: boolean;
  }

  /** A whole sign-in with a provider that lies in one point; what it was asked is checked as strictly as a real one would. */
  async function signIn({ token = signed, ...lie }: Lie = {}) {
    let nonce = "";
    let challenge = "";
    const ask = async (url: string, init: RequestInit): Promise<Response> => {
      expect(init.redirect).toBe("manual");
      switch (url) {
        case `${issuer}/.well-known/openid-configuration`:
          return Response.json({ ...metadata, ...lie.metadata });
        case metadata.jwks_uri:
          return Response.json(published);
        case metadata.token_endpoint: {
          const sent = new URLSearchParams(init.body as URLSearchParams);
          const verifierDigest = await crypto.subtle.digest(
            "SHA-256",
            new TextEncoder().encode(sent.get("code_verifier") ?? ""),
          );
          expect(base64Url(String.fromCharCode(...new Uint8Array(verifierDigest)))).toBe(challenge);
          expect(sent.get("redirect_uri")).toBe(redirectUri);
          expect(new Headers(init.headers).get("authorization")).toBe(
            `Basic ${btoa("portal:s3cret")}`,
          );
          const claims = {
            iss: issuer,
            aud: "portal",
            sub: "ada",
            email: "Ada@demo.test",
            email_verified: true,
            name: "Ada",
            groups: ["approvers"],
            nonce,
            iat: seconds(),
            exp: seconds() + 300,
          };
          return Response.json({
            access_token: "access",
            token_type: "Bearer",
            id_token: await token(claims),
          });
        }
        case `${issuer}/user-info`:
          expect(new Headers(init.headers).get("authorization")).toBe("Bearer access");
          return Response.json({ sub: "ada", ...lie.userInfo });
        default:
          return new Response("not asked for", { status: 404 });
      }
    };
    const connect = createOpenIdConnect(false, ask);
    const { url, started } = await connect.start(provider, redirectUri, "/portal");
    nonce = url.searchParams.get("nonce") ?? "";
    challenge = url.searchParams.get("code_challenge") ?? "";
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      client_id: "portal",
      redirect_uri: redirectUri,
      code_challenge_method: "S256",
      state: started.state,
    });
    const callback = new URL(redirectUri);
    callback.searchParams.set("code", "code");
    callback.searchParams.set("state", started.state);
    callback.searchParams.set("iss", issuer);
    lie.callback?.(callback);
    const asked = { ...provider, trustEmail: lie.trustEmail ?? false };
    return connect.finish(asked, redirectUri, callback, { ...started, ...lie.started });
  }

  it("believes a provider that says nothing wrong", async () => {
    expect(await signIn()).toEqual({ mail: "ada@demo.test", name: "Ada", groups: ["approvers"] });
  });

  const but = (change: object) => (claims: Claims) => signed({ ...claims, ...change });
  const unverified = but({ email_verified: false });
  const verified = { email: "Ada@demo.test", email_verified: true };
  const unsaid = {
    token: but({ email_verified: undefined }),
    metadata: { userinfo_endpoint: `${issuer}/user-info` },
  };
  const lies: [string, Lie][] = [
    ["a token for another audience", { token: but({ aud: "other" }) }],
    ["a token for two, and made for the other", { token: but({ aud: ["portal", "x"], azp: "x" }) }],
    ["a token of another issuer", { token: but({ iss: "https://evil.example.com" }) }],
    ["a token whose time is over", { token: but({ exp: seconds() - 600 }) }],
    ["a token for another sign-in", { token: but({ nonce: "other" }) }],
    ["a token without a nonce", { token: but({ nonce: undefined }) }],
    [
      "a token signed with another key",
      { token: (c) => signed(c, { by: foreignKeys.privateKey }) },
    ],
    ["a token signed by nobody", { token: (c) => Promise.resolve(unsigned(c)) }],
    ["the public key as an HMAC's secret", { token: confused }],
    ["no token at all", { token: () => Promise.resolve("") }],
    ["another state", { callback: (url) => url.searchParams.set("state", "other") }],
    ["no state", { callback: (url) => url.searchParams.delete("state") }],
    [
      "an answer of another issuer",
      { callback: (url) => url.searchParams.set("iss", "https://e.example") },
    ],
    ["an error", { callback: (url) => url.searchParams.set("error", "access_denied") }],
    ["the browser of somebody else", { started: { state: "other" } }],
    ["an address that is not verified", { token: unverified }],
    ["no address", { token: but({ email: undefined }) }],
    ["an address of which nothing is said", { token: but({ email_verified: undefined }) }],
    ["one that is verified in another word", { token: but({ email_verified: 1 }) }],
    ["an unverified one where others are trusted", { token: unverified, trustEmail: true }],
    [
      "one where another is verified",
      { ...unsaid, userInfo: { ...verified, email: "e@demo.test" } },
    ],
  ];
  it("believes an address that is verified at the UserInfo endpoint, or that the operator vouches for", async () => {
    const token = but({ email: undefined, email_verified: undefined });
    for (const said of [
      { ...unsaid, userInfo: verified },
      { ...unsaid, token, userInfo: verified },
      { token: unsaid.token, trustEmail: true },
      { token: but({ email_verified: "true" }) },
    ])
      expect(await signIn(said)).toMatchObject({ mail: "ada@demo.test" });
  });
  it.each(lies)("refuses %s", async (_name, lie) => {
    expect(await signIn(lie)).toMatchObject({ reason: expect.any(String) });
  });

  it.each([
    ["another issuer", { issuer: "https://evil.example.com" }],
    ["keys at an inner address", { jwks_uri: "https://169.254.169.254/keys" }],
    ["a token endpoint over plain HTTP", { token_endpoint: "http://login.example.com/token" }],
    ["more than anybody has to say", { scopes_supported: ["x".repeat(600_000)] }],
  ])("does not even begin with metadata that names %s", async (_name, change) => {
    await expect(signIn({ metadata: change })).rejects.toThrow();
  });

  it("a tenant's own provider opens that tenant only, and makes nobody an operator", async () => {
    const [own, other] = [await createTestTenant(), await createTestTenant()];
    const value = `everywhere-${crypto.randomUUID()}@demo.test`;
    await must(await useOperatorKey(), "POST", "/members", { kind: "mail", value });
    for (const tenant of [own, other])
      await must(tenant.key, "POST", `${tenant.path}/members`, {
        kind: "mail",
        value,
        role: "auditor",
      });
    const person = { mail: value, name: "E", groups: [] };
    expect((await actorOfPerson(stores, person)).rank).toBe("operator");
    expect(await actorOfPerson(stores, { ...person, providerTenantId: own.id })).toEqual({
      kind: "person",
      id: value,
      rank: "tenant",
      memberships: [{ tenantId: own.id, role: "auditor" }],
    });
  });

  it("a session ends with the tenant's provider that opened it, when that is changed and when it is removed", async () => {
    const [own, other] = [await createTestTenant(), await createTestTenant()];
    const needs = { ...dependencies, sessions: stores.sessions };
    const person = { mail: "ada@demo.test", name: "Ada", groups: [] };
    const come = (providerTenantId?: string) =>
      startSession(needs, { ...person, ...(providerTenantId && { providerTenantId }) });
    const stays = async (secret: string) => (await resumeSession(needs, secret)) !== undefined;
    const path = `${own.path}/sign-in-provider`;
    const settings = { issuer, clientId: "portal", clientSecret: "s3cret" };
    const others = [await come(), await come(other.id)];
    expect(await must(own.key, "PUT", path, settings)).toMatchObject({ trustEmail: false });
    const first = await come(own.id);
    expect(await stays(first)).toBe(true);
    const changed = { issuer: "https://login.example.org", trustEmail: true };
    await must(own.key, "PUT", path, { ...settings, ...changed });
    expect(await must(own.key, "GET", path)).toMatchObject(changed);
    expect(await stays(first)).toBe(false);
    const second = await come(own.id);
    await must(own.key, "DELETE", path);
    expect(await stays(second)).toBe(false);
    expect(await Promise.all(others.map(stays))).toEqual([true, true]);
  });

  it("hands an answer to the provider that was asked and to no other (RFC 9700, section 4.4)", async () => {
    const tenant = await createTestTenant();
    const settings = { ...provider, issuer: "http://127.0.0.1:1" };
    const administrator = { kind: "api-key", id: "test", rank: "operator" } as const;
    const access = expectOk(await accessTenant(stores, administrator, tenant.id));
    const local = { ...dependencies, development: true };
    expectOk(
      await setSignInProvider(local, expectOk(permit(access, "tenant.configure")), settings),
    );
    // Nobody listens there: that it was asked is seen by what is reported.
    const asked: unknown[] = [];
    const reportFault = (error: unknown) => void asked.push(error);
    const portal = mountPortal(portalDependencies({ development: true }, { reportFault }));
    /** The person has begun with the tenant's provider, and comes back from somewhere. */
    const comeBack = async (callback: string) => {
      const browser = new Browser(portal);
      const started = { state: "y", nonce: "n", codeVerifier: "v".repeat(43), returnTo: "/portal" };
      const cookie = { ...started, tenantId: tenant.id, startedAt: Date.now() };
      const sealed = await dependencies.keyWrapping.wrap(
        new TextEncoder().encode(JSON.stringify(cookie)),
        { tenant: "shared", kind: "cookie", id: "sign-in" },
      );
      browser.cookies.set("edge-scep-sign-in-8787", toBase64Url(sealed));
      return (await browser.get(`/portal/sign-in/${callback}?code=x&state=y`)).status;
    };
    expect(await comeBack("callback")).toBe(401);
    expect(await comeBack(`callback/${crypto.randomUUID()}`)).toBe(401);
    expect(asked).toEqual([]);
    expect(await comeBack(`callback/${tenant.id}`)).toBe(401);
    expect(asked).toHaveLength(1);
  });

  it("groups make members, spelled exactly as the provider spells them", async () => {
    const tenant = await createTestTenant();
    const group = `Approvers ${crypto.randomUUID()}`;
    await must(tenant.key, "POST", `${tenant.path}/members`, {
      kind: "group",
      value: group,
      role: "approver",
    });
    const memberships = async (groups: string[]) => {
      const actor = await actorOfPerson(stores, { mail: "x@demo.test", name: "X", groups });
      return actor.rank === "tenant" ? actor.memberships : [];
    };
    expect(await memberships([group, "other"])).toEqual([
      { tenantId: tenant.id, role: "approver" },
    ]);
    expect(await memberships([group.toLowerCase()])).toEqual([]);
    // A mail address in the groups is no mail address.
    expect(await memberships(["tess@demo.test"])).toEqual([]);
    expect(
      personOfClaims({ email: "a@b.test", groups: [1, group, null] }, { trustEmail: true })?.groups,
    ).toEqual([group]);
  });
});

it.each([
  ["http://login.example.com", false],
  ["https://10.0.0.1", false],
  ["https://[::1]/", false],
  ["https://localhost", false],
  ["https://metadata.google.internal", false],
  ["https://metadata.google.internal./", false],
  ["https://localhost./", false],
  ["https://user:password@login.example.com", false],
  ["https://intranet", false],
  ["https://login.example.com/realms/staff", true],
])("threat 40: a tenant's issuer %s is %s", (address, allowed) => {
  expect(isIssuerAllowed(address, false)).toBe(allowed);
});
