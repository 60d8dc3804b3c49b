/**
 * Runs one program and leaves nothing of it behind. It leads a process group of its own; its standard
 * input is a pipe from the process that wants the program. When that pipe closes, by a wish or because
 * the other side was killed, the program is asked to stop, and then the whole group is ended.
 *
 *     node keeper.mjs <program> [arguments…]
 */
import { spawn } from "node:child_process";

const patienceMilliseconds = 4000;
const [program, ...args] = process.argv.slice(2);

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  child.kill("SIGINT");
  setTimeout(() => toGroup("SIGKILL"), patienceMilliseconds).unref();
}

/** The group's number is this process's own: nobody else's processes are in it. */
function toGroup(signal) {
  process.kill(-process.pid, signal);
}

process.stdin.on("end", stop).on("close", stop).on("error", stop).resume();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once("exit", (code) => {
  // What the program left running hears this too; this process has a handler and survives it.
  stopping = true;
  toGroup("SIGTERM");
  setTimeout(() => process.exit(code ?? 1), 50);
});
