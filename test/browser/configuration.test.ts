/** "Configuration" in Chromium, as a new administrator would: from nothing to a tested configuration; the Intune tab to a validated connection. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "playwright-core";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Look,
  openChromium,
  visitor,
} from "../support/browser.ts";
import { missing } from "../support/foreign-programs.ts";
import { demo } from "../support/local-server.ts";

const api = async (path: string) => {
  const { baseUrl, apiKey, tenant } = demo();
  const answer = await fetch(`${baseUrl}/api/v1/tenants/${tenant.id}/${path}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return (await answer.json()) as { items: { id: string; name: string }[] };
};

const idOf = async (path: string, name?: string): Promise<string> => {
  const { items } = await api(path);
  const found = items.find((item) => name === undefined || item.name === name);
  if (!found) throw new Error(`${path} has no ${name ?? "item"}`);
  return found.id;
};

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const status = (page: Page) => page.getByRole("status").textContent();

describe.skipIf(missing("browser/configuration", ["chromium"]))("Configuration in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());

  it.each<Look>(["light", "dark", "phone"])(
    "every page is accessible and fits, %s",
    async (look) => {
      const { page, complaints, tenantPage } = await visitor(browser, "tess", look);
      const authority = await idOf("certificate-authorities");
      const template = await idOf("certificate-templates");
      const connection = await idOf("intune-connections");
      const paths = [
        "/scep-configurations",
        "/scep-configurations/_new",
        "/scep-configurations/devices",
        "/scep-configurations/intune",
        "/intune-authentication",
        "/intune-authentication/_new",
        `/intune-authentication/${connection}`,
        "/certificate-authorities",
        "/certificate-authorities/_new",
        "/certificate-authorities/_import",
        `/certificate-authorities/${authority}`,
        "/certificate-templates",
        "/certificate-templates/_new",
        `/certificate-templates/${template}`,
        `/certificate-templates/${template}/change`,
        "/networks",
        "/networks/_new",
      ];
      for (const path of paths) {
        const answer = await page.goto(tenantPage(path));
        expect(answer?.status(), path).toBe(200);
        // What axe sees does not depend on the width.
        if (look === "phone") await expectNoSidewaysScroll(page, path);
        else await expectAccessible(page, path);
      }
      expect(complaints).toEqual([]);
    },
  );

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

  it("guide 4.3.3: Intune authentication, from its tab to a validated connection", async () => {
    const { page, complaints, tenantPage } = await visitor(browser, "tess");
    await page.goto(tenantPage("/scep-configurations"));
    await page.getByRole("link", { name: "Intune Authentication" }).click();
    await page.getByRole("link", { name: "microsoft" }).click();
    await button(page, "Validate Configuration").click();
    expect(await status(page)).toContain("The configuration works");
    const endpoints = Object.fromEntries(
      await Promise.all(
        ["login", "graph", "intuneResource", "serviceHosts"].map(async (name) => [
          name,
          await page.locator(`[name="endpoints.${name}"]`).inputValue(),
        ]),
      ),
    ) as Record<string, string>;
    const clientId = await page.getByLabel("Entra Application ID").inputValue();
    const directoryId = await page.getByLabel("Entra Tenant ID").inputValue();

    await page.goto(tenantPage("/intune-authentication"));
    await button(page, "Add Intune SCEP Authentication Config").click();
    const name = `Second ${Date.now().toString(36)}`;
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Entra Application ID").fill(clientId);
    await page.getByLabel("Entra Tenant ID").fill(directoryId);
    await page.getByLabel("Entra App Key (Secret Value)").fill("not-the-secret-value");
    await page.getByLabel("Microsoft cloud").selectOption("custom");
    await page.getByText("Addresses of a custom cloud").click();
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
    await button(page, "Delete").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    expect(await status(page)).toBe("The Intune authentication was deleted.");
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
