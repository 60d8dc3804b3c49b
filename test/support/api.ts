/** The API and the redeem pages over the real stores, keys and CA objects, as index.ts wires them. */
import { env, exports } from "cloudflare:workers";
import { Hono } from "hono";
import { expect } from "vitest";
import { readEnvironment } from "../../src/env.ts";
import { createApi } from "../../src/http/api/api.ts";
import type { ApiDependencies } from "../../src/http/api/dependencies.ts";
import { createRedeemPages } from "../../src/http/redeem-page.tsx";
import { defaultFigures } from "../../src/intune/dependencies.ts";
import { createIntuneService } from "../../src/intune/intune-client.ts";
import { createAuthorityClient } from "../../src/platform/authority-client.ts";
import { createMailComposer } from "../../src/mail/composer.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import { createHealth } from "../../src/storage/health.ts";
import { createStores } from "../../src/storage/stores.ts";
import { operatorKey } from "./operator-key.ts";

export const bootstrapOperatorKey = "bootstrap-operator-key-of-these-tests";
export const stores = createStores(env.DB);

/** Ids of the configurations that a cache was told to forget. */
export const changedConfigurations: string[] = [];
/** What the API answered with 500. */
export const faults: unknown[] = [];
/** Work that goes on after an answer. */
export const afterwards: Promise<void>[] = [];
/** The time that the use cases see; a test may move it and must move it back. */
export const clock = {
  offsetMilliseconds: 0,
  now: () => new Date(Date.now() + clock.offsetMilliseconds),
};

const keyWrapping = createKeyWrapping(readEnvironment(env).masterKeys);

export const dependencies: ApiDependencies = {
  ...stores,
  health: createHealth(env.DB, env.CACHE),
  intune: createIntuneService({
    keyWrapping,
    clock,
    cache: env.CACHE,
    // Looked up anew each time, so that a test may put a fake in its place.
    fetch: (url, init) => fetch(url, init),
    sleep: () => scheduler.wait(1),
    random: () => 0,
    development: false,
    figures: defaultFigures,
  }),
  development: false,
  authorities: createAuthorityClient(env.CERTIFICATE_AUTHORITY),
  keyWrapping,
  configurationChanges: { changed: (id) => void changedConfigurations.push(id) },
  scepExchange: {
    async send(url, message) {
      const init = message ? { method: "POST", body: Uint8Array.from(message) } : {};
      const response = await exports.default.fetch(new Request(url, init));
      const contentType = response.headers.get("content-type")?.split(";")[0] ?? "";
      return {
        status: response.status,
        contentType,
        body: new Uint8Array(await response.arrayBuffer()),
      };
    },
  },
  clock,
  mailComposer: createMailComposer("https://scep.example.test"),
  mailTransport: undefined,
  webhookSender: { post: async () => ({ error: "Tests reach no network." }) },
  background: { run: (work) => void afterwards.push(work()) },
  log: { write: () => undefined, fault: (_id, error) => void faults.push(error) },
  publicHttpOrigin: "http://scep.example.test",
  publicHttpsOrigin: "https://scep.example.test",
  bootstrapOperatorKey,
  reportFault: (error) => {
    faults.push(error);
    console.error(error);
  },
};

export const app = new Hono()
  .route("/api/v1", createApi(dependencies))
  .route("/redeem", createRedeemPages(dependencies));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into answers of every shape; what they expect there is what they assert.
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  readonly body: any;
}

/** @param path below /api/v1 */
export async function call(
  key: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await app.request(`https://scep.example.test/api/v1${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}

/** As `call`, for what must succeed. */
export async function must(key: string, method: string, path: string, body?: unknown) {
  const answer = await call(key, method, path, body);
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
  return answer.body;
}

let operator: Promise<string> | undefined;

export function useOperatorKey(): Promise<string> {
  operator ??= operatorKey();
  return operator;
}

/** After a test that revoked the one in use. */
export function replaceOperatorKey(key: string): void {
  operator = Promise.resolve(key);
}

export interface TestTenant {
  readonly id: string;
  readonly key: string;
  /** `/tenants/{id}` */
  readonly path: string;
}

export async function createTestTenant(): Promise<TestTenant> {
  const operator = await useOperatorKey();
  const { id } = await must(operator, "POST", "/tenants", { name: `T ${crypto.randomUUID()}` });
  const path = `/tenants/${id}`;
  const { key } = await must(operator, "POST", `${path}/api-keys`, { name: "tests" });
  return { id, key, path };
}

/** A tenant with a CA, a template and an enabled configuration named `devices`. */
export async function createReadyTenant() {
  const tenant = await createTestTenant();
  const authority = await must(tenant.key, "POST", `${tenant.path}/certificate-authorities`, {
    name: "issuing",
    subject: "CN=Test CA,O=Test",
    keyAlgorithm: "P-256",
  });
  const template = await must(tenant.key, "POST", `${tenant.path}/certificate-templates`, {
    name: "device",
    validityDays: 90,
  });
  const configuration = await createConfiguration(tenant, "devices");
  return { ...tenant, authority, template, configuration };
}

export async function createConfiguration(tenant: TestTenant, name: string, more: object = {}) {
  const base = `${tenant.path}/scep-configurations`;
  await must(tenant.key, "POST", base, {
    name,
    kind: "simple",
    certificateAuthority: "issuing",
    certificateTemplate: "device",
    ...more,
  });
  await must(tenant.key, "POST", `${base}/${name}/enrolment-agent`);
  return must(tenant.key, "PATCH", `${base}/${name}`, { enabled: true });
}

/** A token request that was approved; its link is unused. */
export async function createApprovedToken(tenant: TestTenant, more: object = {}) {
  const request = await must(tenant.key, "POST", `${tenant.path}/token-requests`, {
    configuration: "devices",
    subject: "O=Demo",
    contactEmail: "someone@example.test",
    ...more,
  });
  const approval = await must(
    tenant.key,
    "POST",
    `${tenant.path}/token-requests/${request.id}/approve`,
  );
  return { requestId: request.id, tokenId: approval.tokenId, redeemUrl: approval.redeemUrl };
}

export const challengeIn = (page: string): string | undefined =>
  /data-challenge="([^"]+)"/.exec(page)?.[1];
