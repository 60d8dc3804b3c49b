/**
 * Starts what `npm start` starts, once for all interop suites: on a free port, with state of its own
 * that is thrown away at the end. EDGE_SCEP_DEV_JSON points the suites at a running server instead.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";

const startTimeoutMilliseconds = 180_000;

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const running = process.env.EDGE_SCEP_DEV_JSON;
  if (running !== undefined) return announce(project, dirname(running));

  const state = mkdtempSync(join(tmpdir(), "edge-scep-interop-"));
  const server = spawn(process.execPath, ["scripts/start.mjs"], {
    env: { ...process.env, PORT: String(await freePort()), EDGE_SCEP_STATE: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    await stopped(server);
    rmSync(state, { recursive: true, force: true });
  };
  try {
    await ready(server);
  } catch (error) {
    await stop();
    throw error;
  }
  announce(project, state);
  return stop;
}

function announce(project: TestProject, state: string): void {
  project.provide("devJson", join(state, "dev.json"));
}

/** Resolves at the line that start.mjs prints last; rejects with all it said when it ends before. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(
      () => reject(new Error(`The server did not start in time:\n${said}`)),
      startTimeoutMilliseconds,
    );
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (!said.includes("Ctrl-C stops")) return;
      clearTimeout(timer);
      server.stdout?.off("data", listen).resume();
      resolve();
    };
    server.stdout?.on("data", listen);
    server.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    server.once("exit", () => {
      clearTimeout(timer);
      reject(new Error(`The server ended instead of starting:\n${said}`));
    });
  });
}

/** Ctrl-C, and patience: start.mjs takes its children down with it. */
async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  server.kill("SIGINT");
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
