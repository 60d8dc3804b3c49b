/** The same kind of enrolment against micromdm's scepserver (Debian's package scep), when it is on this machine. */
import { randomBytes } from "node:crypto";
import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { getCACert } from "../../test/support/scep-client/index.ts";
import { keep, run } from "../processes.mjs";
import { Sentence } from "../terminal.mjs";
import { freePort } from "./direct-process.mjs";
import { enrolAll, percentile } from "./load.mjs";
import { makerFor } from "./messages.mjs";
import { costOf, findProcess } from "./process-cost.mjs";

export function findScepserver() {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, "scepserver");
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

/**
 * It speaks AES and SHA-256 as we do, answers by POST, and keeps its certificates as files. One request at a time: with
 * several it refuses some, because its serial number lies in a file too.
 */
export async function measureMicromdm({ program, folder, keys, count }) {
  const depot = join(folder, "micromdm");
  mkdirSync(folder, { recursive: true });
  const { code, output } = await run(
    program,
    ["ca", "-init", "-depot", depot, "-keySize", "2048"],
    process.env,
  );
  if (code !== 0) throw new Sentence(`scepserver could not make its CA: ${output.trim()}`);
  const [port, challenge] = [await freePort(), randomBytes(16).toString("hex")];
  const args = ["-depot", depot, "-port", String(port), "-challenge", challenge];
  const server = keep(program, args, { env: process.env, output: "pipe" });
  server.child.stdout.resume();
  server.child.stderr.resume();
  try {
    const url = `http://127.0.0.1:${port}/scep`;
    const authority = await firstAnswer(url, server);
    const pid = findProcess(server.child.pid, "scepserver");
    const make = makerFor(authority, challenge, keys);
    await enrolAll(Array.from({ length: Math.ceil(count / 5) }, make), url, 1);
    const messages = Array.from({ length: count }, make);
    const { cpu, result } = await costOf(pid, count, () => enrolAll(messages, url, 1));
    return {
      cpu,
      perSecond: count / result.seconds,
      p50: percentile(result.latencies, 0.5),
      p99: percentile(result.latencies, 0.99),
    };
  } finally {
    await server.stop();
  }
}

async function firstAnswer(url, server) {
  for (let attempt = 0; attempt < 100 && !server.hasEnded; attempt++) {
    try {
      const [authority] = await getCACert(fetch, url);
      return authority;
    } catch {
      await pause(100);
    }
  }
  throw new Sentence("scepserver did not answer.");
}
