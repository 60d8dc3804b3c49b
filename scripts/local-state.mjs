/**
 * The folder of one local server (`.edge-scep`, or EDGE_SCEP_STATE): its databases, its secrets, its log
 * and dev.json. Several servers run side by side when PORT and EDGE_SCEP_STATE differ.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "./processes.mjs";
import { Sentence } from "./terminal.mjs";

const ownerOnly = 0o600;

/** Where everything of this server lies, from PORT and EDGE_SCEP_STATE. */
export function localState(environment = process.env) {
  const port = Number(environment.PORT || 8787);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Sentence(`PORT is "${environment.PORT}", which is no port number (1 to 65535).`);
  }
  const folder = resolve(root, environment.EDGE_SCEP_STATE || ".edge-scep");
  return {
    port,
    folder,
    baseUrl: `http://127.0.0.1:${port}`,
    secretsFile: join(folder, ".dev.vars"),
    logFile: join(folder, "server.log"),
    lockFile: join(folder, "server.pid"),
    devFile: join(folder, "dev.json"),
    demoFile: join(folder, "demo.json"),
  };
}

/** The secrets that a production deployment sets by hand: made once, kept, readable by the owner only. */
export function ensureSecrets({ folder, secretsFile }) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(secretsFile)) {
    writePrivate(
      secretsFile,
      `MASTER_KEYS="1:${randomBytes(32).toString("base64")}"\n` +
        `BOOTSTRAP_OPERATOR_KEY="${randomBytes(32).toString("base64url")}"\n`,
    );
  }
  const text = readFileSync(secretsFile, "utf8");
  const bootstrapKey = /^BOOTSTRAP_OPERATOR_KEY="?([^"\n]+)/m.exec(text)?.[1];
  if (bootstrapKey === undefined || !/^MASTER_KEYS=/m.test(text)) {
    throw new Sentence(`${secretsFile} lacks a secret. Delete the folder ${folder} to begin anew.`);
  }
  return { bootstrapKey };
}

/** Whole or not at all: the file appears under its name only when every byte is written. */
export function writePrivate(path, text) {
  writeFileSync(`${path}.new`, text, { mode: ownerOnly });
  renameSync(`${path}.new`, path);
}

/** @returns {any} what the JSON file holds, or undefined when there is none */
export function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** One server per folder. Gives back the function that releases it. */
export function lockState({ folder, lockFile }) {
  const holder = existsSync(lockFile) ? Number(readFileSync(lockFile, "utf8")) : undefined;
  if (holder !== undefined && holder !== process.pid && isOurs(holder)) {
    throw new Sentence(
      `A server with the state in ${folder} is already running (process ${holder}). ` +
        "Stop it, or set EDGE_SCEP_STATE and PORT to run a second one.",
    );
  }
  writePrivate(lockFile, String(process.pid));
  return () => rmSync(lockFile, { force: true });
}

/** A number alone proves nothing: the process may have died and the number be somebody else's. */
function isOurs(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, "utf8").includes("start.mjs");
}

/** Waits a little, because a server that was killed needs a moment to let its port go. */
export async function portIsFree(port, patienceMilliseconds = 6000) {
  const end = Date.now() + patienceMilliseconds;
  while (!(await canListen(port))) {
    if (Date.now() > end) return false;
    await pause(200);
  }
  return true;
}

function canListen(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}
