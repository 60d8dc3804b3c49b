/**
 * Three kinds of suites. `worker` and `fresh` run inside workerd with real local D1, KV and Durable Objects;
 * `interop` runs in Node against a started server, with foreign SCEP clients and with Chromium; `scripts` runs in
 * Node and tests the house itself: lint rules and command-line tools.
 */
import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Set here, so that a developer's own .dev.vars changes no result. */
const secrets = {
  MASTER_KEYS: "1:dGVzdC1vbmx5LW1hc3Rlci1rZXktMzItYnl0ZXMtISE=",
  BOOTSTRAP_OPERATOR_KEY: "test-only-bootstrap-operator-key",
};
// Wrangler looks for the secrets that wrangler.toml requires here, and complains otherwise.
Object.assign(process.env, secrets);

const nodeSuites = [
  "test/interop/**/*.test.ts",
  "test/browser/**/*.test.ts",
  "test/scripts/**/*.test.ts",
];

/**
 * Suites in workerd share it, and its database, with those that ran before: starting one takes seconds, and tests make
 * tenants of their own anyway. These need a deployment that nobody has used yet.
 */
const freshSuites = [
  "test/http/api.test.ts",
  "test/http/dashboard.test.ts",
  "test/administration/agent-upkeep.test.ts",
  "test/administration/audit-chain.test.ts",
  "test/administration/telling.test.ts",
  "test/administration/upkeep.test.ts",
  "test/platform/key-rotation.test.ts",
];

/** Nothing in these suites may reach the network: whoever calls out gets this answer. */
const blocked = (request: { url: string }) =>
  new Response(`Tests reach no network: ${request.url}`, { status: 599 });

const inWorkerd = async () =>
  cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: {
      bindings: {
        DEPLOYMENT: "test",
        ...secrets,
        PUBLIC_HTTP_ORIGIN: "http://scep.example.test",
        PUBLIC_HTTPS_ORIGIN: "https://scep.example.test",
        TEST_MIGRATIONS: await readD1Migrations("./migrations"),
      },
      outboundService: blocked,
    },
  });

/** Two also on two processors, where vitest would take one: each waits for its runtime half of its time. */
const maxWorkers = Math.max(2, availableParallelism() - 1);
const workerTests = {
  setupFiles: ["./test/setup.ts"],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers,
};

export default defineConfig(async () => ({
  test: {
    // The Worker's log lines are shown where a test fails.
    silent: "passed-only" as const,
    projects: [
      {
        plugins: [await inWorkerd()],
        test: {
          ...workerTests,
          name: "worker",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [...nodeSuites, ...freshSuites],
          isolate: false,
        },
      },
      {
        plugins: [await inWorkerd()],
        test: { ...workerTests, name: "fresh", include: freshSuites },
      },
      {
        test: {
          name: "interop",
          environment: "node",
          include: ["test/interop/**/*.test.ts", "test/browser/**/*.test.ts"],
          globalSetup: ["./test/interop/global-setup.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "scripts",
          environment: "node",
          include: ["test/scripts/**/*.test.ts"],
          maxWorkers,
          testTimeout: 60_000,
        },
      },
    ],
  },
}));
