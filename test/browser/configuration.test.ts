/** "Configuration" in Chromium, as a new administrator would: from nothing to a tested configuration; the Intune tab to a validated connection. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "playwright-core";
import { expectAccessible, openChromium, visitor } from "../support/browser.ts";
import { missing } from "../support/foreign-programs.ts";
import { demo, fakeMicrosoft } from "../support/local-server.ts";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const status = (page: Page) => page.getByRole("status").textContent();

describe.skipIf(missing("browser/configuration", ["chromium"]))("Configuration in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  it("guide 3.2: CA, template, configuration, agent, enabled, tested", async () => {
    const { page, complaints, tenantPage } = await visitor(browser, "tess");
    const run = Date.now().toString(36);
    await page.goto(tenantPage("/certificate-authorities"));
    await button(page, "Add certificate authority").click();
    await page.getByLabel("Name", { exact: true }).fill(`Root ${run}`);
    await page.getByLabel("Subject", { exact: true }).fill(`CN=Root ${run},O=Browser`);
    await page.getByLabel("Key", { exact: true }).selectOption("P-256");
    await button(page, "Create").click();
    expect(await status(page)).toBe("The certificate authority was made.");

    await page.goto(tenantPage("/certificate-templates/_new"));
    await page.getByLabel("Name", { exact: true }).fill(`Template ${run}`);
    await page.getByLabel("Days of validity").fill("90");
    await page
      .getByRole("group", { name: "In every certificate" })
      .getByLabel("Smart-card logon (dangerous)")
      .check();
    await button(page, "Create").click();
    expect(await page.getByRole("alert").textContent()).toContain("sign in to a Windows domain");
    await page
      .getByRole("group", { name: "I know what this means" })
      .getByLabel(/Smart-card/)
      .check();
    await button(page, "Create").click();
    expect(await status(page)).toBe("The certificate template was created.");

    await page.goto(tenantPage(""));
    await page.getByRole("link", { name: "SCEP Configuration" }).click();
    await button(page, "Add SCEP Configuration").click();
    await page.getByLabel("Name", { exact: true }).fill(`conf-${run}`);
    await page.getByLabel("Certificate authority").selectOption(`Root ${run}`);
    await page.getByLabel("Certificate template").selectOption(`Template ${run}`);
    await button(page, "Create").click();
    expect(await status(page)).toContain("The configuration was created.");

    // Enabling it too early is refused with what to do.
    await page.getByLabel("Enable SCEP configuration").check();
    await button(page, "Save").click();
    expect(await page.getByRole("alert").textContent()).toContain("issue its enrolment agent");
    await button(page, "Issue Enrollment Agent Certificate").click();
    expect(await status(page)).toContain("was issued");
    await page.getByLabel("Enable SCEP configuration").check();
    await button(page, "Save").click();
    expect(await status(page)).toContain("The changes were saved.");

    await button(page, "Test this configuration").click();
    expect(await status(page)).toBe("Everything works");
    await expectAccessible(page, "the test's report");
    await page.getByRole("link", { name: "Back to the configuration" }).click();
    expect(await page.locator("#recent").textContent()).toContain("edge-scep-test");
    expect(complaints).toEqual([]);
  });

  it("guide 5.3.1b: the agent's certificate is put into the chain once more, and taken out again", async () => {
    const { page, complaints, tenantPage } = await visitor(browser, "tess");
    await page.goto(tenantPage("/scep-configurations/approval"));
    const chain = page.locator("#chain ol.chain > li");
    const before = await chain.count();
    await page.evaluate("window.stillTheSamePage = true");
    await button(page, "Add Enrollment agent").click();
    await expect.poll(() => chain.count()).toBe(before + 1);
    await page.getByText("Preview of the GetCACert answer").click();
    await page.getByText("application/x-x509-ca-ra-cert").waitFor();
    expect(await page.locator("#chain details ol > li").count()).toBe(before + 1);
    await button(page, "Remove Enrolment agent from place 1").click();
    await expect.poll(() => chain.count()).toBe(before);
    // What would leave no agent is refused, and says so.
    await button(page, "Remove Enrolment agent from place 1").click();
    await page.locator("#chain").getByRole("alert").waitFor();
    expect(await page.evaluate("window.stillTheSamePage")).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("guide 4.3.3: Intune authentication, from its empty tab to a validated connection", async () => {
    const { page, context, complaints } = await visitor(browser, "olivia");
    const { portalUrl } = demo();
    const { origin, entra } = fakeMicrosoft();
    const name = `Contoso ${Date.now().toString(36)}`;
    await page.goto(`${portalUrl}/operator/tenants`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await button(page, "Add tenant").click();
    await page.goto(`${portalUrl}/operator/tenants`);
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("link", { name: "SCEP Configuration" }).click();
    await page.getByRole("link", { name: "Intune Authentication" }).click();
    await page.getByText("There is no Intune authentication yet").waitFor();
    await expectAccessible(page, "the empty tab");

    await button(page, "Add Intune SCEP Authentication Config").click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    // As it is pasted: `fill` goes by no maxlength.
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    for (const [label, id] of [
      ["Entra Application ID", entra.clientId],
      ["Entra Tenant ID", entra.directoryId],
    ] as const) {
      await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(` ${id}`)})`);
      await page.getByLabel(label).focus();
      await page.keyboard.press("Control+V");
    }
    await page.getByLabel("Entra App Key (Secret Value)").fill("not-the-secret-value");
    await page.getByLabel("Microsoft cloud").selectOption("custom");
    await page.getByText("Addresses of a custom cloud").click();
    const endpoints = {
      ...{ login: origin, graph: origin, serviceHosts: new URL(origin).hostname },
      intuneResource: "https://api.manage.microsoft.com/",
    };
    for (const [field, value] of Object.entries(endpoints))
      await page.locator(`[name="endpoints.${field}"]`).fill(value);
    await button(page, "Confirm and save").click();
    expect(await status(page)).toBe("It was saved. Validate it now.");
    expect(await page.content()).not.toContain("not-the-secret-value");
    await button(page, "Validate Configuration").click();
    expect(await status(page)).toContain("does not work yet");
    await expectAccessible(page, "the report of a validation that failed");
    expect(await page.getByRole("region", { name: "Validation" }).textContent()).toContain(
      "Secret",
    );

    await page.getByLabel("Entra App Key (Secret Value)").fill(entra.secret);
    await button(page, "Replace secret").click();
    expect(await status(page)).toContain("The new secret serves at once");
    expect(await page.content()).not.toContain(entra.secret);
    await button(page, "Validate Configuration").click();
    expect(await status(page)).toContain("The configuration works");

    await button(page, "Delete").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    expect(await status(page)).toBe("The Intune authentication was deleted.");
    expect(complaints).toEqual([]);
  });

  it("the next CA: prepared, announced, withdrawn; prepared again, and let take over", async () => {
    const { page, complaints, tenantPage } = await visitor(browser, "tess");
    const run = Date.now().toString(36);
    await page.goto(tenantPage("/certificate-authorities/_new"));
    await page.getByLabel("Name", { exact: true }).fill(`Old ${run}`);
    await page.getByLabel("Subject", { exact: true }).fill(`CN=Old ${run}`);
    await page.getByLabel("Key", { exact: true }).selectOption("P-256");
    await button(page, "Create").click();
    await button(page, "Prepare the next CA").click();
    await expectAccessible(page, "the form for a next CA");
    await page.getByLabel("Day on which it takes over").fill("2020-01-01");
    await button(page, "Make it and announce it").click();
    expect(await page.getByRole("alert").textContent()).toContain("Give a time to come");
    await page.getByLabel("Day on which it takes over").fill("2090-05-30");
    await button(page, "Make it and announce it").click();
    expect(await status(page)).toBe("The next CA was made and is announced.");
    const content = page.getByRole("main");
    expect(await content.textContent()).toContain("2090-05-30");
    // Another root: what has to be deployed first is said, and leads to its files.
    expect(await content.textContent()).toContain("The root changes");
    await expectAccessible(page, "a CA that is announced");

    await page.getByLabel("Day on which it takes over").fill("");
    await button(page, "Change the day").click();
    expect(await status(page)).toBe("The day was changed.");
    expect(await content.textContent()).toContain("when somebody says so here");
    await button(page, "Withdraw it").click();
    await page.getByRole("dialog").getByRole("button", { name: "Withdraw it" }).click();
    expect(await status(page)).toBe("The next CA was withdrawn.");

    await page.getByLabel("Name").fill(`New ${run}`);
    await button(page, "Make it and announce it").click();
    await button(page, "Let it take over now").click();
    await page.getByRole("dialog").getByRole("button", { name: "Let it take over now" }).click();
    expect(await status(page)).toBe("The next CA has taken over.");
    await expectAccessible(page, "a CA that has taken over");
    await page.getByRole("link", { name: `New ${run}` }).click();
    expect(await content.textContent()).toContain("Takes the place of");
    expect(complaints).toEqual([]);
  });

  it("a CA below an outside one: its request is downloaded, and a wrong file is refused", async () => {
    const { page, complaints, tenantPage } = await visitor(browser, "tess");
    const run = Date.now().toString(36);
    await page.goto(tenantPage("/certificate-authorities/_new"));
    await page.getByLabel("Name", { exact: true }).fill(`Outside ${run}`);
    await page.getByLabel("Subject", { exact: true }).fill(`CN=Outside ${run}`);
    await page.getByLabel("Issuer").selectOption("_outside");
    await button(page, "Create").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download certification request" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("certificate-authority.csr");
    const file = { name: "ca.cer", mimeType: "application/pkix-cert", buffer: Buffer.from("none") };
    await page.getByLabel("The certificate that came back").setInputFiles(file);
    await button(page, "Install certificate").click();
    expect(await page.getByRole("alert").textContent()).toContain("Nothing was saved");
    expect(complaints).toEqual([]);
  });
});
