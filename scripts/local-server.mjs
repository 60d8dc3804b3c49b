/** The Worker on this machine: migrations, `wrangler dev`, waiting until it answers, stopping all of it. */
import { createHash } from "node:crypto";
import {
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { tool, toolEnvironment } from "./install.mjs";
import { probe } from "./probe.mjs";
import { keep, lastLines, root, run } from "./processes.mjs";
import { Sentence } from "./terminal.mjs";

const startPatienceMilliseconds = 90_000;

export const serverEnvironment = (state) =>
  toolEnvironment({
    WRANGLER_LOG_PATH: join(state.folder, "logs"),
    // Several servers side by side must not find each other.
    WRANGLER_REGISTRY_PATH: join(state.folder, "registry"),
  });

/** Brings the local D1 database up to date; costs nothing when no migration is new. */
export async function applyMigrations(state) {
  const stamp = join(state.folder, "v3", "migrations-applied");
  const wanted = migrationsDigest();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return "nothing new";
  const { code, output } = await run(
    tool("wrangler"),
    ["d1", "migrations", "apply", "DB", "--local", ...stateArguments(state)],
    serverEnvironment(state),
  );
  if (code !== 0) {
    throw new Sentence(`${lastLines(output, 20)}\nThe database could not be brought up to date.`);
  }
  if (existsSync(dirname(stamp))) writeFileSync(stamp, wanted);
  return undefined;
}

function migrationsDigest() {
  const folder = join(root, "migrations");
  const digest = createHash("sha256");
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .toSorted()) {
    digest.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return digest.digest("hex");
}

export const stateArguments = (state) => [
  "--persist-to",
  state.folder,
  "--env-file",
  state.secretsFile,
];

/** Starts the Worker. The secrets travel by file, so that no process list shows them. */
export function startServer(state) {
  if (existsSync(state.logFile)) renameSync(state.logFile, `${state.logFile}.previous`);
  const log = openSync(state.logFile, "a", 0o600);
  const variables = {
    DEPLOYMENT: "development",
    PUBLIC_HTTP_ORIGIN: state.baseUrl,
    PUBLIC_HTTPS_ORIGIN: state.baseUrl,
  };
  const args = [
    "dev",
    "--ip=127.0.0.1",
    `--port=${state.port}`,
    "--inspector-port=0",
    "--show-interactive-dev-session=false",
    ...stateArguments(state),
    ...Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
  return keep(tool("wrangler"), args, { env: serverEnvironment(state), output: log });
}

/** Resolves when /health answers well; throws a sentence with the log's last lines otherwise. */
export async function untilHealthy(state, server) {
  const end = Date.now() + startPatienceMilliseconds;
  let answer = "it did not answer";
  while (Date.now() < end && !server.hasEnded && !buildFailed(state)) {
    const said = await probe(`${state.baseUrl}/health`, 5000);
    if (said?.ok) return;
    if (said) answer = `/health answered ${said.status}: ${said.body.slice(0, 300)}`;
    await pause(150);
  }
  if (server.hasEnded) answer = "it ended by itself";
  throw new Sentence(
    `${lastLines(readFileSync(state.logFile, "utf8"), 20)}\n` +
      `The server did not start (${answer}). Its log: ${state.logFile}`,
  );
}

const buildFailed = (state) => readFileSync(state.logFile, "utf8").includes("Build failed with");
