/** What a process costs, from /proc: CPU time and memory. Linux only. */
import { readdirSync, readFileSync } from "node:fs";
import { Sentence } from "../terminal.mjs";

/** The process of a group that runs the program of this name. */
export function findProcess(group, name) {
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = statOf(pid);
    if (stat?.group === group && stat.name === name.slice(0, 15)) return Number(pid);
  }
  throw new Sentence(`No process named ${name} was found; this reads /proc and needs Linux.`);
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    return {
      name: text.slice(text.indexOf("(") + 1, end),
      group: Number(fields[2]),
      ticks: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    // It ended in between.
    return undefined;
  }
}

/** User and system time of all threads, in milliseconds; the kernel counts hundredths of a second. */
export function cpuMilliseconds(pid) {
  const stat = statOf(pid);
  if (stat === undefined) throw new Sentence(`The measured process ${pid} has ended.`);
  return stat.ticks * 10;
}

/** The same to the nanosecond, and without the threads that have ended: for what takes a few milliseconds. */
export function fineCpuMilliseconds(pid) {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"));
  return nanoseconds / 1e6;
}

/** CPU milliseconds of the process for each of `count` operations that `work` makes it do. */
export async function costOf(pid, count, work) {
  const before = cpuMilliseconds(pid);
  const result = await work();
  return { cpu: (cpuMilliseconds(pid) - before) / count, result };
}

/** Resident memory in MiB. */
export const residentMegabytes = (pid) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
