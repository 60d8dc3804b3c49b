/**
 * What makes a fresh clone work: the packages of package-lock.json and the Node they need. The system's
 * Node may be older (20 is enough to run these scripts); node_modules brings its own for the tools.
 */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { lastLines, root, run } from "./processes.mjs";
import { progress, Sentence } from "./terminal.mjs";

const modules = join(root, "node_modules");

/** Installs when node_modules is missing, half made or not what package-lock.json says. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  // npm would empty the folder behind the link, which belongs to somebody else.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Sentence(
      "node_modules is a link to packages that are not those of package-lock.json. Remove the link.",
    );
  }
  const line = progress("Installing packages (once, about a minute)");
  const { code, output } = await run("npm", ["ci", "--no-audit", "--no-fund"], process.env);
  if (code !== 0) {
    line.failed();
    throw new Sentence(
      `${lastLines(output, 20)}\nThe packages could not be installed. Check the network and run "npm ci" to see more.`,
    );
  }
  line.done();
}

/** npm writes the inner lock file last, so a killed installation has none. */
function isInstalled() {
  const inner = join(modules, ".package-lock.json");
  if (!existsSync(inner)) return false;
  const wanted = packagesOf(join(root, "package-lock.json"));
  const present = packagesOf(inner);
  return Object.entries(wanted).every(([path, { version, optional, peer, link }]) => {
    if (path === "" || link) return true;
    // Optional packages of other machines stay away.
    if (present[path] === undefined) return Boolean(optional || peer);
    return present[path].version === version;
  });
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, "utf8")).packages ?? {};
}

/** The Node that the tools run on: the packaged one, or this one when it is new enough. */
export function toolNode() {
  const packaged = join(modules, ".bin", "node");
  if (existsSync(packaged)) return packaged;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return process.execPath;
  throw new Sentence(
    `Node ${process.versions.node} is too old for the tools and no packaged Node exists for ${process.platform}-${process.arch}. Install Node 22.12 or newer.`,
  );
}

/** The environment for tools: packaged programs first, no look-ups, no telemetry, no tracing. */
export function toolEnvironment(extra = {}) {
  const { MASTER_KEYS: _keys, BOOTSTRAP_OPERATOR_KEY: _key, ...inherited } = process.env;
  return {
    ...inherited,
    PATH: `${join(modules, ".bin")}${delimiter}${process.env.PATH ?? ""}`,
    X_LOCAL_OBSERVABILITY: "false",
    X_LOCAL_EXPLORER: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_LOG_PATH: join(root, ".wrangler", "logs"),
    ...extra,
  };
}

/** Where a tool's program lies, e.g. `tool("wrangler")`. */
export function tool(name) {
  return join(modules, ".bin", name);
}
