/** Credentials in Chromium: from the wish for a certificate to its revocation, with the device's part done for real. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "playwright-core";
import { expectAccessible, openChromium, visitor } from "../support/browser.ts";
import { type CertmongerDaemon, startCertmonger } from "../support/certmonger-daemon.ts";
import { enrolAtDemo } from "../support/demo-device.ts";
import { missing } from "../support/foreign-programs.ts";
import { run, runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demo, demoConfiguration } from "../support/local-server.ts";
import { commandOn, shellIn } from "../support/shown-commands.ts";

const needed = ["chromium", "certmonger", "getcert", "dbus-daemon", "openssl", "certtool"] as const;

describe.skipIf(missing("browser/credentials", needed))("credentials in Chromium", () => {
  let browser: Browser;
  let folder: TemporaryFolder;
  let certmonger: CertmongerDaemon;
  const unit = `Browser ${Date.now()}`;
  const contact = `device-${Date.now()}@demo.test`;
  let serial: string;

  beforeAll(async () => {
    browser = await openChromium();
    folder = temporaryFolder("credentials");
    certmonger = await startCertmonger(folder);
  });
  afterAll(async () => {
    await browser?.close();
    await certmonger?.stop();
    folder?.remove();
  });

  const notice = (page: Page) => page.getByRole("status").textContent();

  it("Rik asks for a token, sees meanwhile what it would let through, and is told what is next", async () => {
    const { page, tenantPage, complaints } = await visitor(browser, "rik");
    await page.goto(tenantPage(""));
    await page.getByRole("link", { name: "Request SCEP Certificate" }).click();
    const examples = page.locator("#examples");
    expect(await examples.textContent()).toContain("CN=anything would be accepted");
    await page.getByLabel("Organisation (O)").fill("Demo");
    await page.getByText("CN=anything,O=Demo").waitFor();
    await page.getByLabel("Organisational unit (OU)").fill(unit);
    await page.getByText(`CN=anything,OU=${unit},O=Demo`).waitFor();
    // What was typed stays while the example is loaded, and while a row is added and one removed.
    await page.getByLabel("Name 1", { exact: true }).fill("*.demo.test");
    await page.getByRole("button", { name: "Add a name" }).click();
    await page.getByLabel("Name 2", { exact: true }).fill("not needed");
    await page.getByRole("button", { name: "Remove name 2" }).click();
    await page.getByLabel("Name 2", { exact: true }).waitFor({ state: "detached" });
    await page.getByText("anything.demo.test").waitFor();
    await page.getByLabel("Country (C)").fill("NZL");
    await page.getByLabel("Contact mail").fill(contact);
    await page.getByLabel("Number of certificates").fill("5");
    await page.getByLabel("Country (C)").fill("");
    await expectAccessible(page, "the form, filled in");
    await page.getByRole("button", { name: "Request", exact: true }).click();
    expect(await notice(page)).toContain("waits for approval");
    expect(await page.locator("main").textContent()).toContain(`OU=${unit},O=Demo`);
    // A requester decides nothing, and sees the request in the list.
    expect(await page.getByRole("button", { name: /Approve|Reject/ }).count()).toBe(0);
    await page.goto(tenantPage("/token-requests"));
    await page.getByRole("link", { name: `OU=${unit},O=Demo` }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("Ada approves it; the second click of somebody slower is told so", async () => {
    const { page, tenantPage, complaints } = await visitor(browser, "ada");
    await page.goto(tenantPage("/approvals"));
    const slower = await page.context().newPage();
    await slower.goto(page.url());
    await page.getByRole("button", { name: `Approve ${contact}` }).click();
    expect(await notice(page)).toBe("The request was approved.");
    await slower.getByRole("button", { name: `Reject ${contact}` }).click();
    const dialog = slower.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("Too late");
    await dialog.getByRole("button", { name: "Reject", exact: true }).click();
    expect(await slower.getByRole("alert").textContent()).toContain("decided already");
    expect(complaints).toEqual([]);
  });

  it("the mailed link is opened, and the commands on its page bring a certificate", async () => {
    const { page } = await visitor(browser, undefined);
    await page.goto(`${demo().baseUrl}/mailbox`);
    const mail = page.locator("article", { hasText: contact }).first();
    await mail.locator('a[href*="/redeem/"]').click();
    await page.getByRole("button").first().click();
    const shown = await page.content();
    const shell = shellIn(folder);
    await shell("mkdir -p /etc/ssl/private /etc/ssl/certs");
    for (const step of [2, 3]) await shell(commandOn(shown, `certmonger-${step}`));
    const id = /getcert list -i (\S+)/.exec(commandOn(shown, "certmonger-4"))?.[1] ?? "";
    const states = ["MONITORING", "CA_REJECTED", "CA_UNREACHABLE"];
    expect(await certmonger.waitFor(id, states)).toContain("status: MONITORING");
    const chain = await fetchChain(demoConfiguration("devices").url, folder);
    const issued = await expectAccepted(chain, folder.file(`certs/${id}.pem`), folder);
    expect(issued.subjectText).toContain(`OU=${unit}`);
    const { stdout } = await runWell("openssl", [
      ...["x509", "-in", folder.file(`certs/${id}.pem`), "-noout", "-serial"],
    ]);
    serial =
      /serial=([0-9A-F]+)/
        .exec(stdout)?.[1]
        ?.toLowerCase()
        .replace(/^(00)+/, "") ?? "";
    expect(serial).toMatch(/^[0-9a-f]{8,}$/);
    await runWell("openssl", [
      ...["x509", "-in", folder.file(`certs/${id}.pem`), "-out", folder.file("device.pem")],
    ]);
  });

  it("the certificate is found, its story told, its files are what they say, and revoked it is so in OCSP", async () => {
    const { page, context, tenantPage, complaints } = await visitor(browser, "ada");
    await page.goto(tenantPage("/certificates"));
    await page.getByLabel("Name, serial or transactionID").fill(unit);
    // certmonger writes the least specific component last or first, as it likes.
    await page.getByRole("link", { name: `OU=${unit}` }).click();
    await page.waitForURL(new RegExp(`${serial}$`));
    expect(await page.locator("main .timeline").textContent()).toContain("Signed");
    const get = async (file: string) => (await context.request.get(`${page.url()}/${file}`)).body();
    expect((await get("certificate.pem")).toString()).toBe(
      readFileSync(folder.file("device.pem"), "utf8").replaceAll("\r\n", "\n"),
    );
    expect((await get("chain.pem")).toString().match(/BEGIN CERTIFICATE/g)).toHaveLength(3);

    const ocsp = async () => {
      const { pathname } = new URL(await ocspAddress());
      return run("openssl", [
        ...[
          "ocsp",
          "-issuer",
          folder.file("intermediates.pem"),
          "-cert",
          folder.file("device.pem"),
        ],
        ...["-CAfile", folder.file("root.pem"), "-url", demo().baseUrl + pathname, "-no_nonce"],
      ]);
    };
    const ocspAddress = async () =>
      (
        await runWell("openssl", ["x509", "-in", folder.file("device.pem"), "-noout", "-ocsp_uri"])
      ).stdout.trim();
    await page.getByRole("button", { name: "Revoke" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").selectOption("keyCompromise");
    await expectAccessible(page, "the question before a revocation");
    await dialog.getByRole("button", { name: "Revoke" }).click();
    expect(await notice(page)).toBe("The certificate was revoked.");
    expect(await page.getByRole("button", { name: "Revoke" }).count()).toBe(0);
    // Nobody has asked for it before, so no answer is kept that may be as old as a minute.
    expect((await ocsp()).said).toMatch(/device\.pem: revoked[^]*keyCompromise/);
    expect(complaints).toEqual([]);
  });

  it("why a device was refused is found by its name, in plain words, and what to do", async () => {
    const device = `refused-${Date.now()}`;
    await enrolAtDemo("devices", device, "no such challenge");
    const { page, tenantPage, complaints } = await visitor(browser, "ada");
    await page.goto(tenantPage("/transactions"));
    await page.getByRole("searchbox").fill(device);
    await page.getByRole("link", { name: `CN=${device},O=Demo` }).click();
    await page.getByText("What to do").waitFor();
    expect(await page.locator(".timeline").textContent()).toContain("refused");
    expect(complaints).toEqual([]);
  });

  it("a webhook is added, its secret shown once, tested, switched off and removed", async () => {
    const { page, tenantPage, complaints } = await visitor(browser, "tess");
    await page.goto(tenantPage("/webhooks"));
    // Somebody who listens and knows no such address.
    const address = `${demo().baseUrl}/webhook-${Date.now()}`;
    await page.getByLabel("Address").fill(address);
    await page.getByRole("button", { name: "Add webhook" }).click();
    const secret = await page.locator(".copy .value").textContent();
    expect(secret?.length).toBeGreaterThan(20);
    await page.getByRole("link", { name: "Done, I have copied it" }).click();
    expect(await page.content()).not.toContain(secret);
    await page.getByRole("button", { name: "Send a test" }).click();
    expect(await notice(page)).toContain("A test was sent");
    await expect
      .poll(async () => {
        await page.reload();
        return page.getByRole("region", { name: "Deliveries" }).textContent();
      })
      .toContain("404");
    await expectAccessible(page, "a webhook");
    await page.getByRole("button", { name: "Switch off" }).click();
    expect(await page.getByRole("button", { name: "Send a test" }).count()).toBe(0);
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    expect(await notice(page)).toBe("The webhook was removed.");
    expect(await page.content()).not.toContain(address);
    expect(complaints).toEqual([]);
  });
});
