/** The portal: who gets in, who sees what, and what a browser of somebody else cannot do (threats 33, 39, 46 to 48). */
import { beforeAll, describe, expect, it } from "vitest";
import {
  isTenantPermission,
  rolesWith,
  roleAllows,
  tenantRoles,
} from "../../src/administration/permissions.ts";
import { openPaths, safeReturn } from "../../src/http/portal/sign-in/sign-in-pages.tsx";
import { portalRoutes } from "../../src/http/portal/routes.ts";
import { texts } from "../../src/http/portal/texts/texts.ts";
import { clock, createTestTenant, faults, must, type TestTenant } from "../support/api.ts";
import {
  Browser,
  developmentPortal,
  localOrigin,
  mountPortal,
  portalDependencies,
  signedInMember,
  signedInOperator,
} from "../support/portal.ts";

let tenant: TestTenant;
const people = new Map<string, Browser>();

let faultsBefore: number;

beforeAll(async () => {
  faultsBefore = faults.length;
  tenant = await createTestTenant();
  for (const role of tenantRoles) people.set(role, await signedInMember(tenant, role));
  people.set("operator", await signedInOperator());
});

const person = (role: string): Browser => {
  const found = people.get(role);
  if (!found) throw new Error(role);
  return found;
};

const members = () => `/portal/tenants/${tenant.id}/members`;

describe("the matrix of routes", () => {
  const target = (path: string, tenantId = tenant.id) =>
    `/portal${path.replace(":tenant", tenantId).replaceAll(/:\w+/g, crypto.randomUUID())}`;

  it.each(portalRoutes)("$method $path: without a session, to the sign-in", async (route) => {
    const answer = await new Browser().request(route.method.toUpperCase(), target(route.path), {});
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(/^\/portal\/sign-in\?return=/);
  });

  it.each(portalRoutes.filter(({ path }) => path.startsWith("/tenants/:tenant")))(
    "$method $path: another tenant's page is 404, as if there were none",
    async ({ method, path }) => {
      const foreign = await createTestTenant();
      const stranger = await signedInMember(foreign, "tenant-administrator");
      const [theirs, nobodys] = await Promise.all(
        [tenant.id, crypto.randomUUID()].map((id) =>
          stranger.request(method.toUpperCase(), target(path, id), {}),
        ),
      );
      expect(theirs?.status).toBe(404);
      expect(theirs?.text).toBe(nobodys?.text);
    },
  );

  it.each(portalRoutes.filter(({ permissions }) => permissions.length > 0))(
    "$method $path: 403 for every role that lacks one of $permissions",
    async ({ method, path, permissions }) => {
      for (const role of tenantRoles) {
        const lacking = permissions.find(
          (permission) => !isTenantPermission(permission) || !roleAllows(role, permission),
        );
        if (lacking === undefined) continue;
        const answer = await person(role).request(method.toUpperCase(), target(path), {});
        expect(answer.status, role).toBe(403);
        const { roles, problems } = texts.common;
        const able = isTenantPermission(lacking) ? rolesWith(lacking) : [];
        expect(answer.text).toContain(
          able.length > 0
            ? problems.roleNeeded(able.map((one) => roles[one]).join(", "))
            : problems.operatorsOnly,
        );
      }
    },
  );

  const shapeOf = (path: string) => path.replaceAll(/:\w+/g, ":");
  const shapesOfPages = new Set(
    portalRoutes.filter(({ method }) => method === "get").map(({ path }) => shapeOf(path)),
  );
  const onlyForForms = portalRoutes.filter(({ path }) => !shapesOfPages.has(shapeOf(path)));

  it.each(onlyForForms)(
    "$path takes forms only: opened, it leads to a page above it, also after a sign-in",
    async ({ path }) => {
      const address = target(path);
      const opened = await person("operator").get(address);
      expect(opened.status).toBe(303);
      const page = opened.headers.get("location") ?? "";
      expect(address.startsWith(`${page}/`)).toBe(true);
      const parts = page.split("/").length - 1;
      expect(shapesOfPages).toContain(shapeOf(path.split("/").slice(0, parts).join("/")));
      for (const method of ["GET", "POST"]) {
        const unknown = await new Browser().request(method, address, {});
        const back = new URL(unknown.headers.get("location") ?? "", localOrigin);
        expect([back.pathname, back.searchParams.get("return")]).toEqual(["/portal/sign-in", page]);
      }
    },
  );

  it.each([
    ["scep-configurations/dévices/enabled", "scep-configurations/d%C3%A9vices"],
    ["certificate-authorities/x/successor/day", "certificate-authorities/x/successor"],
    ["setup/windows/template", "setup"],
    ["members/x/remove", "members"],
  ])("%s leads to the nearest page there is, %s", async (form, page) => {
    const below = `/portal/tenants/${tenant.id}`;
    const opened = await person("operator").get(`${below}/${form}`);
    expect(opened.headers.get("location")).toBe(`${below}/${page}`);
  });

  it("after the sign-in, a page is shown with what its address asked for", async () => {
    const asked = `${members()}?limit=7`;
    const answer = await new Browser().get(asked);
    expect(answer.headers.get("location")).toContain(`return=${encodeURIComponent(asked)}`);
  });

  it("every other route opens without a session on purpose", () => {
    const listed = new Set([
      ...onlyForForms.map(({ path }) => `GET ${path}`),
      ...portalRoutes.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
      ...openPaths,
    ]);
    const served = developmentPortal.routes
      .filter(({ method, path }) => method !== "ALL" && !path.startsWith("/portal/assets/"))
      .map(({ method, path }) => `${method} ${path.replace(/^\/portal/, "") || "/"}`);
    expect(new Set(served)).toEqual(listed);
  });
});

describe("sessions", () => {
  it("end at sign-out, on the server too", async () => {
    const browser = await signedInMember(tenant, "auditor");
    const kept = new Map(browser.cookies);
    expect((await browser.get("/portal/tenants")).status).toBe(200);
    expect((await browser.post("/portal/sign-out")).status).toBe(303);
    for (const [name, value] of kept) browser.cookies.set(name, value);
    expect((await browser.get("/portal/tenants")).status).toBe(303);
  });

  it("open nothing any more once the member is removed", async () => {
    const browser = await signedInMember(tenant, "approver");
    const page = `/portal/tenants/${tenant.id}`;
    expect((await browser.get(page)).status).toBe(200);
    const { items } = await must(tenant.key, "GET", `${tenant.path}/members`);
    await must(tenant.key, "DELETE", `${tenant.path}/members/${items.at(-1).id}`);
    expect((await browser.get(page)).status).toBe(404);
  });

  it.each([
    ["an hour without a request", [61], 303],
    ["eight hours, however busy", Array.from({ length: 9 }, (_, hour) => (hour + 1) * 54), 303],
    ["not within an hour", [59], 200],
  ])("%s", async (_name, minutes, status) => {
    const browser = await signedInMember(tenant, "auditor");
    try {
      let last = 0;
      for (const after of minutes) {
        clock.offsetMilliseconds = after * 60_000;
        last = (await browser.get("/portal/tenants")).status;
      }
      expect(last).toBe(status);
    } finally {
      clock.offsetMilliseconds = 0;
    }
  });

  it("a cookie that was altered, or made for another purpose, is none", async () => {
    const browser = await signedInMember(tenant, "auditor");
    const [[name, value] = ["", ""]] = browser.cookies;
    for (const other of [`${value.slice(0, -2)}xx`, "", "x", value.slice(0, 20)]) {
      browser.cookies.set(name, other);
      expect((await browser.get("/portal/tenants")).status).toBe(303);
    }
    browser.cookies.clear();
    browser.cookies.set(name.replace("session", "sign-in"), value);
    expect((await browser.get("/portal/sign-in/callback?code=x&state=y")).status).toBe(401);
  });
});

describe("sign-in without a proof", () => {
  const mail = "somebody@example.test";

  it.each([
    ["development, but not on loopback", true, "https://scep.example.test"],
    ["loopback, but not development", false, localOrigin],
    ["neither", false, "https://scep.example.test"],
  ])("does not exist: %s", async (_name, development, origin) => {
    const portal = mountPortal(portalDependencies({ development }));
    await must(tenant.key, "POST", `${tenant.path}/members`, {
      kind: "mail",
      value: `${crypto.randomUUID()}@example.test`,
      role: "auditor",
    });
    const browser = new Browser(portal, origin);
    expect((await browser.post("/portal/sign-in/development", { mail })).status).toBe(404);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.get("/portal/sign-in")).text).not.toContain("/sign-in/development");
  });

  it("opens for members only", async () => {
    const browser = new Browser();
    expect((await browser.post("/portal/sign-in/development", { mail })).status).toBe(404);
  });

  it("leads only to pages of the portal", () => {
    for (const wanted of [
      "//evil.test",
      "https://evil.test/portal",
      "/\\evil.test",
      "/api",
      "",
      "/portalx",
    ])
      expect(safeReturn(wanted)).toBe("/portal");
    expect(safeReturn("/portal/tenants/x?search=a")).toBe("/portal/tenants/x?search=a");
  });
});

describe("threat 47: requests that other sites make a browser send", () => {
  const form = { value: "mallory@example.test", role: "tenant-administrator" };

  it.each([
    ["another Origin", { origin: "https://evil.test" }],
    ["an opaque Origin", { origin: "null" }],
    ["the same host over another scheme", { origin: localOrigin.replace("http:", "https:") }],
    ["text that looks like a form", { "content-type": "text/plain" }],
    ["JSON", { "content-type": "application/json" }],
  ])("%s is refused", async (_name, headers) => {
    const answer = await person("tenant-administrator").post(members(), form, headers);
    expect(answer.status).toBe(403);
    expect(
      (await must(tenant.key, "GET", `${tenant.path}/members?limit=100`)).items,
    ).not.toContainEqual(expect.objectContaining({ value: form.value }));
  });

  it("no Origin is no proof, unless the browser says same-origin", async () => {
    const { cookies } = person("tenant-administrator");
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const send = (headers: Record<string, string>) =>
      developmentPortal.request(`${localOrigin}${members()}`, {
        method: "POST",
        headers: { cookie, "content-type": "application/x-www-form-urlencoded", ...headers },
        body: new URLSearchParams({ value: "kim@example.test", role: "auditor" }).toString(),
      });
    expect((await send({})).status).toBe(403);
    expect((await send({ "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await send({ "sec-fetch-site": "same-origin" })).status).toBe(303);
  });

  it("cookies are HttpOnly and SameSite, and __Host- and Secure where there is HTTPS", async () => {
    const cookieOf = async (origin: string, development: boolean) => {
      const provider = { issuer: "https://login.example.com", clientId: "c", clientSecret: "s" };
      const openId = { ...provider, trustEmail: false };
      const portal = mountPortal(portalDependencies({ development, openId }));
      // A sign-out always writes the cookie: empty, and over.
      const answer = await new Browser(portal, origin).post("/portal/sign-out");
      return answer.headers.getSetCookie().join();
    };
    const deployed = await cookieOf("https://scep.example.test", false);
    for (const part of [
      "__Host-edge-scep-session=",
      "HttpOnly",
      "Secure",
      "SameSite=Lax",
      "Path=/",
    ])
      expect(deployed).toContain(part);
    expect(deployed).not.toContain("Domain");
    const local = await cookieOf(localOrigin, true);
    expect(local).toContain("HttpOnly");
    expect(local).not.toContain("Secure");
  });
});

describe("threat 48: what people wrote", () => {
  it("is text on the page, whatever it looks like, and no page allows inline script", async () => {
    const value = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
    await must(tenant.key, "POST", `${tenant.path}/members`, {
      kind: "group",
      value,
      role: "auditor",
    });
    const page = await person("tenant-administrator").get(`${members()}?limit=100`);
    expect(page.text).not.toContain("<script>alert");
    expect(page.text).not.toContain("<img src=x");
    expect(page.text).toContain("&lt;script&gt;alert(1)");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(/<[a-z]+(?: [a-z-]+="[^"]*")* (?:style|on[a-z]+)=/.exec(page.text)).toBeNull();
  });
});

it("the portal answered nothing with a fault", () => {
  expect(faults.slice(faultsBefore)).toEqual([]);
});
