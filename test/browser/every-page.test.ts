/**
 * Every page that there is, as a person sees it: in both themes and on a phone. The list is the route table, so a new page
 * is looked at without a word here; one whose address has a part that nothing is known for fails.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { portalRoutes } from "../../src/http/portal/routes.ts";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  looks,
  openChromium,
  visitor,
  type Visitor,
} from "../support/browser.ts";
import { addAuthority, authoritiesOf, callApi } from "../support/demo-api.ts";
import { enrolAtDemo } from "../support/demo-device.ts";
import { missing } from "../support/foreign-programs.ts";
import { demo } from "../support/local-server.ts";

/** What the browser saves and does not show. */
const isFile = (path: string): boolean => /\.(csv|json|pem|der|csr)$|:file$/.test(path);

const pages = portalRoutes
  .filter(({ method, path }) => method === "get" && !isFile(path))
  .map(({ path }) => path);

/** The demo has one of each, or is given one: what the first part of an address below a tenant's is about. */
const examples: Readonly<Record<string, () => Promise<string>>> = {
  "certificate-authorities": async () => (await authoritiesOf("devices")).issuer,
  "certificate-templates": () => anyOf("certificate-templates"),
  certificates: () => anyOf("certificates", "serialNumber"),
  "intune-authentication": () => anyOf("intune-connections"),
  networks: () => anyOf("networks", "name"),
  "scep-configurations": () => Promise.resolve("devices"),
  "token-requests": () => anyOf("token-requests"),
  tokens: () => anyOf("tokens"),
  transactions: () => anyOf("transactions"),
  webhooks: () => anyOf("webhooks"),
};

async function anyOf(resource: string, key = "id"): Promise<string> {
  const { items } = await callApi<{ items: Record<string, string>[] }>("GET", resource);
  const [found] = items;
  if (!found?.[key]) throw new Error(`The demo has no ${resource}.`);
  return found[key];
}

async function addressOf(path: string): Promise<string> {
  const { portalUrl, tenant } = demo();
  const below = path.replace("/tenants/:tenant", `/tenants/${tenant.id}`);
  if (!below.includes(":")) return portalUrl + below.replace(/\/$/, "");
  if (below.startsWith("/operator/tenants/:id")) return portalUrl + below.replace(":id", tenant.id);
  const [, kind = ""] = /^\/tenants\/:tenant\/([^/]+)\/:/.exec(path) ?? [];
  const example = examples[kind];
  if (!example) throw new Error(`Say above what ${path} is to be looked at with.`);
  return portalUrl + below.replace(/:\w+/, await example());
}

async function lookAt({ page }: Visitor, address: string): Promise<void> {
  const answer = await page.goto(address);
  expect(answer?.status(), address).toBe(200);
  await page.emulateMedia({ colorScheme: "light" });
  await expectAccessible(page, `${address}, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page, `${address}, dark`, ["color-contrast"]);
  // What axe sees does not depend on the width.
  await page.setViewportSize(looks.phone.viewport);
  await expectNoSidewaysScroll(page, address);
  await page.setViewportSize(looks.light.viewport);
}

describe.skipIf(missing("browser/every-page", ["chromium"]))("every page", () => {
  let browser: Browser;
  let olivia: Visitor;
  let nobody: Visitor;
  beforeAll(async () => {
    browser = await openChromium();
    olivia = await visitor(browser, "olivia");
    nobody = await visitor(browser, undefined);
    const name = `looked-at-${Date.now().toString(36)}`;
    await callApi("POST", "networks", { name, domains: [`${name}.demo.test`] });
    await callApi("POST", "webhooks", { url: `${demo().baseUrl}/nobody`, events: ["issued"] });
    await callApi("POST", "token-requests", {
      ...{ configuration: "devices", subject: "C=NZ", contactEmail: `${name}@demo.test` },
      subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
    });
    await enrolAtDemo("devices", name);
    await enrolAtDemo("approval", name);
  });
  afterAll(() => browser?.close());

  it.each(pages)("%s", async (path) => {
    await lookAt(olivia, await addressOf(path));
    expect(olivia.complaints.splice(0)).toEqual([]);
  });

  it("on a phone the outcome of a transaction is in sight, beside a transactionID without a break", async () => {
    const { page, tenantPage } = olivia;
    const device = `seen${Date.now().toString(16).padStart(40, "0")}`;
    await enrolAtDemo("approval", device);
    await page.setViewportSize(looks.phone.viewport);
    const row = page.getByRole("row", { name: device });
    await vi.waitFor(async () => {
      // The timeline is written behind the answer.
      await page.goto(tenantPage("/transactions"));
      expect(await row.count()).toBe(1);
    }, 10_000);
    const outcome = await row.locator(".badge").boundingBox();
    await page.setViewportSize(looks.light.viewport);
    if (!outcome) throw new Error("no outcome is shown");
    expect(outcome.x + outcome.width).toBeLessThanOrEqual(looks.phone.viewport.width);
  });

  it.each([
    ["/portal/sign-in", "the sign-in"],
    ["/mailbox", "the mailbox of development"],
    ["/api/v1/docs", "the reference of the REST API"],
  ])("%s: %s, for whoever comes by", async (path) => {
    await lookAt(nobody, demo().baseUrl + path);
    expect(nobody.complaints.splice(0)).toEqual([]);
  });

  it("the one-time page, closed and opened", async () => {
    const { page, complaints } = nobody;
    const { id } = await callApi<{ id: string }>("POST", "token-requests", {
      ...{ configuration: "devices", subject: "O=Demo", contactEmail: "device@demo.test" },
      subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
    });
    const { redeemUrl } = await callApi<{ redeemUrl: string }>(
      "POST",
      `token-requests/${id}/approve`,
      {},
    );
    await lookAt(nobody, demo().baseUrl + new URL(redeemUrl).pathname);
    await page.getByRole("button").first().click();
    await page.getByText("certmonger").first().waitFor();
    await page.emulateMedia({ colorScheme: "light" });
    await expectAccessible(page, "opened, light");
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page, "opened, dark", ["color-contrast"]);
    await page.setViewportSize(looks.phone.viewport);
    await expectNoSidewaysScroll(page, "opened");
    expect(complaints.splice(0)).toEqual([]);
  });

  it("4.2.1d: the public page of a CA with two above it, in the reader's own colours", async () => {
    const root = await addAuthority("NZGovtCA003", "P-256");
    const between = await addAuthority("NZGovtCA204", "P-256", root);
    const issuing = await addAuthority("NZGovtCA330", "P-256", between);
    await lookAt(nobody, `${demo().baseUrl}/pki/${issuing}/`);
    const { page } = nobody;
    const ground = async (colorScheme: "light" | "dark") => {
      await page.emulateMedia({ colorScheme });
      return String(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
    };
    expect(await ground("dark")).not.toBe(await ground("light"));
    expect(nobody.complaints.splice(0)).toEqual([]);
  });
});
