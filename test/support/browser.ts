/** Chromium against the server that `npm test` started, once for all of these suites. For the Node suites only. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { foreignProgram } from "./foreign-programs.ts";
import { demo } from "./local-server.ts";

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

export const openChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: foreignProgram("chromium"), args: ["--no-sandbox"] });

export const looks = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 } },
} as const;

export type Look = keyof typeof looks;

/** One of the demo's people: `olivia`, `tess`, `ada`, `rik`, `aud`. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about: scripts, styles and requests that the policy refused. */
  readonly complaints: string[];
  /** The address of a page of the demo's tenant. */
  tenantPage(path: string): string;
}

export async function visitor(
  browser: Browser,
  name: string | undefined,
  look: Look = "light",
): Promise<Visitor> {
  const { portalUrl, tenant } = demo();
  const context = await browser.newContext(looks[look]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A form that is refused is answered with 422, which the browser reports as an error too.
    if (message.type() === "error" && !/status of (4\d\d)/.test(message.text()))
      complaints.push(message.text());
  });
  if (name !== undefined) {
    await page.goto(`${portalUrl}/sign-in`);
    await page.click(`button[value="${name}@demo.test"]`);
  }
  return {
    context,
    page,
    complaints,
    tenantPage: (path) => `${portalUrl}/tenants/${tenant.id}${path}`,
  };
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/**
 * WCAG, by axe, on the page as it stands.
 * @param rules absent: all of them; a page that has just been looked at in the other theme differs in its colours only
 */
export async function expectAccessible(
  page: Page,
  what: string,
  rules?: readonly "color-contrast"[],
): Promise<void> {
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  // Evaluated by the debugger, so that the page's own policy needs no exception.
  const violations = (await page.evaluate(
    `${axeSource}; axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  )) as AxeViolation[];
  const said = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${String(target)} ${failureSummary}`),
  );
  expect(said, what).toEqual([]);
}

/** Nothing on it is wider than the window. */
export async function expectNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const [content, window] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  )) as [number, number];
  expect(content, what).toBeLessThanOrEqual(window);
}
