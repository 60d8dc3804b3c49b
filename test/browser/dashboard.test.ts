/** From an empty tenant to a test enrolment, step by step, and what the dashboard says of it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Look,
  looks,
  openChromium,
  visitor,
} from "../support/browser.ts";
import { missing } from "../support/foreign-programs.ts";
import { demo } from "../support/local-server.ts";

describe.skipIf(missing("browser/dashboard", ["chromium"]))("a new tenant", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  async function lookAtAll(page: Page, what: string): Promise<void> {
    for (const look of Object.keys(looks) as Look[]) {
      await page.emulateMedia({ colorScheme: looks[look].colorScheme });
      await page.setViewportSize(looks[look].viewport);
      if (look === "light") await expectAccessible(page, `${what}, ${look}`);
      if (look === "dark") await expectAccessible(page, `${what}, ${look}`, ["color-contrast"]);
      if (look === "phone") await expectNoSidewaysScroll(page, what);
    }
    await page.setViewportSize(looks.light.viewport);
  }

  it("is led from nothing to a test enrolment, may leave and come back, and sees its certificate on the dashboard", async () => {
    const { page, complaints } = await visitor(browser, "olivia");
    await page.goto(`${demo().portalUrl}/operator/tenants`);
    await page.getByLabel("Name").fill(`First ${Date.now()}`);
    await page.getByRole("button", { name: "Add tenant" }).click();
    const home = page.url().replace(/\/members.*/, "");
    await page.goto(home);
    await lookAtAll(page, "an empty tenant");
    const hint = await page.locator("fieldset > .hint").boundingBox();
    const choice = await page.locator("fieldset > .check").first().boundingBox();
    expect(choice?.x, "the first choice stands below the hint, not beside it").toBe(hint?.x);
    await page.getByLabel("Linux hosts with certmonger").check();
    await page.getByRole("button", { name: "Continue" }).click();
    await lookAtAll(page, "the first step");
    await page.getByRole("button", { name: "Make the certificate authorities" }).click();
    await page.getByRole("button", { name: "Make the template" }).click();
    await page.getByRole("button", { name: "Make the configuration" }).click();
    // Somebody goes away, and comes back to the tenant's first page.
    await page.goto(home);
    await page.getByRole("button", { name: "Issue the agent's certificate" }).click();
    await page.getByRole("button", { name: "Enable the configuration" }).click();
    await page.getByRole("link", { name: "Devices CA" }).waitFor();
    await page.getByRole("button", { name: "Test this configuration" }).click();
    await page.getByText("Everything works").waitFor();
    await page.waitForTimeout(1000); // The timeline is written behind the answer.
    await page.goto(`${home}/setup`);
    expect(await page.getByText("Everything is set up").count()).toBe(1);
    await lookAtAll(page, "the end of the steps");
    await page.getByRole("button", { name: "Go to the dashboard" }).click();
    const issued = page.locator(".cards .card", { hasText: "issued today" });
    await issued.waitFor();
    // The agent's, and the one of the test.
    expect(await issued.locator(".figure").textContent()).toBe("2");
    await lookAtAll(page, "a dashboard");
    expect(complaints).toEqual([]);
  });
});
