/**
 * The fake of Microsoft's cloud that the demo's `intune` configuration is connected to. Its directory, its app registration
 * and its port are chosen once and kept with the state; a port that is taken meanwhile is replaced.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { toolEnvironment, toolNode } from "./install.mjs";
import { portIsFree, readJson, writePrivate } from "./local-state.mjs";
import { probe } from "./probe.mjs";
import { keep } from "./processes.mjs";
import { Sentence } from "./terminal.mjs";

const patienceMilliseconds = 20_000;

export async function startFakeCloud(state) {
  const file = join(state.folder, "fake-microsoft.json");
  const kept = readJson(file);
  const tenants = kept?.tenants ?? [newTenant(), newTenant()];
  const port = kept && (await portIsFree(kept.port, 1000)) ? kept.port : await freePort();
  writePrivate(file, `${JSON.stringify({ port, tenants }, undefined, 2)}\n`);
  const log = openSync(join(state.folder, "fake-microsoft.log"), "w", 0o600);
  const program = join(import.meta.dirname, "fake-cloud", "run.mjs");
  const server = keep(toolNode(), [program, file], {
    env: toolEnvironment({ NODE_OPTIONS: "--disable-warning=ExperimentalWarning" }),
    output: log,
  });
  const cloud = { origin: `http://127.0.0.1:${port}`, ...tenants[0] };
  const ready = untilReady(cloud, server, state);
  // Whoever stops before it waited for this has heard of another trouble.
  ready.catch(() => {});
  return { server, cloud, ready };
}

const newTenant = () => ({
  directoryId: randomUUID(),
  clientId: randomUUID(),
  secret: `demo~${randomBytes(24).toString("base64url")}`,
});

function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function untilReady({ origin }, server, state) {
  const end = Date.now() + patienceMilliseconds;
  while (Date.now() < end && !server.hasEnded) {
    if ((await probe(`${origin}/__fake/health`, 2000))?.ok) return;
    await pause(100);
  }
  throw new Sentence(
    `The fake of Microsoft's cloud did not start. Its log: ${join(state.folder, "fake-microsoft.log")}`,
  );
}
