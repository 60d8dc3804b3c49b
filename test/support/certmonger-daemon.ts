/** The real certmonger daemon on a D-Bus of its own, with all its state in one folder. For the Node suites only. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { foreignProgram } from "./foreign-programs.ts";
import { type Outcome, run, type TemporaryFolder } from "./foreign-run.ts";

export interface CertmongerDaemon {
  /** `getcert` with these arguments, against this daemon. */
  readonly getcert: (command: string, ...more: readonly string[]) => Promise<Outcome>;
  /** Waits until the request is in one of these states, and gives the last `getcert list`. */
  readonly waitFor: (requestId: string, states: readonly string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const busConfiguration = (socket: string): string => `<!DOCTYPE busconfig PUBLIC
  "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  await gone;
}

export async function startCertmonger(folder: TemporaryFolder): Promise<CertmongerDaemon> {
  const socket = folder.file("bus");
  const busFile = folder.file("bus.conf");
  writeFileSync(busFile, busConfiguration(socket));
  const env: Record<string, string> = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
  for (const name of ["requests", "cas", "tmp", "local"]) mkdirSync(folder.file(name));
  env.CERTMONGER_REQUESTS_DIR = folder.file("requests");
  env.CERTMONGER_CAS_DIR = folder.file("cas");
  env.CERTMONGER_TMPDIR = folder.file("tmp");
  env.CERTMONGER_LOCAL_CA_DIR = folder.file("local");
  env.CERTMONGER_CONFIG_DIR = folder.path;

  const start = (
    program: "dbus-daemon" | "certmonger",
    programArguments: readonly string[],
  ): ChildProcess =>
    spawn(foreignProgram(program), programArguments, {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
  const bus = start("dbus-daemon", [`--config-file=${busFile}`, "--nofork"]);
  while (!existsSync(socket)) {
    if (bus.exitCode !== null) throw new Error("dbus-daemon did not start");
    await delay(20);
  }
  const daemon = start("certmonger", ["-s", "-n", "-d", "1"]);
  const stop = async (): Promise<void> => {
    await ended(daemon);
    await ended(bus);
  };
  const getcert = (command: string, ...more: readonly string[]): Promise<Outcome> =>
    run("getcert", [command, "-s", ...more], { env });

  for (let attempt = 0; (await getcert("list-cas")).code !== 0; attempt++) {
    if (attempt === 50) {
      await stop();
      throw new Error("certmonger did not come up on its bus");
    }
    await delay(200);
  }
  const waitFor = async (requestId: string, states: readonly string[]): Promise<string> => {
    let listed = "";
    for (let attempt = 0; attempt < 120; attempt++) {
      listed = (await getcert("list", "-i", requestId)).stdout;
      const state = /status: (\S+)/.exec(listed)?.[1];
      if (state !== undefined && states.includes(state)) return listed;
      await delay(250);
    }
    throw new Error(`certmonger's request never came to ${states.join(" or ")}:\n${listed}`);
  };
  return { getcert, waitFor, stop };
}
