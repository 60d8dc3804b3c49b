/** Variables are read once, checked, and answered with one plain sentence when they are wrong. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../src/env.ts";

const key = (fill: number): string => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));

type Variable =
  | "MASTER_KEYS"
  | "BOOTSTRAP_OPERATOR_KEY"
  | "PUBLIC_HTTP_ORIGIN"
  | "PUBLIC_HTTPS_ORIGIN"
  | "DEPLOYMENT"
  | "INTUNE_TOKEN_CACHE_MINUTES"
  | "OIDC_ISSUER"
  | "OIDC_CLIENT_ID"
  | "OIDC_CLIENT_SECRET"
  | "OIDC_TRUST_EMAIL";

const {
  DB,
  CACHE,
  CERTIFICATE_AUTHORITY,
  SOURCE_LIMIT,
  CONFIGURATION_LIMIT,
  CHALLENGE_FAILURE_LIMIT,
  OCSP_LIMIT,
} = env;

const read = (changes: Partial<Record<Variable, string>>) =>
  readEnvironment({
    DB,
    CACHE,
    CERTIFICATE_AUTHORITY,
    SOURCE_LIMIT,
    CONFIGURATION_LIMIT,
    CHALLENGE_FAILURE_LIMIT,
    OCSP_LIMIT,
    MASTER_KEYS: `1:${key(1)}`,
    PUBLIC_HTTP_ORIGIN: "http://scep.example.com",
    PUBLIC_HTTPS_ORIGIN: "https://scep.example.com",
    ...changes,
  });

describe("MASTER_KEYS", () => {
  it.each([
    [`1:${key(1)}`, [1]],
    [`2:${key(2)},1:${key(1)}`, [2, 1]],
    [` 255:${key(2)}\n 1:${key(1)} \n`, [255, 1]],
    [`7:${key(2)}, 8:${key(1)}`, [7, 8]],
  ])("%s: versions in the order given, the first one wraps", (text, versions) => {
    const { masterKeys } = read({ MASTER_KEYS: text });
    expect(masterKeys.map(({ version }) => version)).toEqual(versions);
    expect(masterKeys.every(({ octets }) => octets.length === 32)).toBe(true);
  });

  it("the octets are those that were written", () => {
    expect(read({ MASTER_KEYS: `1:${key(0xab)}` }).masterKeys[0]?.octets).toEqual(
      new Uint8Array(32).fill(0xab),
    );
  });

  it.each(["", "   ", ","])("%j is no key: the operator is told how to set one", (text) => {
    expect(() => read({ MASTER_KEYS: text })).toThrow(
      /MASTER_KEYS is not set: .*wrangler secret put/,
    );
  });

  it.each([
    `0:${key(1)}`,
    `256:${key(1)}`,
    `-1:${key(1)}`,
    `1.5:${key(1)}`,
    `one:${key(1)}`,
    key(1),
    `1:${key(1).slice(0, -1)}`,
    `1:${btoa("too short")}`,
    `1:${btoa("x".repeat(33))}`,
    `1:${key(1).replace("=", "==")}`,
    `1:${"!".repeat(43)}=`,
    `1:${key(1)};2:${key(2)}`,
    `1:${key(1)},2`,
  ])("%s is refused without being quoted", (text) => {
    const attempt = () => read({ MASTER_KEYS: text });
    expect(attempt).toThrow(/^MASTER_KEYS has an entry that is not/);
    expect(attempt).not.toThrow(text.slice(3));
  });

  it("one version twice is refused: nobody could tell which of the two wrapped a row", () => {
    expect(() => read({ MASTER_KEYS: `1:${key(1)} 01:${key(2)}` })).toThrow(/one version twice/);
  });
});

describe("BOOTSTRAP_OPERATOR_KEY", () => {
  it("may be absent or empty: then the API opens for API keys only", () => {
    expect(read({}).bootstrapOperatorKey).toBeUndefined();
    expect(read({ BOOTSTRAP_OPERATOR_KEY: "" }).bootstrapOperatorKey).toBeUndefined();
  });

  it("is refused below 32 characters, without being quoted", () => {
    const short = "s".repeat(31);
    expect(() => read({ BOOTSTRAP_OPERATOR_KEY: short })).toThrow(/shorter than 32/);
    expect(() => read({ BOOTSTRAP_OPERATOR_KEY: short })).not.toThrow(short);
    expect(read({ BOOTSTRAP_OPERATOR_KEY: `${short}s` }).bootstrapOperatorKey).toHaveLength(32);
  });
});

describe("public origins", () => {
  it("a slash at the end is forgiven, a port is kept", () => {
    const { publicHttpOrigin, publicHttpsOrigin } = read({
      PUBLIC_HTTP_ORIGIN: "http://scep.example.com:8080/",
      PUBLIC_HTTPS_ORIGIN: "https://portal.example.com/",
    });
    expect(publicHttpOrigin).toBe("http://scep.example.com:8080");
    expect(publicHttpsOrigin).toBe("https://portal.example.com");
  });

  it.each([
    ["PUBLIC_HTTP_ORIGIN", "https://scep.example.com"],
    ["PUBLIC_HTTP_ORIGIN", "http://scep.example.com/pki"],
    ["PUBLIC_HTTP_ORIGIN", "http://user@scep.example.com"],
    ["PUBLIC_HTTP_ORIGIN", "http://scep.example.com?x"],
    ["PUBLIC_HTTP_ORIGIN", "scep.example.com"],
    ["PUBLIC_HTTP_ORIGIN", ""],
    ["PUBLIC_HTTPS_ORIGIN", "http://scep.example.com"],
    ["PUBLIC_HTTPS_ORIGIN", "javascript:alert(1)"],
    ["PUBLIC_HTTPS_ORIGIN", "https://scep.example.com#x"],
  ] as const)("%s=%s is refused by name", (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name);
  });

  it("the portal may do without TLS in development and nowhere else", () => {
    const loopback = { PUBLIC_HTTPS_ORIGIN: "http://127.0.0.1:8787" };
    expect(read({ ...loopback, DEPLOYMENT: "development" }).publicHttpsOrigin).toBe(
      "http://127.0.0.1:8787",
    );
    for (const DEPLOYMENT of ["production", "Development", "development ", "test", ""]) {
      expect(() => read({ ...loopback, DEPLOYMENT })).toThrow("PUBLIC_HTTPS_ORIGIN");
    }
  });
});

it("only the word development is development", () => {
  expect(read({}).development).toBe(false);
  expect(read({ DEPLOYMENT: "true" }).development).toBe(false);
  expect(read({ DEPLOYMENT: "development" }).development).toBe(true);
});

it("keeps Entra's tokens for half an hour, or what is said, and never for longer than an hour", () => {
  expect(read({}).intuneTokenSecondsAtMost).toBe(1800);
  expect(read({ INTUNE_TOKEN_CACHE_MINUTES: "0" }).intuneTokenSecondsAtMost).toBe(0);
  for (const INTUNE_TOKEN_CACHE_MINUTES of ["61", "-1", "1.5", "soon"])
    expect(() => read({ INTUNE_TOKEN_CACHE_MINUTES })).toThrow("INTUNE_TOKEN_CACHE_MINUTES");
});

it("trusts a provider's mail addresses only where that is said in so many words", () => {
  const provider = { OIDC_ISSUER: "https://login.example.com", OIDC_CLIENT_ID: "portal" };
  const trusts = (more: object) =>
    read({ ...provider, OIDC_CLIENT_SECRET: "s3cret", ...more }).openId?.trustEmail;
  expect(trusts({})).toBe(false);
  expect(trusts({ OIDC_TRUST_EMAIL: "false" })).toBe(false);
  expect(trusts({ OIDC_TRUST_EMAIL: "true" })).toBe(true);
  expect(() => trusts({ OIDC_TRUST_EMAIL: "yes" })).toThrow("OIDC_TRUST_EMAIL");
});
