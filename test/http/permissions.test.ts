/**
 * Threat 39 and the roles, as a matrix made from the route tables: every route without a key or session, from another
 * tenant (api.test.ts has that for the API), and with every role that lacks the route's permission. A new route that
 * does not say what it needs fails here.
 */
import { beforeAll, describe, expect, it } from "vitest";
import {
  roleAllows,
  tenantRoles,
  type TenantPermission,
  type TenantRole,
} from "../../src/administration/permissions.ts";
import { createApi } from "../../src/http/api/api.ts";
import {
  call,
  changedConfigurations,
  createReadyTenant,
  createTestTenant,
  dependencies,
  must,
  stores,
  useOperatorKey,
} from "../support/api.ts";

let operator: string;
let tenant: Awaited<ReturnType<typeof createReadyTenant>>;
const keys = new Map<TenantRole, string>();

beforeAll(async () => {
  operator = await useOperatorKey();
  tenant = await createReadyTenant();
  for (const role of tenantRoles) {
    const { key } = await must(operator, "POST", `${tenant.path}/api-keys`, { name: role, role });
    keys.set(role, key);
  }
});

interface ApiOperation {
  readonly method: string;
  readonly path: string;
  readonly permission: string | undefined;
}

function apiOperations(): ApiOperation[] {
  const document = createApi(dependencies).getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "", version: "" },
  });
  return Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations as Record<string, { "x-permission"?: string }>).map(
      ([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        permission: operation["x-permission"],
      }),
    ),
  );
}

const targetOf = (path: string) =>
  path
    .replace("{tenant}", tenant.id)
    .replace("{name}", "devices")
    .replace(/\{\w+\}/, tenant.authority.id);

/** Whether a permission is one of a tenant's: the administrator has all of those. */
const isTenants = (permission: string) =>
  roleAllows("tenant-administrator", permission as TenantPermission);

describe("the API", () => {
  it("has no route that does not say what it needs, and few that need nothing", () => {
    const operations = apiOperations();
    expect(operations.length).toBeGreaterThan(35);
    expect(operations.filter(({ permission }) => permission === undefined)).toEqual([]);
    const open = operations.filter(({ permission }) => permission === "none");
    expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /tenants",
      "GET /presets",
    ]);
  });

  it.each(apiOperations())("$method $path: 401 without a key", async ({ method, path }) => {
    expect((await call(undefined, method, targetOf(path))).status).toBe(401);
  });

  it.each(apiOperations().filter(({ permission }) => permission !== "none"))(
    "$method $path: 403 for every role without $permission, which it names",
    async ({ method, path, permission = "" }) => {
      const lacking = tenantRoles.filter(
        (role) => !isTenants(permission) || !roleAllows(role, permission as TenantPermission),
      );
      for (const role of lacking) {
        const answer = await call(
          keys.get(role),
          method,
          targetOf(path),
          method === "GET" ? undefined : {},
        );
        expect(answer.status, role).toBe(403);
        expect(answer.body.detail).toContain(permission);
      }
    },
  );
});

describe("self-approval", () => {
  const request = { configuration: "devices", subject: "O=X", contactEmail: "a@example.test" };

  it("who asked may approve only with token-request.approve-own", async () => {
    const base = `${tenant.path}/token-requests`;
    const approver = keys.get("approver") ?? "";
    const own = await must(approver, "POST", base, request);
    const refused = await call(approver, "POST", `${base}/${own.id}/approve`);
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain("token-request.approve-own");
    // Another person's, they may; and an administrator may approve their own.
    const others = await must(keys.get("requester") ?? "", "POST", base, request);
    await must(approver, "POST", `${base}/${others.id}/approve`);
    const administrator = keys.get("tenant-administrator") ?? "";
    const administrators = await must(administrator, "POST", base, request);
    await must(administrator, "POST", `${base}/${administrators.id}/approve`);
    await must(approver, "POST", `${base}/${own.id}/reject`);
  });
});

describe("members", () => {
  it("are added once, listed, and removed", async () => {
    const own = await createTestTenant();
    const base = `${own.path}/members`;
    const ada = { kind: "mail", value: "Ada@Example.test", role: "approver" };
    const added = await must(own.key, "POST", base, ada);
    expect(added.value).toBe("ada@example.test");
    expect((await call(own.key, "POST", base, ada)).status).toBe(409);
    await must(own.key, "POST", base, { ...ada, role: "auditor" });
    expect((await must(own.key, "GET", base)).items).toHaveLength(2);
    const foreign = await createTestTenant();
    expect((await call(foreign.key, "DELETE", `${foreign.path}/members/${added.id}`)).status).toBe(
      404,
    );
    await must(own.key, "DELETE", `${base}/${added.id}`);
    expect((await call(own.key, "DELETE", `${base}/${added.id}`)).status).toBe(404);
    const { items } = await must(own.key, "GET", `${own.path}/audit-events`);
    expect(items.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(["member.added", "member.removed"]),
    );
  });

  it.each([
    ["an operator", { kind: "mail", value: "a@example.test", role: "operator" }, 400],
    ["no mail address", { kind: "mail", value: "ada", role: "approver" }, 422],
    ["an empty group", { kind: "group", value: "", role: "approver" }, 400],
  ])("refuses %s as a tenant's member", async (_name, body, status) => {
    expect((await call(tenant.key, "POST", `${tenant.path}/members`, body)).status).toBe(status);
  });
});

describe("entitlements", () => {
  it("without one, no configuration of its kind is made or enabled", async () => {
    const own = await createReadyTenant();
    const put = (entitlements: string[]) =>
      call(operator, "PUT", `${own.path}/entitlements`, { entitlements });
    expect((await put(["intune"])).body.entitlements).toEqual(["intune"]);
    const configuration = `${own.path}/scep-configurations/devices`;
    const body = {
      name: "more",
      kind: "simple",
      certificateAuthority: "issuing",
      certificateTemplate: "device",
    };
    const refused = await call(own.key, "POST", `${own.path}/scep-configurations`, body);
    expect([refused.status, refused.body.detail]).toEqual([
      403,
      expect.stringContaining("entitlement"),
    ]);
    expect((await call(own.key, "PATCH", configuration, { enabled: true })).status).toBe(403);
    // What devices are served from is off as well, and the isolate that was asked forgets its copy at once.
    const served = () =>
      stores.enrolmentConfigurations.findEnrolmentConfiguration("simple", own.id, "devices");
    expect((await served())?.configuration.enabled).toBe(false);
    expect(changedConfigurations).toContain(own.configuration.id);
    // Switching off is always possible.
    await must(own.key, "PATCH", configuration, { enabled: false });
    const store = dependencies.configurations;
    expect((await store.findConfiguration(own.id, "devices"))?.enabled).toBe(false);
    await put(["scep", "intune"]);
    await must(own.key, "PATCH", configuration, { enabled: true });
    expect((await served())?.configuration.enabled).toBe(true);
  });
});

it("a tenant is renamed, to a name that nobody has", async () => {
  const [own, other] = [await createTestTenant(), await createTestTenant()];
  const { name } = await must(other.key, "GET", other.path);
  expect((await call(own.key, "PATCH", own.path, { name })).status).toBe(409);
  const renamed = `New ${crypto.randomUUID()}`;
  expect((await must(own.key, "PATCH", own.path, { name: renamed })).name).toBe(renamed);
  expect((await must(own.key, "GET", own.path)).name).toBe(renamed);
});
