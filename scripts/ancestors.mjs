/**
 * Whether the `npm start` that wanted this process is still there. npm hands signals to a shell, and a
 * shell that is killed tells nobody; so the process looks up from time to time.
 */
import { readFileSync } from "node:fs";

const everyMilliseconds = 500;

/** Calls back once when npm, or the shell between npm and this process, is gone. */
export function whenNpmIsGone(callBack) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    callBack();
  }, everyMilliseconds);
  timer.unref();
}

/** The parent, and npm behind it when the parent is the shell that npm uses. */
function ancestors() {
  const parent = process.ppid;
  const behind = isShellOfNpm(parent) ? parentOf(parent) : undefined;
  return `${parent} ${behind ?? ""}`;
}

function isShellOfNpm(pid) {
  return (read(`/proc/${pid}/cmdline`) ?? "").startsWith("sh\0-c\0");
}

function parentOf(pid) {
  return /^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
