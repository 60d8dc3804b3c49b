/** Other programs, run so that none of them outlives the command that wanted it, however that ends. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const keeper = join(dirname(fileURLToPath(import.meta.url)), "keeper.mjs");
export const root = dirname(dirname(keeper));
const patienceMilliseconds = 8000;

/**
 * Starts a program under a keeper.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, output: "pipe" | "inherit" | number, cwd?: string }} options
 */
export function keep(program, args, { env, output, cwd = root }) {
  const child = spawn(process.execPath, [keeper, program, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ["pipe", output, output],
  });
  // The keeper may be gone already when it is told to stop.
  child.stdin?.on("error", () => {});
  const ended = new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code) => {
      endGroup(child.pid);
      resolve(code ?? 1);
    });
  });
  const kept = { child, ended, hasEnded: false, stop };
  void ended.then(() => (kept.hasEnded = true));

  async function stop() {
    if (kept.hasEnded) return;
    child.stdin?.end();
    await Promise.race([ended, pause(patienceMilliseconds)]);
    if (!kept.hasEnded) endGroup(child.pid);
  }
  return kept;
}

/** A keeper that was killed leaves its group to us; normally nothing of it is left. */
function endGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // No such group any more.
  }
}

/**
 * Runs a program to its end and keeps what it said.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function run(program, args, env) {
  const { child, ended } = keep(program, args, { env, output: "pipe" });
  let output = "";
  const collect = (stream) =>
    new Promise((resolve) => {
      stream.on("data", (chunk) => (output += chunk)).once("close", resolve);
    });
  const closed = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const code = await ended;
  await closed;
  return { code, output };
}

export function lastLines(text, count) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
