/**
 * One workerd with the built bundle and nothing in front of it: requests reach the Worker's own socket. Started as a
 * process of its own by direct-process.mjs, told everything by one JSON file, and says one JSON line when it listens.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const service = "edge-scep";

/** The bundle's scripts for the browser, which are text to the Worker. */
const textsBeside = (path) =>
  readdirSync(dirname(path))
    .filter((name) => name.endsWith(".min.js"))
    .map((name) => [
      name,
      { type: "text", contents: readFileSync(join(dirname(path), name), "utf8") },
    ]);

/** A Worker of one module, and of texts. */
const worker = (name, path, { env = {}, exports = {}, port = 0 }) => ({
  config: {
    name,
    compatibilityDate: settings.compatibilityDate,
    manifest: {
      mainModule: "index.js",
      modules: {
        "index.js": { type: "esm", contents: readFileSync(path, "utf8") },
        ...Object.fromEntries(textsBeside(path)),
      },
    },
    env,
    exports,
  },
  dev: { rootPath: settings.folder, unsafeDirectSockets: [{ host: "127.0.0.1", port }] },
});

const text = (value) => ({ type: "text", value });
const limit = (namespace, allowed) => ({
  type: "rate-limit",
  namespace,
  simple: { limit: allowed, period: 60 },
});
const object = (owner, exportName) => ({ type: "durable-object", worker: owner, exportName });
const sqliteObject = { type: "durable-object", storage: "sqlite" };

/** What wrangler.toml says of the Worker, as Miniflare wants to hear it. */
const edgeScep = () =>
  worker(service, join(settings.bundle, "index.js"), {
    port: settings.port,
    env: {
      DB: { type: "d1", id: "edge-scep" },
      CACHE: { type: "kv", id: "edge-scep-cache" },
      CERTIFICATE_AUTHORITY: object(service, "CertificateAuthority"),
      SOURCE_LIMIT: limit("1001", 600),
      CONFIGURATION_LIMIT: limit("1002", 6000),
      CHALLENGE_FAILURE_LIMIT: limit("1003", 10),
      OCSP_LIMIT: limit("1004", 6000),
      ...Object.fromEntries(
        Object.entries(settings.variables).map(([name, value]) => [name, text(value)]),
      ),
    },
    exports: { CertificateAuthority: sqliteObject },
  });

const floor = () =>
  worker("floor", join(import.meta.dirname, "floor-worker.mjs"), {
    env: { CACHE: { type: "kv", id: "floor-cache" } },
  });

/** Calls the object past the Worker: only what the CA itself costs. */
const caller = () =>
  worker("caller", join(import.meta.dirname, "caller-worker.mjs"), {
    env: {
      CERTIFICATE_AUTHORITY: object(service, "CertificateAuthority"),
      EMPTY: object("caller", "Empty"),
    },
    exports: { Empty: sqliteObject },
  });

const makers = { service: edgeScep, floor, caller };
const miniflare = new Miniflare({
  cf: false,
  logRequests: false,
  log: new Log(LogLevel.WARN),
  telemetry: { enabled: false },
  resourcePersistencePath: join(settings.folder, "v3"),
  ...(settings.inspectorPort === undefined ? {} : { inspectorPort: settings.inspectorPort }),
  // The events are written and read as in earnest, but nobody needs them.
  handleStructuredLogs: () => {},
  workers: settings.workers.map((name) => makers[name]()),
});

await miniflare.ready;
const addresses = {};
for (const name of settings.workers) {
  const { origin } = await miniflare.unsafeGetDirectURL(name === "service" ? service : name);
  addresses[name] = origin;
}
if (settings.workers.includes("service"))
  await migrate(await miniflare.getD1Database("DB", service));
console.log(JSON.stringify({ addresses }));

/** The files of migrations/ that this database has not seen, each as one batch. */
async function migrate(database) {
  await database.exec("CREATE TABLE IF NOT EXISTS bench_migrations (name TEXT PRIMARY KEY)");
  const { results } = await database.prepare("SELECT name FROM bench_migrations").all();
  const seen = new Set(results.map(({ name }) => name));
  for (const { name, statements } of settings.migrations) {
    if (seen.has(name)) continue;
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO bench_migrations VALUES (?)").bind(name),
    ]);
  }
}
