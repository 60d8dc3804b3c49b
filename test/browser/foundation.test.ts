/** The portal in Chromium: what people do on its first pages. */
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  looks,
  openChromium,
  visitor,
} from "../support/browser.ts";
import { shownSecret, signedHeaders } from "../../src/administration/webhook-signature.ts";
import { callApi } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { demo } from "../support/local-server.ts";

describe.skipIf(missing("browser/foundation", ["chromium"]))("the portal in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  it("a form that is sent by two quick clicks does its work once", async () => {
    const { page, tenantPage } = await visitor(browser, "olivia");
    await page.goto(tenantPage("/request-scep-certificate"));
    const contact = `twice-${Date.now()}@demo.test`;
    await page.getByLabel("SCEP configuration").selectOption("devices");
    await page.getByLabel("Organisation (O)").fill("Demo");
    await page.getByLabel("Contact").fill(contact);
    await page
      .getByRole("button", { name: /^Request/ })
      .last()
      .dblclick();
    await page.getByRole("status").waitFor();
    const { items } = await callApi<{ items: { contactEmail: string }[] }>(
      "GET",
      "token-requests?status=approved&limit=100",
    );
    expect(items.filter(({ contactEmail }) => contactEmail === contact)).toHaveLength(1);
  });

  it("an address that leads nowhere says so, and how to go on", async () => {
    const { page, tenantPage } = await visitor(browser, "olivia");
    const answer = await page.goto(tenantPage("/nothing"));
    expect(answer?.status()).toBe(404);
    await expectAccessible(page, "a page that is not there");
  });

  it("a person is added, refused twice, and removed after being asked", async () => {
    const { page, tenantPage, complaints } = await visitor(browser, "tess");
    await page.goto(tenantPage("/members"));
    const address = `kim-${Date.now()}@demo.test`;
    const add = async () => {
      await page.getByLabel("Mail address or group").fill(address);
      await page.getByLabel("Role").selectOption("auditor");
      await page.getByRole("button", { name: "Add member" }).click();
    };
    await add();
    expect(await page.getByRole("status").textContent()).toBe("The member was added.");
    await add();
    const problem = page.getByRole("alert");
    expect(await problem.textContent()).toContain("has this role already");
    await expectAccessible(page, "a form with an error");
    expect(await page.getByLabel("Mail address or group").inputValue()).toBe(address);

    await page.getByRole("button", { name: `Remove: ${address}` }).click();
    const dialog = page.getByRole("dialog", { name: `Remove ${address}?` });
    await expectAccessible(page, "a question");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await dialog.isVisible()).toBe(false);
    await page.getByRole("button", { name: `Remove: ${address}` }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    expect(await page.getByRole("status").textContent()).toBe("The member was removed.");
    expect(await page.getByText(address).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("an API key is shown once, works, and is copied by its button", async () => {
    const { page, tenantPage, context } = await visitor(browser, "tess");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(tenantPage("/api-keys"));
    const name = `script ${Date.now()}`;
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Role").selectOption("auditor");
    await page.getByRole("button", { name: "Add API key" }).click();
    await page.getByRole("button", { name: "Copy: API key" }).click();
    const key = String(await page.evaluate("navigator.clipboard.readText()"));
    const { baseUrl, tenant } = demo();
    const answer = await fetch(`${baseUrl}/api/v1/tenants/${tenant.id}/members`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(200);
    await page.getByRole("link", { name: "Done, I have copied it" }).click();
    expect(await page.content()).not.toContain(key);
    await page.getByRole("button", { name: `Revoke: ${name}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    expect(await page.getByRole("status").textContent()).toBe("The key was revoked.");
  });

  it("the webhooks page has what a receiver needs: its example takes what we sign and nothing else", async () => {
    const { page, tenantPage, complaints } = await visitor(browser, "tess");
    await page.goto(tenantPage("/webhooks"));
    await page.getByText("How a receiver checks the signature").click();
    await expectAccessible(page, "how a receiver checks the signature");
    const source = await page.locator("details pre").textContent();
    // The very text of the page, as a receiver would paste it.
    const isGenuine = runInThisContext(`(require, Buffer) => { ${source}; return isGenuine; }`)(
      createRequire(import.meta.url),
      Buffer,
    ) as (secret: string, headers: Readonly<Record<string, string>>, body: string) => boolean;
    const [fresh, old] = [1, 2].map((octet) => new Uint8Array(32).fill(octet)) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ];
    const body = '{"type":"test","data":{"name":"Zoë"}}';
    const message = { id: "msg_1", at: new Date(), body };
    const headers = await signedHeaders([old, fresh], message);
    for (const secret of [fresh, old])
      expect(isGenuine(shownSecret(secret), headers, body)).toBe(true);
    expect(isGenuine(shownSecret(fresh), headers, `${body} `)).toBe(false);
    expect(isGenuine(shownSecret(new Uint8Array(32)), headers, body)).toBe(false);
    const late = { ...message, at: new Date(Date.now() - 600_000) };
    expect(isGenuine(shownSecret(fresh), await signedHeaders([fresh], late), body)).toBe(false);
    for (const header of Object.keys(headers))
      expect(await page.locator("details dt", { hasText: header }).count()).toBe(1);
    await page.setViewportSize(looks.phone.viewport);
    await expectNoSidewaysScroll(page, "how a receiver checks the signature");
    expect(complaints).toEqual([]);
  });

  it("the audit log is filtered while one types, and nothing but the list is loaded anew", async () => {
    const { page, tenantPage, complaints } = await visitor(browser, "aud");
    await page.goto(tenantPage("/audit-log"));
    await page.evaluate("window.stillTheSamePage = true");
    await page.getByLabel("Action contains").fill("member.added");
    await page.waitForURL(/action=member\.added/);
    const actions = await page.locator("#results tbody tr td:nth-child(2)").allTextContents();
    expect(new Set(actions)).toEqual(new Set(["member.added"]));
    expect(await page.evaluate("window.stillTheSamePage")).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("an auditor sees no button that changes something, and is told when a page is not for them", async () => {
    const { page, tenantPage } = await visitor(browser, "aud");
    await page.goto(tenantPage("/members"));
    expect(await page.getByRole("button", { name: /Remove|Add/ }).count()).toBe(0);
    const answer = await page.goto(tenantPage("/settings"));
    expect(answer?.status()).toBe(403);
    expect(await page.getByRole("alert").textContent()).toContain("Tenant administrator");
  });

  it("by keyboard alone one gets past the menu, and on a phone the menu opens", async () => {
    const { page, tenantPage } = await visitor(browser, "tess", "phone");
    await page.goto(tenantPage("/members"));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).hash).toBe("#content");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Audit log" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Audit log");
  });

  it("who signs out is out, whatever the back button shows", async () => {
    const { page, tenantPage } = await visitor(browser, "tess");
    await page.goto(tenantPage("/members"));
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(tenantPage("/members"));
    expect(new URL(page.url()).pathname).toBe("/portal/sign-in");
    // After signing in, one is where one wanted to go.
    await page.click('button[value="tess@demo.test"]');
    expect(page.url()).toBe(tenantPage("/members"));
  });
});
