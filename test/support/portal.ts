/** The portal over the real stores, as on a developer's own computer: there people sign in without a provider. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { TenantRole } from "../../src/administration/permissions.ts";
import { type Environment, readEnvironment } from "../../src/env.ts";
import type { PortalDependencies } from "../../src/http/portal/dependencies.ts";
import { createPortal } from "../../src/http/portal/portal.tsx";
import { Hono } from "hono";
import {
  call,
  dependencies,
  faults,
  must,
  stores,
  type TestTenant,
  useOperatorKey,
} from "./api.ts";

export const localOrigin = "http://127.0.0.1:8787";

export function portalDependencies(
  environment: Partial<Environment> = {},
  more: Partial<PortalDependencies> = {},
): PortalDependencies {
  return {
    ...dependencies,
    sessions: stores.sessions,
    environment: { ...readEnvironment(env), ...environment },
    accessVerifier: undefined,
    reportFault: (error) => void faults.push(error),
    ...more,
  };
}

export const mountPortal = (of: PortalDependencies): Hono =>
  new Hono().route("/portal", createPortal(of));

export const developmentPortal = mountPortal(portalDependencies({ development: true }));

export interface PortalAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One person's browser: keeps cookies, follows nothing. */
export class Browser {
  readonly #portal: Hono;
  readonly origin: string;
  readonly cookies = new Map<string, string>();

  constructor(portal = developmentPortal, origin = localOrigin) {
    this.#portal = portal;
    this.origin = origin;
  }

  /** @param form ignored where there can be none */
  async request(method: string, path: string, form: Record<string, string> = {}, headers = {}) {
    const sends = method !== "GET";
    const url = new URL(path, `${this.origin}/portal/`);
    const response = await this.#portal.request(url.href, {
      method,
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(sends
          ? { origin: this.origin, "content-type": "application/x-www-form-urlencoded" }
          : {}),
        ...headers,
      },
      ...(sends ? { body: new URLSearchParams(form).toString() } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  get = (path: string, headers = {}): Promise<PortalAnswer> =>
    this.request("GET", path, {}, headers);
  post = (path: string, form: Record<string, string> = {}, headers = {}): Promise<PortalAnswer> =>
    this.request("POST", path, form, headers);

  async signIn(mail: string): Promise<this> {
    expect((await this.post("/portal/sign-in/development", { mail })).status, mail).toBe(303);
    return this;
  }
}

/** A new member of the tenant, signed in. */
export async function signedInMember(tenant: TestTenant, role: TenantRole): Promise<Browser> {
  const value = `${role}-${crypto.randomUUID()}@example.test`;
  await must(tenant.key, "POST", `${tenant.path}/members`, { kind: "mail", value, role });
  return new Browser().signIn(value);
}

export async function signedInOperator(): Promise<Browser> {
  const value = `operator-${crypto.randomUUID()}@example.test`;
  const answer = await call(await useOperatorKey(), "POST", "/members", { kind: "mail", value });
  expect(answer.status).toBe(201);
  return new Browser().signIn(value);
}
