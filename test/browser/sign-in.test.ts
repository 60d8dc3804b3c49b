/** A real identity provider (oidc-provider) as a tenant's own: people come in by it in Chromium. */
import type { Server } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChromium } from "../support/browser.ts";
import { missing } from "../support/foreign-programs.ts";
import { demo } from "../support/local-server.ts";

const clientSecret = "a-secret-of-this-test-and-nothing-else";

/** Whoever signs in is who they say; `Mallory` has an address that nobody verified. */
const claimsOf = (accountId: string) => ({
  sub: accountId,
  name: accountId,
  email: `${accountId.toLowerCase()}@provider.test`,
  email_verified: accountId !== "Mallory",
  groups: [`${accountId} group`],
});

async function startProvider(tenantId: string): Promise<{ issuer: string; server: Server }> {
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address() as AddressInfo;
      probe.close(() => resolve(free));
    });
  });
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "edge-scep",
        client_secret: clientSecret,
        redirect_uris: [`${demo().portalUrl}/sign-in/callback/${tenantId}`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    pkce: { required: () => true },
    claims: { email: ["email", "email_verified"], profile: ["name", "groups"] },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => claimsOf(accountId),
    }),
    cookies: { keys: ["keys of this test"] },
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = provider.listen(port, "127.0.0.1", () => resolve(listening));
  });
  return { issuer, server };
}

async function api<Answer>(method: string, path: string, body: object): Promise<Answer> {
  const { baseUrl, apiKey } = demo();
  const response = await fetch(`${baseUrl}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as Answer;
}

describe.skipIf(missing("browser/sign-in", ["chromium"]))("a tenant's own provider", () => {
  let browser: Browser;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let tenantId: string;

  beforeAll(async () => {
    ({ id: tenantId } = await api<{ id: string }>("POST", "tenants", {
      name: `OIDC ${Date.now()}`,
    }));
    [browser, provider] = await Promise.all([openChromium(), startProvider(tenantId)]);
    const settings = { issuer: provider.issuer, clientId: "edge-scep", clientSecret };
    await api("PUT", `tenants/${tenantId}/sign-in-provider`, settings);
    const member = (kind: string, value: string) =>
      api("POST", `tenants/${tenantId}/members`, { kind, value, role: "auditor" });
    await member("mail", "ada@provider.test");
    await member("group", "Grace group");
    await member("mail", "mallory@provider.test");
  });
  afterAll(async () => {
    await browser?.close();
    provider?.server.closeAllConnections();
    provider?.server.close();
  });

  async function signIn(accountId: string) {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(`${demo().portalUrl}/sign-in`);
    await page.getByText("Sign in by your tenant").click();
    await page.getByLabel("Tenant ID").fill(tenantId);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("link", { name: "Continue at 127.0.0.1" }).click();
    await page.fill("input[name=login]", accountId);
    await page.fill("input[name=password]", "anything");
    await page.click("button[type=submit]");
    await page.click("button[type=submit]"); // The consent.
    await page.waitForURL((url) => url.href.startsWith(demo().portalUrl));
    return page;
  }

  it("a member by mail address comes in, and sees this tenant and no other", async () => {
    const page = await signIn("Ada");
    expect(page.url()).toBe(`${demo().portalUrl}/tenants/${tenantId}`);
    expect(await page.locator(".who span").textContent()).toBe("Ada");
    const foreign = await page.goto(`${demo().portalUrl}/tenants/${demo().tenant.id}`);
    expect(foreign?.status()).toBe(404);
  });

  it("a member by group comes in", async () => {
    const page = await signIn("Grace");
    expect(page.url()).toBe(`${demo().portalUrl}/tenants/${tenantId}`);
  });

  it("somebody whom nobody made a member is told whom to ask", async () => {
    const page = await signIn("Nobody");
    expect(await page.locator("main").textContent()).toContain("nobody@provider.test");
  });

  it("an address that the provider has not verified opens nothing", async () => {
    const page = await signIn("Mallory");
    expect(await page.getByRole("alert").textContent()).toContain("verified mail address");
    await page.goto(`${demo().portalUrl}/tenants/${tenantId}`);
    expect(new URL(page.url()).pathname).toBe("/portal/sign-in");
  });

  it("without the browser that began, a callback is worth nothing", async () => {
    const answer = await fetch(`${demo().portalUrl}/sign-in/callback?code=x&state=y`);
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie().join()).not.toContain("session");
  });
});
