/** The process of direct-server.mjs: started and stopped, or killed. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { toolEnvironment, toolNode } from "../install.mjs";
import { readJson, writePrivate } from "../local-state.mjs";
import { keep, lastLines, root } from "../processes.mjs";
import { Sentence } from "../terminal.mjs";
import { findProcess } from "./process-cost.mjs";

const startPatienceMilliseconds = 60_000;

/**
 * @param {{ folder: string, bundle?: string, workers: string[], port?: number, inspectorPort?: number }} options
 * The folder keeps databases and secrets from one start to the next.
 */
export async function startDirectServer({ folder, bundle, workers, port: wanted, inspectorPort }) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = wanted ?? (await freePort());
  const settingsFile = join(folder, "settings.json");
  const kept = readJson(join(folder, "secrets.json")) ?? newSecrets(folder);
  const baseUrl = `http://127.0.0.1:${port}`;
  writePrivate(
    settingsFile,
    JSON.stringify({
      folder,
      bundle,
      workers,
      port,
      inspectorPort,
      compatibilityDate: compatibilityDate(),
      migrations: migrations(),
      variables: {
        ...kept,
        DEPLOYMENT: "development",
        PUBLIC_HTTP_ORIGIN: baseUrl,
        PUBLIC_HTTPS_ORIGIN: baseUrl,
      },
    }),
  );
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const logFile = join(folder, "server.log");
  const log = openSync(logFile, "w", 0o600);
  const started = keep(toolNode(), [join(import.meta.dirname, "direct-server.mjs"), settingsFile], {
    // What a killed server leaves behind lies where its folder is deleted.
    env: toolEnvironment({ TMPDIR: temporary }),
    output: log,
  });
  closeSync(log);
  const addresses = await untilListening(started, logFile);
  return {
    addresses,
    port,
    bootstrapKey: kept.BOOTSTRAP_OPERATOR_KEY,
    /** The runtime's own process: what is measured. */
    workerd: findProcess(started.child.pid, "workerd"),
    stop: started.stop,
    /** All of it at once, as a machine that loses its power. */
    async kill() {
      process.kill(-Number(started.child.pid), "SIGKILL");
      await started.ended;
    },
  };
}

/** Addresses that the Worker writes down must be known before it starts. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function newSecrets(folder) {
  const secrets = {
    MASTER_KEYS: `1:${randomBytes(32).toString("base64")}`,
    BOOTSTRAP_OPERATOR_KEY: randomBytes(32).toString("base64url"),
  };
  writePrivate(join(folder, "secrets.json"), JSON.stringify(secrets));
  return secrets;
}

const compatibilityDate = () =>
  /^compatibility_date = "(.+)"/m.exec(readFileSync(join(root, "wrangler.toml"), "utf8"))[1];

function migrations() {
  const folder = join(root, "migrations");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name) => ({
      name,
      statements: readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"),
    }));
}

async function untilListening(started, logFile) {
  const end = Date.now() + startPatienceMilliseconds;
  while (Date.now() < end && !started.hasEnded) {
    const said = /^\{"addresses".+$/m.exec(readFileSync(logFile, "utf8"))?.[0];
    if (said !== undefined) return JSON.parse(said).addresses;
    await pause(50);
  }
  await started.stop();
  throw new Sentence(
    `${lastLines(readFileSync(logFile, "utf8"), 20)}\nThe server did not start. Its log: ${logFile}`,
  );
}
